// Roots that can't keep a message: found when they are opened, with the path and what to do.
// Must not leave a mount behind.

import ChildProcess
import Foundation
import Glibc
import Quarantine
import SystemPackage
import Testing

@Suite struct OpeningTests {
    /// Opening and looking find the same.
    private func check(
        _ root: String,
        _ path: String,
        _ fault: QuarantineError.Fault,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let error = QuarantineError.unusable(path: path, fault)
        #expect(throws: error, sourceLocation: sourceLocation) { try MessageQuarantine.check(root: root) }
        #expect(throws: error, sourceLocation: sourceLocation) { try MessageQuarantine(root: root) }
    }

    @Test("a root is made with its parents, and looking makes nothing")
    func made() throws {
        let folder = try TemporaryFolder()
        let root = folder.path + "/a/b/quarantine/"
        try MessageQuarantine.check(root: root)
        #expect(try names(in: folder.path).isEmpty)
        let quarantine = try MessageQuarantine(root: root)
        #expect(quarantine.path + "/" == root)
        #expect(try names(in: root) == ["cur", "new", "released", "tmp"])
        try MessageQuarantine.check(root: root)
        try quarantine.put(mail())
        try MessageQuarantine.check(root: root)
        #expect(try MessageQuarantine(root: root).identifiers().count == 1)
    }

    /// Nothing could be kept until the relay read its settings again.
    @Test("a root that somebody has removed is made again when it is needed, by whatever needs it first")
    func removed() throws {
        let folder = try TemporaryFolder()
        let quarantine = try folder.quarantine()
        let uses: [(MessageQuarantine) throws -> Void] = [
            { try $0.put(mail()) }, { try $0.put(mail(), "INBOX") }, { _ = try $0.keepUp(now: moment) },
            { _ = try $0.isReleased(upstream: "office", user: [], uidl: []) },
        ]
        for use in uses {
            try quarantine.put(mail())
            try FileManager.default.removeItem(atPath: folder.root)
            try use(quarantine)
            #expect(Set(["cur", "new", "released", "tmp"]).isSubset(of: try names(in: folder.root)))
            let identifier = try quarantine.put(mail(subject: "again"))
            #expect(try MessageQuarantine(root: folder.root).original(of: identifier) == mail(subject: "again"))
        }
    }

    @Test("a root that somebody has made in the removed one's place counts, and one that can't be used is named")
    func replaced() throws {
        let folder = try TemporaryFolder()
        let quarantine = try folder.quarantine()
        try quarantine.put(mail())
        try FileManager.default.removeItem(atPath: folder.root)
        let first = try MessageQuarantine(root: folder.root).put(mail())
        let second = try quarantine.put(mail())
        #expect(Set(try quarantine.identifiers()) == [first, second])
        // What was moved is there still.
        try FileManager.default.moveItem(atPath: folder.root, toPath: folder.path + "/old")
        let third = try quarantine.put(mail())
        #expect(try Set(MessageQuarantine(root: folder.path + "/old").identifiers()) == [first, second, third])
        try FileManager.default.removeItem(atPath: folder.path + "/old")
        try Data().write(to: URL(fileURLWithPath: folder.root))
        #expect(throws: QuarantineError.unusable(path: folder.root, .notFolder)) { try quarantine.put(mail()) }
    }

    @Test("a root that is something else is named")
    func kinds() throws {
        let folder = try TemporaryFolder()
        let (file, link, real) = (folder.path + "/file", folder.path + "/link", folder.path + "/real")
        try Data().write(to: URL(fileURLWithPath: file))
        try FileManager.default.createDirectory(atPath: real, withIntermediateDirectories: false)
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: real)
        check(file, file, .notFolder)
        check(file + "/", file, .notFolder)
        check(file + "/below", file, .notFolder)
        check(link, link, .symbolicLink)
        check(link + "/", link, .symbolicLink)
        check("", "", .missing)
        // A parent may be a link: systemd makes them.
        try MessageQuarantine(root: link + "/below").put(mail())
    }

    @Test("a folder that anybody may write is refused, at the root and below")
    func modes() throws {
        let folder = try TemporaryFolder()
        let quarantine = try folder.quarantine()
        try quarantine.put(mail())
        for path in [folder.root, folder.root + "/.Spam"] {
            try FileManager.default.setAttributes([.posixPermissions: 0o1777], ofItemAtPath: path)
            check(folder.root, path, .writableByAnybody)
            try FileManager.default.setAttributes([.posixPermissions: 0o770], ofItemAtPath: path)
            try MessageQuarantine.check(root: folder.root)
        }
        _ = try folder.quarantine()
    }

    @Test("a link or a file in the place of tmp is refused")
    func insides() throws {
        let folder = try TemporaryFolder()
        let quarantine = try folder.quarantine()
        try quarantine.put(mail())
        let temporary = try quarantine.folder("Spam", "tmp")
        try FileManager.default.removeItem(atPath: temporary)
        try FileManager.default.createSymbolicLink(atPath: temporary, withDestinationPath: "/tmp")
        check(folder.root, temporary, .symbolicLink)
        #expect(throws: QuarantineError.self) { try quarantine.put(mail()) }
        try FileManager.default.removeItem(atPath: temporary)
        try Data().write(to: URL(fileURLWithPath: temporary))
        check(folder.root, temporary, .notFolder)
        try FileManager.default.removeItem(atPath: temporary)
        // What is missing is made again.
        try quarantine.put(mail())
        #expect(try quarantine.identifiers().count == 2)
    }

    @Test("a folder that goes away while the relay runs is made again")
    func removedMeanwhile() throws {
        let folder = try TemporaryFolder()
        let quarantine = try folder.quarantine()
        try quarantine.put(mail())
        try FileManager.default.removeItem(atPath: folder.root + "/.Spam")
        let identifier = try quarantine.put(mail())
        #expect(try quarantine.identifiers() == [identifier])
    }

    @Test("a root that can't be written is refused")
    func notWritable() async throws {
        let folder = try TemporaryFolder()
        _ = try folder.quarantine()
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.root)
        await #expect(processExitsWith: .success) { [root = folder.root as String] in
            if geteuid() == 0 { #expect(seteuid(65_534) == 0) } else { chmodEverything(below: root, 0o500) }
            let fault = QuarantineError.Fault.notWritable(.permissionDenied)
            #expect(throws: QuarantineError.unusable(path: root, fault)) { try MessageQuarantine.check(root: root) }
            let error = #expect(throws: QuarantineError.self) { try MessageQuarantine(root: root) }
            guard case .unusable(let path, fault) = error else { throw error ?? .unusable(path: root, .missing) }
            #expect(path.hasPrefix(root))
            chmodEverything(below: root, 0o700)
        }
    }

    @Test("a parent that can't be written is refused")
    func parentNotWritable() async throws {
        let folder = try TemporaryFolder()
        await #expect(processExitsWith: .success) { [parent = folder.path as String] in
            if geteuid() == 0 { #expect(seteuid(65_534) == 0) } else { chmodEverything(below: parent, 0o500) }
            let fault = QuarantineError.unusable(
                path: parent + "/a/b",
                .notMakeable(in: parent, .permissionDenied)
            )
            #expect(throws: fault) { try MessageQuarantine.check(root: parent + "/a/b") }
            let made = #expect(throws: QuarantineError.self) { try MessageQuarantine(root: parent + "/a/b") }
            guard case .unusable(_, .notWritable(.permissionDenied)) = made else { throw made ?? fault }
            chmodEverything(below: parent, 0o700)
        }
    }

    @Test("tmp on another file system is refused", .enabled(if: Disk.isPossible, "only root can mount"))
    func otherFileSystem() async throws {
        let folder = try TemporaryFolder()
        let quarantine = try folder.quarantine()
        try quarantine.put(mail())
        let temporary = try quarantine.folder("Spam", "tmp")
        let disk = try await Disk(at: temporary, octets: 1 << 20)
        check(folder.root, temporary, .otherFileSystem)
        #expect(throws: QuarantineError.self) { try quarantine.put(mail()) }
        #expect(try names(in: temporary).isEmpty)
        try await disk.remove()
        try quarantine.put(mail())
    }

    @Test(
        "every error says where, and what to do",
        arguments: [
            QuarantineError.unusable(path: "/q", .missing), .unusable(path: "/q", .notFolder),
            .unusable(path: "/q", .symbolicLink), .unusable(path: "/q", .writableByAnybody),
            .unusable(path: "/q", .notWritable(.permissionDenied)), .unusable(path: "/q", .otherFileSystem),
            .unusable(path: "/q", .notMakeable(in: "/", .permissionDenied)),
            .noSpace(path: "/q", .noSpace), .damaged(path: "/q"),
        ]
    )
    func words(error: QuarantineError) {
        #expect(error.description.hasPrefix("/q: "))
        #expect(error.description.contains("; "))
    }
}

/// Modes of a folder and those in it, for users that are not root.
func chmodEverything(below root: String, _ mode: Int) {
    let manager = FileManager.default
    for path in [root, root + "/tmp", root + "/new", root + "/cur"] {
        try? manager.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }
}

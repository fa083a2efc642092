// What goes in comes out: octets, metadata, and what a list shows.
// Must not look into the files, but for their modes and their layout.

import Foundation
import Glibc
import Mail
import Quarantine
import Testing

@Suite struct RoundTripTests {
    private static let header = Array("Subject: x\r\n\r\n".utf8)
    private static let messages: [(String, [UInt8])] = [
        ("empty", []),
        ("one octet", [0x0A]),
        ("no header", Array("\r\nonly a body\r\n".utf8)),
        ("no field", Array("this is no field\r\n\r\nbody".utf8)),
        ("begins as a folded line", Array(" folded\r\nSubject: x\r\n\r\n".utf8)),
        ("begins as an mbox", Array("From a@example.com Mon Nov 23 08:15:04 2026\r\nSubject: x\r\n\r\n".utf8)),
        ("begins as metadata", Array("X-Popsieve-Quarantine: 1 00012\r\nX-Popsieve-User: other\r\n\r\n".utf8)),
        ("bare CR and LF", header + Array("a\rb\nc\r\r\nd\n\r".utf8)),
        ("LF only", Array("Subject: x\n\nbody\n".utf8)),
        ("NUL", header + [0, 0, 0x0D, 0x0A, 0]),
        ("8-bit", header + Array(0...255)),
        ("dots", header + Array(".\r\n..\r\n.".utf8)),
        ("no end of line", header + Array("end".utf8)),
        ("header that never ends", Array(repeating: Array("X: y\r\n".utf8), count: 30_000).flatMap { $0 }),
        ("5 MB", header + (0..<5_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }),
    ]

    @Test("the original comes back octet for octet", arguments: messages.map(\.0))
    func octets(name: String) throws {
        let folder = try TemporaryFolder()
        let message = try #require(Self.messages.first { $0.0 == name }).1
        let identifier = try folder.quarantine().put(message)
        // Another process opens it later.
        let quarantine = try folder.quarantine()
        #expect(try quarantine.original(of: identifier) == message)
        let shown = try quarantine.message(identifier)
        #expect(shown.octets == message.count)
        #expect(shown.origin == origin())
        #expect(shown.microseconds == moment)
    }

    @Test("a message in chunks is the same as one in whole", arguments: [1, 7, 4_096])
    func chunks(size: Int) throws {
        let folder = try TemporaryFolder()
        let quarantine = try folder.quarantine()
        let message = mail(body: 10_000)
        var writer = try quarantine.writer(into: QuarantineFolder("Spam"), origin: origin(), at: moment)
        for start in stride(from: 0, to: message.count, by: size) {
            try writer.write(message[start..<min(start + size, message.count)].span)
        }
        let announced = writer.identifier
        #expect(try quarantine.identifiers().isEmpty)
        let identifier = try writer.commit()
        #expect(identifier == announced)
        #expect(try quarantine.original(of: identifier) == message)
        #expect(try names(in: quarantine.folder("Spam", "tmp")).isEmpty)
    }

    @Test("what is not committed leaves nothing")
    func dropped() throws {
        let folder = try TemporaryFolder()
        let quarantine = try folder.quarantine()
        do {
            var writer = try quarantine.writer(into: QuarantineFolder("Spam"), origin: origin(), at: moment)
            try writer.write(mail().span)
        }
        #expect(files(below: folder.root).isEmpty)
    }

    @Test("hostile metadata comes back as it was, and makes no field")
    func metadata() throws {
        let folder = try TemporaryFolder()
        let hostile = "a\r\nX-Popsieve-User: b%0d\0 é: \u{202E} "
        var made = origin(user: hostile, uidl: Array(0...255), rule: .init(file: "C:\\a b.sieve:7", line: 1))
        made.user.append(0xFF)
        (made.upstream, made.session, made.verdict) = (hostile, hostile, hostile)
        let quarantine = try folder.quarantine()
        let identifier = try quarantine.put(mail(), "Spam", made)
        #expect(try quarantine.message(identifier).origin == made)
        let file = try #require(names(in: quarantine.folder("Spam", "new")).first)
        let written = try Data(contentsOf: URL(fileURLWithPath: quarantine.folder("Spam", "new") + "/" + file))
        let block = HeaderBlock(Array(written))
        #expect(block.fields(named: "X-Popsieve-User").count == 1)
        #expect(block.fields(named: "Subject").count == 1)
    }

    @Test("metadata without rule and UIDL, and the longest there is")
    func extremes() throws {
        let folder = try TemporaryFolder()
        let quarantine = try folder.quarantine()
        let bare = origin(user: "", uidl: nil, rule: nil)
        #expect(try quarantine.message(quarantine.put([], "Spam", bare)).origin == bare)
        let long = String(repeating: "%", count: 1_024)
        var full = origin(user: long, uidl: Array(long.utf8), rule: .init(file: String(long.dropLast(2)), line: 1))
        (full.upstream, full.session, full.verdict) = (long, long, long)
        let identifier = try quarantine.put(mail(), "Spam", full)
        #expect(try quarantine.message(identifier).origin == full)
        #expect(try quarantine.message(identifier).subject == "hello")
        full.user.append(0)
        #expect(throws: QuarantineError.valueTooLong(name: "user", octetsMost: 1_024)) {
            try quarantine.put(mail(), "Spam", full)
        }
        #expect(try quarantine.identifiers().count == 2)
    }

    @Test("times that no calendar has are brought to one", arguments: [Int64.min, .max])
    func times(given: Int64) throws {
        let folder = try TemporaryFolder()
        let quarantine = try folder.quarantine()
        let kept = try quarantine.message(quarantine.put(mail(), at: given)).microseconds
        #expect(kept == (given < 0 ? 0 : 253_402_300_799_000_000))
    }

    /// As the user who runs the tests, and, if that is root, as one who must ask for leave.
    private static let users: [UInt32] = geteuid() == 0 ? [0, 65_534] : [geteuid()]

    @Test("folders are 0700 and files 0600, whatever the umask is", arguments: [0, 0o777] as [UInt32], users)
    func modes(umask mask: UInt32, user: UInt32) async throws {
        let folder = try TemporaryFolder()
        try FileManager.default.setAttributes([.ownerAccountID: Int(user)], ofItemAtPath: folder.path)
        let root = folder.path + "/parent/quarantine"
        await #expect(processExitsWith: .success) {
            [root = root as String, mask = mask as UInt32, user = user as UInt32] in
            umask(mask)
            #expect(seteuid(user) == 0)
            let quarantine = try MessageQuarantine(root: root)
            let identifier = try quarantine.put(mail())
            try quarantine.release(identifier, by: "me", at: moment)
        }
        let manager = FileManager.default
        let below = try manager.subpathsOfDirectory(atPath: root).map { root + "/" + $0 }
        let made = [folder.path + "/parent", root] + below
        #expect(made.count > 12)
        for path in made {
            let type = try manager.attributesOfItem(atPath: path)[.type] as? FileAttributeType
            #expect(try mode(path) == (type == .typeDirectory ? 0o700 : 0o600), "\(path)")
        }
    }

    @Test("what root makes belongs to the folder's owner", .enabled(if: geteuid() == 0, "only root can give away"))
    func owner() throws {
        let folder = try TemporaryFolder()
        let service = 65_534
        try FileManager.default.setAttributes([.ownerAccountID: service], ofItemAtPath: folder.path)
        let quarantine = try folder.quarantine()
        try quarantine.release(quarantine.put(mail()), by: "root", at: moment)
        for path in try FileManager.default.subpathsOfDirectory(atPath: folder.path) {
            let attributes = try FileManager.default.attributesOfItem(atPath: folder.path + "/" + path)
            #expect(attributes[.ownerAccountID] as? Int == service, "\(path)")
        }
    }
}

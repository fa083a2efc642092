// Full: by our own bounds, by the disk, by what one user may write.
// Must not take a bound for a fault of the disk, nor leave half a message.

import Foundation
import Glibc
import Quarantine
import SystemPackage
import Testing

@Suite struct FullTests {
    /// Bounds that are looked at anew for each message.
    private static func limits(_ set: (inout QuarantineLimits) -> Void) -> QuarantineLimits {
        var limits = QuarantineLimits()
        limits.fullAge = .zero
        set(&limits)
        return limits
    }

    /// What one message of 20 octets' body takes with its metadata.
    private func octets() throws -> Int {
        let folder = try TemporaryFolder()
        let quarantine = try folder.quarantine()
        try quarantine.put(mail())
        return try quarantine.sum().octets
    }

    @Test("the bound of octets is kept to the octet, and is an error of its own")
    func octetsBound() throws {
        let folder = try TemporaryFolder()
        let most = try 3 * octets()
        let quarantine = try folder.quarantine(Self.limits { $0.octets = most })
        for _ in 0..<2 { try quarantine.put(mail()) }
        #expect(throws: QuarantineError.full(.octets(most))) { try quarantine.put(mail(body: 21)) }
        let last = try quarantine.put(mail(body: 20))
        #expect(throws: QuarantineError.full(.octets(most))) { try quarantine.put([]) }
        #expect(try quarantine.sum() == .init(messages: 3, octets: most))
        #expect(files(below: folder.root).count == 3)
        try quarantine.delete(last)
        try quarantine.put(mail(body: 20))
    }

    @Test("the bound of messages counts those that are being written")
    func messagesBound() throws {
        let folder = try TemporaryFolder()
        let quarantine = try folder.quarantine(Self.limits { $0.messages = 2 })
        let full = QuarantineError.full(.messages(2))
        try quarantine.put(mail())
        do {
            var writer = try quarantine.writer(into: .inbox, origin: origin(), at: moment)
            try writer.write(mail().span)
            #expect(throws: full) { try quarantine.put(mail()) }
        }
        // Given up: its room is free again.
        try quarantine.put(mail())
        #expect(throws: full) { try quarantine.put(mail()) }
    }

    /// The copy that could be written stayed, and each further try made one more of it.
    @Test(
        "a message for two folders is in both or in none",
        arguments: ["A", "B"],
        [nil, "new"]
    )
    func severalFolders(_ broken: String, _ box: String?) throws {
        let folder = try TemporaryFolder()
        let quarantine = try folder.quarantine(Self.limits { $0.octets = 100_000 })
        let folders = try ["A", "B"].map { try QuarantineFolder($0) }
        let put = { (octets: Int) in
            try quarantine.put(mail(body: octets).span, into: folders[...], origin: origin(), at: moment)
        }
        let copies = try put(20)
        #expect(try copies.map { try quarantine.message($0).folder } == folders)
        if let box {
            // What is written can't be shown.
            let path = try quarantine.folder(broken, box)
            try FileManager.default.removeItem(atPath: path)
            _ = FileManager.default.createFile(atPath: path, contents: nil)
            #expect(throws: QuarantineError.self) { try put(20) }
            try FileManager.default.removeItem(atPath: path)
        } else {
            #expect(throws: QuarantineError.full(.octets(100_000))) { try put(60_000) }
        }
        #expect(files(below: folder.root).count == (box == nil ? 2 : 1), "\(files(below: folder.root))")
    }

    @Test("a message that outgrows the bound as it comes is removed")
    func outgrows() throws {
        let folder = try TemporaryFolder()
        let quarantine = try folder.quarantine(Self.limits { $0.octets = 100_000 })
        var writer = try quarantine.writer(into: .inbox, origin: origin(), at: moment)
        let chunk = Array(repeating: UInt8(ascii: "x"), count: 60_000)
        try writer.write(chunk.span)
        #expect(files(below: folder.root).count == 1)
        var error: QuarantineError?
        do throws(QuarantineError) { try writer.write(chunk.span) } catch let thrown { error = thrown }
        #expect(error == .full(.octets(100_000)))
        #expect(files(below: folder.root).isEmpty)
        try quarantine.put(chunk)
    }

    @Test("names that senders make up can't make folders without end")
    func foldersBound() throws {
        let folder = try TemporaryFolder()
        let quarantine = try folder.quarantine(Self.limits { $0.folders = 3 })
        for name in ["a", "b", "INBOX", "a"] { try quarantine.put(mail(), name) }
        #expect(throws: QuarantineError.full(.folders(3))) { try quarantine.put(mail(), "c") }
        try quarantine.put(mail(), "b")
        #expect(try quarantine.folders().count == 3)
    }

    @Test("what another process deletes makes room, and what it adds counts")
    func otherProcess() throws {
        let folder = try TemporaryFolder()
        let relay = try folder.quarantine(Self.limits { $0.messages = 2 })
        let other = try folder.quarantine()
        let first = try relay.put(mail())
        try other.put(mail())
        // Its sums are young, so it may go over by what others did meanwhile.
        try relay.put(mail())
        #expect(throws: QuarantineError.full(.messages(2))) { try relay.put(mail()) }
        try other.delete(first)
        #expect(throws: QuarantineError.full(.messages(2))) { try relay.put(mail()) }
        var all = QuarantineExpiry()
        all.octets = 0
        #expect(try other.expire(all, now: moment).identifiers.count == 2)
        try relay.put(mail())
    }

    @Test("a full disk takes nothing, and says so", .enabled(if: Disk.isPossible, "only root can mount"))
    func fullDisk() async throws {
        let folder = try TemporaryFolder()
        let root = folder.root
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: false)
        let disk = try await Disk(at: root, octets: 512 << 10)
        let opened = Result { try MessageQuarantine(root: root) }
        // From here on it is seen by this quarantine alone, and goes with it.
        try await disk.remove()
        let quarantine = try opened.get()
        var kept: [QuarantineIdentifier] = []
        var last: QuarantineError?
        while last == nil {
            do throws(QuarantineError) {
                let message = mail(body: 50_000)
                kept.append(try quarantine.put(message.span, into: .inbox, origin: origin(), at: moment))
            } catch {
                last = error
            }
        }
        guard case .noSpace(_, .noSpace) = last else { throw try #require(last) }
        #expect(kept.count > 3)
        #expect(try Set(quarantine.identifiers()) == Set(kept))
        for identifier in kept { #expect(try quarantine.original(of: identifier) == mail(body: 50_000)) }
        // No half file takes the room that the next message needs.
        try quarantine.delete(kept[0])
        try quarantine.put(mail(body: 50_000), "INBOX")
        #expect(try quarantine.tidy(now: .max) == 0)
    }

    @Test("a file that the user may not make so large is removed")
    func fileSize() async throws {
        let folder = try TemporaryFolder()
        await #expect(processExitsWith: .success) { [root = folder.root as String] in
            // The signal would end the process; a service ignores it.
            _ = signal(SIGXFSZ, SIG_IGN)
            var limit = rlimit(rlim_cur: 100_000, rlim_max: 100_000)
            // Invariant: the limit lives through the call.
            #expect(unsafe setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
            let quarantine = try MessageQuarantine(root: root)
            let error = #expect(throws: QuarantineError.self) { try quarantine.put(mail(body: 100_000)) }
            guard case .noSpace(_, .fileTooLarge) = error else { throw error ?? .full(.octets(0)) }
            #expect(files(below: root).isEmpty)
            let identifier = try quarantine.put(mail(body: 90_000))
            #expect(try quarantine.original(of: identifier) == mail(body: 90_000))
        }
    }
}

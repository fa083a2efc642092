// A process that is killed while it writes, and several processes with one file.
// Must not say anything of how long a change takes.

import Foundation
import Glibc
import Store
import Testing

@Suite struct CrashTests {
    /// What is written, by number, so that a half change would show.
    private static func verdict(_ number: Int) -> StoredVerdict {
        StoredVerdict(size: number, payload: Array(repeating: UInt8(truncatingIfNeeded: number), count: number % 3_000))
    }

    /// Remembers without end, and forgets some of it again.
    private static func work(_ file: String, name: String, count: Int) async throws {
        // Small, so that the log is written back and rows are removed, too.
        let bounds = limits { ($0.verdicts, $0.tidyChanges, $0.tidyRows) = (400, 100, 20) }
        let store = await SQLiteStore.open(path: file, limits: bounds, now: moment) { _ in }
        for number in 0..<count {
            store.remember(verdict(number), for: try key("\(name)\(number)"), now: moment + Int64(number))
            if number % 7 == 0 { store.forget([octets("\(name)\(number / 2)")], of: account(), now: moment) }
            if number % 5 == 0 { await store.flush() }
        }
        await store.close()
    }

    private func check(_ file: String, names: [String]) async throws -> Int {
        let news = News()
        let store = await SQLiteStore.open(path: file, now: moment) { news.hear($0) }
        let sizes = await store.sizes(of: account(), under: try fingerprint(), now: moment)
        for (uidl, size) in sizes {
            #expect(names.contains { octets("\($0)\(size)") == uidl })
            let key = try VerdictKey(account: account(), uidl: uidl, fingerprint: fingerprint())
            #expect(await store.verdict(for: key, now: moment) == Self.verdict(size))
        }
        store.remember(Self.verdict(7), for: try key("after"), now: moment)
        await store.close()
        #expect(news.all.isEmpty, "\(news.all)")
        return sizes.count
    }

    private func isWhole(_ folder: TemporaryFolder) throws {
        #expect(try folder.numbers("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'") == [0])
        let counted = "(SELECT count(*) FROM verdict WHERE maildrop = maildrop.id)"
        #expect(try folder.numbers("SELECT id FROM maildrop WHERE rows <> \(counted)").isEmpty)
    }

    @Test("a kill at any moment leaves a store that opens, with whole verdicts", arguments: 0..<16)
    func killed(round: Int) async throws {
        let folder = try TemporaryFolder()
        await #expect(processExitsWith: .signal(SIGKILL)) { [file = folder.file as String, round = round as Int] in
            let most = round < 8 ? 20_000 : 400_000
            let microseconds = UInt32.random(in: 0...UInt32(most))
            Thread.detachNewThread {
                usleep(microseconds)
                kill(getpid(), SIGKILL)
            }
            try await CrashTests.work(file, name: "k", count: .max)
        }
        if FileManager.default.fileExists(atPath: folder.file) {
            _ = try await check(folder.file, names: ["k"])
            try isWhole(folder)
        }
    }

    @Test("several processes write one file, and it stays whole")
    func together() async throws {
        let folder = try TemporaryFolder()
        // All of them find no file; one makes it.
        async let first: Void = child(folder, "a")
        async let second: Void = child(folder, "b")
        try await CrashTests.work(folder.file, name: "c", count: 600)
        _ = await (first, second)
        #expect(try await check(folder.file, names: ["a", "b", "c"]) > 200)
        try isWhole(folder)
        #expect(try folder.names == ["store.sqlite"])
    }

    private func child(_ folder: TemporaryFolder, _ name: String) async {
        await #expect(processExitsWith: .success) { [file = folder.file as String, name = name as String] in
            try await CrashTests.work(file, name: name, count: 600)
        }
    }

    @Test("what another process changes is seen at once")
    func seenAtOnce() async throws {
        let folder = try TemporaryFolder()
        let (relay, command) = (await folder.store(), await folder.store())
        relay.remember(Self.verdict(1), for: try key("a"), now: moment)
        await relay.flush()
        #expect(await command.verdict(for: try key("a"), now: moment) == Self.verdict(1))
        command.forget([octets("a")], of: account(), now: moment)
        // As a command does that comes to its end while the relay goes on.
        await command.close()
        #expect(await relay.verdict(for: try key("a"), now: moment) == nil)
        relay.remember(Self.verdict(2), for: try key("a"), now: moment)
        await relay.flush()
        #expect(await relay.verdict(for: try key("a"), now: moment) == Self.verdict(2))
    }
}

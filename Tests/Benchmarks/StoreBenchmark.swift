// How much the store remembers and answers a second: one who asks, many who ask, writers beside them, a whole maildrop.
// Must not keep the file that it writes.

import Foundation
import Store

struct StoreBenchmark {
    private static let now: Int64 = 1_795_421_704_123_456
    private static let account = Account(upstream: "office", user: Array("me@example.com".utf8))
    /// As long as the edits of one header are.
    private static let verdict = StoredVerdict(size: 48_260, payload: Array(repeating: 0x61, count: 300))

    let count = 50_000

    func run() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "popsieve-benchmark-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let store = await SQLiteStore.open(path: folder.path + "/store.sqlite", now: Self.now) { print($0) }
        let keys = (0..<count).compactMap(Self.key)
        let spread = stride(from: 0, to: count, by: 1).map { keys[$0 * 7_919 % count] }

        await show("remembered, one after the other", 5_000) { await remember(keys[..<5_000], store, step: 1) }
        await show("remembered, as they come", count) { await remember(keys[...], store, step: 5_000) }
        await show("remembered again, anywhere", count) { await remember(spread[...], store, step: 5_000) }
        await show("looked up, one after the other", count) { await look(spread[...], store) }
        await show("looked up, by 1,000 at once", count) { await lookTogether(spread, store, tasks: 1_000) }
        await show("the same, while others are remembered", count) {
            async let writing: Void = remember(keys[...], store, step: 1_000)
            await lookTogether(spread, store, tasks: 1_000)
            await writing
        }
        for _ in 0..<3 {
            await show("sizes of one maildrop", count) {
                _ = await store.sizes(of: Self.account, under: keys[0].fingerprint, now: Self.now)
            }
        }
        print("\(store.dropped) dropped")
        await store.close()
        let file = try FileManager.default.attributesOfItem(atPath: folder.path + "/store.sqlite")
        print("\((file[.size] as? Int ?? 0) / 1_000) kB for \(count) verdicts")
    }

    private static func key(_ number: Int) -> VerdictKey? {
        Fingerprint(Array(repeating: 7, count: Fingerprint.count)).map {
            VerdictKey(account: account, uidl: Array("UID\(number)-1795421704".utf8), fingerprint: $0)
        }
    }

    private func remember(_ keys: ArraySlice<VerdictKey>, _ store: SQLiteStore, step: Int) async {
        for (number, key) in keys.enumerated() {
            store.remember(Self.verdict, for: key, now: Self.now)
            if number % step == step - 1 { await store.flush() }
        }
        await store.flush()
    }

    private func look(_ keys: ArraySlice<VerdictKey>, _ store: SQLiteStore) async {
        for key in keys where await store.verdict(for: key, now: Self.now) == nil { print("not found") }
    }

    private func lookTogether(_ keys: [VerdictKey], _ store: SQLiteStore, tasks: Int) async {
        let share = keys.count / tasks
        await withTaskGroup { group in
            for task in 0..<tasks {
                group.addTask { await look(keys[task * share..<(task + 1) * share], store) }
            }
        }
    }

    private func show(_ what: String, _ count: Int, _ body: () async -> Void) async {
        let seconds = await ContinuousClock().measure(body) / .seconds(1)
        print(line(what, count: count, seconds), "in \(Int(seconds * 1_000)) ms")
    }
}

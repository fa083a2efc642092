// A maildrop without sizes is known to have none, and one with sizes is never taken for such.
// Must not depend on when the file is looked through: it is waited for.

import Store
import Testing

@Suite(.timeLimit(.minutes(2))) struct SizedMaildropsTests {
    /// Asks until nothing may be known: what is not looked at yet may hold anything.
    private func waitUntilNothing(
        of user: String,
        under rules: UInt8 = 1,
        in store: SQLiteStore,
        now: Int64 = moment
    ) async throws {
        while try store.mayKnowSizes(of: account(user), under: fingerprint(rules), now: now) { await Task.yield() }
    }

    private func mayKnow(
        of user: String,
        under rules: UInt8 = 1,
        in store: SQLiteStore,
        now: Int64 = moment
    ) throws -> Bool {
        try store.mayKnowSizes(of: account(user), under: fingerprint(rules), now: now)
    }

    @Test("sizes of others, and under other rules, are none of this maildrop")
    func others() async throws {
        let folder = try TemporaryFolder()
        let store = await folder.store()
        try store.remember(verdict(), for: key(user: "sized"), now: moment)
        try store.remember(verdict(nil), for: key(user: "judged"), now: moment)
        try await waitUntilNothing(of: "judged", in: store)
        try await waitUntilNothing(of: "nobody", in: store)
        try await waitUntilNothing(of: "sized", under: 2, in: store)
        #expect(try mayKnow(of: "sized", in: store))
        await store.flush()
        await store.close()
        let again = await folder.store()
        try await waitUntilNothing(of: "judged", in: again)
        #expect(try mayKnow(of: "sized", in: again))
    }

    @Test("a size that is remembered after the file was looked through is known at once")
    func later() async throws {
        let folder = try TemporaryFolder()
        let store = await folder.store()
        try await waitUntilNothing(of: "me", in: store)
        try store.remember(verdict(), for: key(user: "me"), now: moment)
        #expect(try mayKnow(of: "me", in: store))
        // It is looked through twice more, with the size in the file and before.
        for look in 1...3 {
            let now = moment + seconds(601 * Int64(look))
            try await waitUntilNothing(of: "nobody", in: store, now: now)
            #expect(try mayKnow(of: "me", in: store, now: now))
            await store.flush()
        }
    }

    @Test("sizes that another process has remembered are found when the file is looked through again")
    func otherProcess() async throws {
        let folder = try TemporaryFolder()
        let store = await folder.store()
        try await waitUntilNothing(of: "me", in: store)
        let other = await folder.store()
        try other.remember(verdict(), for: key(user: "me"), now: moment)
        await other.flush()
        let now = moment + seconds(601)
        while try !mayKnow(of: "me", in: store, now: now) { await Task.yield() }
    }
}

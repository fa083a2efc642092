// How much is kept, and for how long: the oldest go, and only they.
// Must not look at how fast that is.

import Store
import Testing

@Suite struct BoundsTests {
    private func sizes(_ store: SQLiteStore, _ user: String = "me@example.com", now: Int64) async throws -> [Int] {
        await store.sizes(of: account(user), under: try fingerprint(), now: now).values.sorted()
    }

    /// One verdict a second, of size 0, 1 and so on.
    private func remember(_ numbers: Range<Int>, _ store: SQLiteStore, _ user: String = "me@example.com") async throws {
        for number in numbers {
            let now = moment + seconds(Int64(number))
            store.remember(verdict(number), for: try key("\(number)", user: user), now: now)
            if number % 1_000 == 0 { await store.flush() }
        }
        await store.flush()
    }

    @Test("a verdict is forgotten when its time is over, not before, and is then removed")
    func age() async throws {
        let folder = try TemporaryFolder()
        let store = await folder.store(limits { $0.verdictSeconds = 10 })
        try await remember(0..<3, store)
        #expect(try await sizes(store, now: moment + seconds(10) - 1) == [0, 1, 2])
        #expect(try await sizes(store, now: moment + seconds(10)) == [1, 2])
        #expect(await store.verdict(for: try key("0"), now: moment + seconds(10)) == nil)
        await store.tidy(now: moment + seconds(11))
        let rows = try folder.numbers("SELECT size FROM verdict")
        #expect(rows == [2])
    }

    @Test("what a clock wrote that was ahead is removed")
    func ahead() async throws {
        let folder = try TemporaryFolder()
        let store = await folder.store()
        store.remember(verdict(1), for: try key("day"), now: moment + seconds(86_400) - 1)
        store.remember(verdict(2), for: try key("more"), now: moment + seconds(86_400))
        await store.tidy(now: moment)
        #expect(try await sizes(store, now: moment) == [1])
        let rows = try folder.numbers("SELECT size FROM verdict")
        #expect(rows == [1])
    }

    @Test("the oldest verdicts of all go, in many small steps")
    func countInAll() async throws {
        let folder = try TemporaryFolder()
        let store = await folder.store(limits { ($0.verdicts, $0.tidyRows) = (100, 7) })
        try await remember(0..<60, store)
        try await remember(60..<130, store, "you@example.com")
        await store.tidy(now: moment + seconds(200))
        #expect(try await sizes(store, now: moment + seconds(200)) == Array(30..<60))
        #expect(try await sizes(store, "you@example.com", now: moment + seconds(200)) == Array(60..<130))
    }

    @Test("the oldest verdicts of one user go, under all rules, and nobody else's")
    func countOfUser() async throws {
        let folder = try TemporaryFolder()
        let store = await folder.store(limits { ($0.verdictsOfUser, $0.tidyRows) = (10, 3) })
        try await remember(0..<10, store, "you@example.com")
        store.remember(verdict(1), for: try key("old", rules: 2), now: moment - 1)
        try await remember(0..<10, store)
        #expect(await store.verdict(for: try key("old", rules: 2), now: moment) == nil)
        try await remember(10..<25, store)
        await store.tidy(now: moment + seconds(30))
        #expect(try await sizes(store, now: moment) == Array(15..<25))
        #expect(try await sizes(store, "you@example.com", now: moment) == Array(0..<10))
    }

    @Test("the bounds are kept without being asked, whatever comes")
    func byItself() async throws {
        let folder = try TemporaryFolder()
        let bounds = limits { ($0.verdicts, $0.tidyChanges) = (500, 100) }
        let store = await folder.store(bounds)
        try await remember(0..<3_000, store)
        let rows = try folder.numbers("SELECT count(*) FROM verdict")
        // Between two looks, as many as that, and what was written together.
        #expect(try #require(rows.first) <= 500 + 100 + 1_000)
        await store.tidy(now: moment)
        #expect(try await sizes(store, now: moment + seconds(3_000)) == Array(2_500..<3_000))
    }

    @Test("a file that takes more than it may loses its oldest verdicts")
    func octetsBound() async throws {
        let folder = try TemporaryFolder()
        let store = await folder.store(limits { $0.octets = 1 << 20 })
        for number in 0..<100 {
            let large = StoredVerdict(size: number, payload: .init(repeating: 1, count: 50_000))
            store.remember(large, for: try key("\(number)"), now: moment + Int64(number))
            await store.flush()
        }
        // 20 fit; a tenth more comes between two looks.
        #expect(try await sizes(store, now: moment + 100).count <= 24)
        await store.tidy(now: moment + 100)
        let kept = try await sizes(store, now: moment + 100)
        #expect(kept.last == 99)
        #expect((15...20).contains(kept.count))
    }

    @Test("sightings: what expires goes, then what expires next, of one user and of all")
    func sightings() async throws {
        let folder = try TemporaryFolder()
        let store = await folder.store(limits { ($0.sightings, $0.sightingsOfUser, $0.tidyRows) = (15, 10, 2) })
        func see(_ number: Int64, _ user: String) async {
            store.remember(sighting(number, user), now: moment + number)
            await store.flush()
        }
        func sighting(_ number: Int64, _ user: String, uidl: String = "a") -> Sighting {
            let id = octets("\(number)")
            let from = account(user)
            return Sighting(account: from, handle: [], id: id, uidl: octets(uidl), seconds: 100, isLast: false)
        }
        func seen(_ user: String, now: Int64) async -> [Int64] {
            var seen: [Int64] = []
            for number in Int64(0)..<20 {
                if await store.isDuplicate(sighting(number, user, uidl: "b"), now: now) { seen.append(number) }
            }
            return seen
        }
        for number in Int64(0)..<12 { await see(number, "me") }
        await store.tidy(now: moment)
        #expect(await seen("me", now: moment + 20) == Array(2..<12))
        for number in Int64(12)..<20 { await see(number, "you") }
        await store.tidy(now: moment)
        #expect(await seen("me", now: moment + 20) == Array(5..<12))
        #expect(await seen("you", now: moment + 20) == Array(12..<20))
        await store.tidy(now: moment + seconds(100) + 10)
        let rows = try folder.numbers("SELECT count(*) FROM sighting")
        #expect(rows == [9])
    }

    @Test("rows are counted truly, whatever comes and goes")
    func counts() async throws {
        let folder = try TemporaryFolder()
        let store = await folder.store(limits { $0.verdictsOfUser = 20 })
        var random = SystemRandomNumberGenerator()
        for _ in 0..<300 {
            let user = "\(Int.random(in: 0..<3, using: &random))"
            let uidl = "\(Int.random(in: 0..<40, using: &random))"
            switch Int.random(in: 0..<4, using: &random) {
            case 0: store.forget([octets(uidl)], of: account(user), now: moment)
            case 1: await store.flush()
            default: store.remember(verdict(), for: try key(uidl, user: user), now: moment)
            }
        }
        await store.tidy(now: moment)
        let wrong = try folder.numbers(
            """
            SELECT id FROM maildrop
            WHERE rows <> (SELECT count(*) FROM verdict WHERE maildrop = maildrop.id) OR rows > 20 OR rows = 0
            """
        )
        #expect(wrong.isEmpty)
    }
}

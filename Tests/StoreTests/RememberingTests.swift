// What is remembered comes back, to its owner, under its rules.
// Must not depend on when a change reaches the file: each is asked for before and after.

import Store
import Testing

@Suite struct RememberingTests {
    struct Sample: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var size: Int? = 1
        var payload: [UInt8] = [1]
        var upstream = "office"
        var user = octets("me@example.com")
        var uidl = octets("000017b0")
    }

    static let samples = [
        Sample(testDescription: "plain"),
        Sample(testDescription: "no size", size: nil),
        Sample(testDescription: "size 0", size: 0),
        Sample(testDescription: "a huge size", size: .max),
        Sample(testDescription: "no payload", payload: []),
        Sample(testDescription: "every octet", payload: Array(0...255)),
        Sample(testDescription: "the longest payload", payload: Array(repeating: 0xFF, count: 65_536)),
        Sample(testDescription: "empty names", upstream: "", user: [], uidl: []),
        Sample(testDescription: "a null octet", user: [0x61, 0, 0x62], uidl: [0]),
        Sample(testDescription: "no UTF-8", user: [0xFF, 0xFE], uidl: [0xC0]),
        Sample(testDescription: "quotes", upstream: "o'\"--", user: octets("'; DROP TABLE verdict; --")),
        Sample(testDescription: "the longest names", user: .init(repeating: 1, count: 1_024)),
        Sample(testDescription: "the longest UIDL", uidl: .init(repeating: 1, count: 1_024)),
    ]

    @Test("a verdict comes back as it was, at once, from the file, and after a restart", arguments: samples)
    func roundTrip(sample: Sample) async throws {
        let folder = try TemporaryFolder()
        let store = await folder.store()
        let account = Account(upstream: sample.upstream, user: sample.user)
        let key = try VerdictKey(account: account, uidl: sample.uidl, fingerprint: fingerprint())
        let verdict = StoredVerdict(size: sample.size, payload: sample.payload)
        let sizes = sample.size.map { [sample.uidl: $0] } ?? [:]
        store.remember(verdict, for: key, now: moment)
        #expect(await store.verdict(for: key, now: moment) == verdict)
        #expect(await store.sizes(of: account, under: key.fingerprint, now: moment) == sizes)
        #expect(store.mayKnowSizes(of: account, under: key.fingerprint, now: moment) || sizes.isEmpty)
        await store.flush()
        #expect(await store.verdict(for: key, now: moment) == verdict)
        await store.close()
        let again = await folder.store()
        #expect(await again.verdict(for: key, now: moment) == verdict)
        #expect(await again.sizes(of: account, under: key.fingerprint, now: moment) == sizes)
        #expect(again.mayKnowSizes(of: account, under: key.fingerprint, now: moment) || sizes.isEmpty)
        #expect(again.dropped == 0)
    }

    @Test("what is one past a limit is not remembered, and counted")
    func pastLimits() async throws {
        let folder = try TemporaryFolder()
        let store = await folder.store()
        let long = String(repeating: "x", count: 1_025)
        store.remember(verdict(), for: try key(long), now: moment)
        store.remember(verdict(), for: try key(user: long), now: moment)
        store.remember(StoredVerdict(size: 1, payload: .init(repeating: 1, count: 65_537)), for: try key(), now: moment)
        store.remember(verdict(-1), for: try key(), now: moment)
        #expect(store.dropped == 4)
        #expect(await store.verdict(for: try key(), now: moment) == nil)
        #expect(await store.verdict(for: try key(long), now: moment) == nil)
    }

    @Test("another upstream, user, message or set of rules has its own verdict", arguments: [false, true])
    func keys(isWritten: Bool) async throws {
        let folder = try TemporaryFolder()
        let store = await folder.store()
        store.remember(verdict(), for: try key(), now: moment)
        if isWritten { await store.flush() }
        let upstream = Account(upstream: "home", user: octets("me@example.com"))
        let others = [
            try key("other"), try key(user: "you@example.com"), try key(rules: 2),
            try VerdictKey(account: upstream, uidl: octets("000017b0"), fingerprint: fingerprint()),
        ]
        for other in others {
            #expect(await store.verdict(for: other, now: moment) == nil)
            let sizes = await store.sizes(of: other.account, under: other.fingerprint, now: moment)
            #expect(sizes[other.uidl] == nil)
        }
    }

    @Test("the later verdict counts", arguments: [false, true])
    func replaced(isWritten: Bool) async throws {
        let folder = try TemporaryFolder()
        let store = await folder.store()
        store.remember(verdict(1, "first"), for: try key(), now: moment)
        if isWritten { await store.flush() }
        store.remember(verdict(nil, "second"), for: try key(), now: moment)
        for _ in 0..<2 {
            #expect(await store.verdict(for: try key(), now: moment) == verdict(nil, "second"))
            #expect(try await store.sizes(of: account(), under: fingerprint(), now: moment).isEmpty)
            await store.flush()
        }
    }

    @Test("what is forgotten is forgotten under all rules, and nothing else is", arguments: [false, true])
    func forgotten(isWritten: Bool) async throws {
        let folder = try TemporaryFolder()
        let store = await folder.store()
        let (gone, other) = (try [key("a"), key("a", rules: 2)], try [key("b"), key("a", user: "you@example.com")])
        for key in gone + other { store.remember(verdict(), for: key, now: moment) }
        if isWritten { await store.flush() }
        store.forget([octets("a"), octets("never seen")], of: account(), now: moment)
        for _ in 0..<2 {
            for key in gone { #expect(await store.verdict(for: key, now: moment) == nil) }
            for key in other { #expect(await store.verdict(for: key, now: moment) == verdict()) }
            #expect(try await store.sizes(of: account(), under: fingerprint(), now: moment) == [octets("b"): 48_260])
            await store.flush()
        }
        store.remember(verdict(7), for: gone[0], now: moment)
        for _ in 0..<2 {
            #expect(await store.verdict(for: gone[0], now: moment) == verdict(7))
            #expect(await store.verdict(for: gone[1], now: moment) == nil)
            await store.flush()
        }
    }

    @Test("the sizes of a maildrop of 10,000 messages come in one answer")
    func largeMaildrop() async throws {
        let folder = try TemporaryFolder()
        let store = await folder.store()
        for number in 0..<10_000 {
            if number % 5_000 == 0 { await store.flush() }
            store.remember(verdict(number % 10 == 0 ? nil : number), for: try key("\(number)"), now: moment)
        }
        await store.flush()
        let sizes = await store.sizes(of: account(), under: try fingerprint(), now: moment)
        #expect(store.dropped == 0)
        #expect(sizes.count == 9_000)
        #expect(sizes[octets("9999")] == 9_999)
    }

    // MARK: While a change waits

    @Test("nobody who asks waits for a writer, and what waits is seen")
    func readersDoNotWait() async throws {
        let folder = try TemporaryFolder()
        let store = await folder.store(limits { $0.patience = .seconds(60) })
        store.remember(verdict(1), for: try key("old"), now: moment)
        await store.flush()
        let lock = try Lock(folder)
        store.remember(verdict(2), for: try key("new"), now: moment)
        store.forget([octets("old")], of: account(), now: moment)
        #expect(await store.verdict(for: try key("new"), now: moment) == verdict(2))
        #expect(await store.verdict(for: try key("old"), now: moment) == nil)
        #expect(await store.verdict(for: try key("old", rules: 2), now: moment) == nil)
        #expect(try await store.sizes(of: account(), under: fingerprint(), now: moment) == [octets("new"): 2])
        try lock.release()
        await store.flush()
        #expect(try await store.sizes(of: account(), under: fingerprint(), now: moment) == [octets("new"): 2])
    }

    struct Waiting: Sendable {
        let limits: StoreLimits
        /// Changes that fit while the writer is held up.
        let most: Int
    }

    @Test(
        "what does not fit into the queue is dropped and counted, the rest is written",
        arguments: [
            Waiting(limits: limits { $0.waitingChanges = 10 }, most: 10),
            // Each takes 256 octets, six of payload and one or two of UIDL; the last one only has to begin to fit.
            Waiting(limits: limits { $0.waitingOctets = 2_700 }, most: 11),
        ]
    )
    func queueFull(waiting: Waiting) async throws {
        let folder = try TemporaryFolder()
        var limits = waiting.limits
        limits.patience = .seconds(60)
        let store = await folder.store(limits)
        let lock = try Lock(folder)
        for number in 0..<100 { store.remember(verdict(number), for: try key("\(number)"), now: moment) }
        // One part is being written, another waits.
        #expect((100 - 2 * waiting.most...100 - waiting.most).contains(store.dropped))
        try lock.release()
        await store.flush()
        let sizes = await store.sizes(of: account(), under: try fingerprint(), now: moment)
        #expect(sizes.count == 100 - store.dropped)
        #expect(sizes[octets("0")] == 0)
    }

    @Test("a closed store answers nothing")
    func closed() async throws {
        let folder = try TemporaryFolder()
        let store = await folder.store()
        store.remember(verdict(), for: try key(), now: moment)
        await store.close()
        #expect(await store.verdict(for: try key(), now: moment) == nil)
        store.remember(verdict(), for: try key(), now: moment)
        #expect(store.dropped == 1)
        await store.close()
    }

    @Test("a fingerprint has 32 octets", arguments: [0, 31, 32, 33])
    func fingerprints(count: Int) {
        #expect((Fingerprint(Array(repeating: 1, count: count)) != nil) == (count == 32))
    }

    // MARK: Privacy

    @Test("file, log and folder are their owner's alone")
    func modes() async throws {
        let folder = try TemporaryFolder()
        let store = await folder.store()
        store.remember(verdict(), for: try key(), now: moment)
        await store.flush()
        #expect(try mode(folder.path + "/state") == 0o700)
        for name in ["", "-wal", "-shm"] { #expect(try mode(folder.file + name) == 0o600, "\(name)") }
        await store.close()
    }

    @Test("a user of whom nothing is remembered is not named in the tables")
    func userGoes() async throws {
        let folder = try TemporaryFolder()
        let store = await folder.store()
        for number in 0..<3 { store.remember(verdict(), for: try key("\(number)"), now: moment) }
        await store.flush()
        store.forget((0..<3).map { octets("\($0)") }, of: account(), now: moment)
        await store.tidy(now: moment)
        let rows = try folder.numbers("SELECT count(*) FROM maildrop")
        #expect(rows == [0])
    }

    @Test("a verdict that another has replaced is remembered when it comes again")
    func backAgain() async throws {
        let folder = try TemporaryFolder()
        let store = await folder.store()
        let (first, second) = (verdict(1, "first"), verdict(2, "second"))
        for remembered in [first, second, first, first] {
            try store.remember(remembered, for: key(), now: moment)
            await store.flush()
            #expect(try await store.verdict(for: key(), now: moment) == remembered)
        }
        try store.forget([key().uidl], of: key().account, now: moment)
        try store.remember(first, for: key(), now: moment)
        await store.flush()
        #expect(try await store.verdict(for: key(), now: moment) == first)
    }
}

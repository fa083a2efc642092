// What goes wrong with the file: nothing is remembered, it is said once, and it is tried again.
// Must not take one cause for another.

import Foundation
import Store
import Testing

@Suite struct TroubleTests {
    static let later = moment + seconds(60)

    /// A store of which one verdict is remembered.
    private func used(
        _ folder: TemporaryFolder,
        _ limits: StoreLimits,
        _ news: News
    ) async throws -> SQLiteStore {
        let store = await folder.store(limits, news)
        store.remember(verdict(), for: try key(), now: moment)
        await store.flush()
        #expect(news.all.isEmpty)
        return store
    }

    private func remember(_ uidl: String, _ store: SQLiteStore, now: Int64 = moment) async throws {
        store.remember(verdict(), for: try key(uidl), now: now)
        await store.flush()
    }

    private func knows(_ uidl: String, _ store: SQLiteStore, now: Int64 = moment) async throws -> Bool {
        await store.verdict(for: try key(uidl), now: now) != nil
    }

    /// Asks for all there is, which is nothing.
    private func checkSilent(_ store: SQLiteStore, now: Int64 = moment) async throws {
        let dropped = store.dropped
        let sighting = Sighting(
            account: account(),
            handle: [],
            id: [1],
            uidl: [1],
            seconds: 100,
            isLast: false
        )
        for _ in 0..<3 {
            #expect(try await !knows("000017b0", store, now: now))
            #expect(try await store.sizes(of: account(), under: fingerprint(), now: now).isEmpty)
            #expect(await !store.isDuplicate(sighting, now: now))
            try await remember("x", store, now: now)
            store.remember(sighting, now: now)
            store.forget([[1]], of: account(), now: now)
        }
        #expect(store.dropped == dropped + 9)
    }

    // MARK: When it is opened

    struct Obstacle: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let word: String
        let says: String
        let build: @Sendable (TemporaryFolder) throws -> Void
        let remove: @Sendable (TemporaryFolder) throws -> Void
    }

    static let obstacles = [
        Obstacle(testDescription: "a folder of its name", word: "unwritable", says: "it is no file") { folder in
            try FileManager.default.createDirectory(atPath: folder.file, withIntermediateDirectories: true)
        } remove: { folder in
            try FileManager.default.removeItem(atPath: folder.file)
        },
        Obstacle(testDescription: "a file where its folder should be", word: "unwritable", says: "is no folder") {
            try Data().write(to: URL(fileURLWithPath: $0.path + "/state"))
        } remove: { folder in
            try FileManager.default.removeItem(atPath: folder.path + "/state")
            try FileManager.default.createDirectory(atPath: folder.path + "/state", withIntermediateDirectories: false)
        },
        Obstacle(testDescription: "a folder for anybody", word: "writable by anybody", says: "chmod o-w") { folder in
            try FileManager.default.createDirectory(atPath: folder.path + "/state", withIntermediateDirectories: false)
            try change(folder.path + "/state", 0o777)
        } remove: { folder in
            try change(folder.path + "/state", 0o700)
        },
        Obstacle(testDescription: "a file for anybody", word: "writable by anybody", says: "chmod o-w") { folder in
            try FileManager.default.createDirectory(atPath: folder.path + "/state", withIntermediateDirectories: false)
            try Data().write(to: URL(fileURLWithPath: folder.file))
            try change(folder.file, 0o666)
        } remove: { folder in
            try change(folder.file, 0o600)
        },
        Obstacle(testDescription: "another program's database", word: "foreign", says: "is left alone") { folder in
            try FileManager.default.createDirectory(atPath: folder.path + "/state", withIntermediateDirectories: false)
            try folder.execute("CREATE TABLE theirs (a)")
        } remove: { folder in
            try FileManager.default.removeItem(atPath: folder.file)
        },
        Obstacle(testDescription: "another program's, marked", word: "foreign", says: "is left alone") { folder in
            try FileManager.default.createDirectory(atPath: folder.path + "/state", withIntermediateDirectories: false)
            try folder.execute("PRAGMA application_id = 7; PRAGMA user_version = 1")
        } remove: { folder in
            try FileManager.default.removeItem(atPath: folder.file)
        },
        Obstacle(testDescription: "a later version's", word: "newer", says: "of version 2") { folder in
            try FileManager.default.createDirectory(atPath: folder.path + "/state", withIntermediateDirectories: false)
            try folder.execute("PRAGMA application_id = \(0x506F_7053); PRAGMA user_version = 2; CREATE TABLE new (a)")
        } remove: { folder in
            try FileManager.default.removeItem(atPath: folder.file)
        },
    ]

    @Test("an obstacle is told once, nothing is touched, and it works when it is gone", arguments: obstacles)
    func obstacle(obstacle: Obstacle) async throws {
        let folder = try TemporaryFolder()
        try obstacle.build(folder)
        let before = try? Data(contentsOf: URL(fileURLWithPath: folder.file))
        let news = News()
        let store = await folder.store(news)
        try await checkSilent(store)
        // It is tried again, and not told again.
        for tries in Int64(1)...2 { try await checkFirstTry(store, now: moment + seconds(60 * tries)) }
        #expect(news.words == [obstacle.word])
        guard case .trouble(let trouble) = news.all.first else { throw Optional<Int>.Nothing() }
        #expect(trouble.since == moment)
        #expect(trouble.description.contains(obstacle.says))
        #expect((try? Data(contentsOf: URL(fileURLWithPath: folder.file))) == before)
        try obstacle.remove(folder)
        let now = moment + seconds(200)
        try await remember("y", store, now: now)
        #expect(try await knows("y", store, now: now))
        #expect(news.words == [obstacle.word, "works"])
        #expect(news.all.last == .working(after: trouble, dropped: store.dropped))
    }

    private func checkFirstTry(_ store: SQLiteStore, now: Int64) async throws {
        #expect(try await !knows("000017b0", store, now: now))
        try await checkSilent(store, now: now)
    }

    // MARK: While it is used

    @Test("a file that another process keeps locked is done without, and works when it is free")
    func locked() async throws {
        let folder = try TemporaryFolder()
        let news = News()
        let store = try await used(folder, limits { $0.patience = .milliseconds(20) }, news)
        let lock = try Lock(folder)
        // Who asks is not held up, until a change could not be written.
        #expect(try await knows("000017b0", store))
        try await remember("x", store)
        try await checkSilent(store)
        try await checkFirstTry(store, now: Self.later)
        #expect(news.words == ["locked"])
        try lock.release()
        let now = moment + seconds(120)
        #expect(try await knows("000017b0", store, now: now))
        #expect(try await !knows("x", store, now: now))
        #expect(news.words == ["locked", "works"])
    }

    @Test("a question that is never answered is given up, and one that is has its answer")
    func silent() async throws {
        var limits = StoreLimits()
        #expect(try await limits.answered { 1 } == 1)
        await #expect(throws: StoreTrouble.Cause.locked) {
            try await limits.answered { throw StoreTrouble.Cause.locked }
        }
        limits.answer = .milliseconds(1)
        let (never, end) = AsyncStream.makeStream(of: Void.self)
        await #expect(throws: StoreTrouble.Cause.silent) { try await limits.answered { for await _ in never {} } }
        end.finish()
    }

    @Test("a change alone is reason enough to try again")
    func changeTries() async throws {
        let folder = try TemporaryFolder()
        let news = News()
        let store = try await used(folder, limits { $0.patience = .milliseconds(20) }, news)
        let lock = try Lock(folder)
        try await remember("x", store)
        try lock.release()
        try await remember("y", store, now: Self.later)
        #expect(news.words == ["locked", "works"])
        #expect(try await knows("y", store, now: Self.later))
    }

    @Test("a clock that is set back does not keep it from trying again")
    func clockSetBack() async throws {
        let folder = try TemporaryFolder()
        let news = News()
        let store = try await used(folder, limits { $0.patience = .milliseconds(20) }, news)
        let lock = try Lock(folder)
        try await remember("x", store)
        try lock.release()
        #expect(try await !knows("000017b0", store, now: moment))
        #expect(try await knows("000017b0", store, now: moment - seconds(3_600)))
        #expect(news.words == ["locked", "works"])
    }

    @Test("a folder that is taken away is not made again, and counts when it is back")
    func missing() async throws {
        let folder = try TemporaryFolder()
        let news = News()
        let store = try await used(folder, StoreLimits(), news)
        let (here, away) = (folder.path + "/state", folder.path + "/away")
        try FileManager.default.moveItem(atPath: here, toPath: away)
        try await remember("x", store)
        try await checkSilent(store)
        try await checkFirstTry(store, now: Self.later)
        #expect(news.words == ["missing"])
        #expect(!FileManager.default.fileExists(atPath: here))
        try FileManager.default.moveItem(atPath: away, toPath: here)
        #expect(try await knows("000017b0", store, now: moment + seconds(120)))
        #expect(news.words == ["missing", "works"])
    }

    @Test("a file that is removed under us is noticed, and a new one begun")
    func removed() async throws {
        let folder = try TemporaryFolder()
        let news = News()
        let store = try await used(folder, StoreLimits(), news)
        for name in try folder.names { try FileManager.default.removeItem(atPath: folder.path + "/state/" + name) }
        try await remember("x", store)
        #expect(news.words == ["missing"])
        try await remember("y", store, now: Self.later)
        #expect(news.words == ["missing", "works"])
        await store.close()
        let again = await folder.store()
        #expect(try await knows("y", again))
        #expect(try await !knows("x", again))
    }

    // MARK: Damage

    static let ruins: [(String, @Sendable (inout Data) -> Void)] = [
        ("cut within the first page", { $0 = $0.prefix(1_000) }),
        ("cut in the middle", { $0 = $0.prefix($0.count / 2) }),
        ("zeros from the second page on", { $0.resetBytes(in: 4_096..<$0.count) }),
        ("noise from the second page on", { data in for place in 4_096..<data.count { data[place] = 0xA5 } }),
    ]

    /// A settings file that was named by mistake was put aside, and a database lay in its place.
    @Test("a file of something else is left as it is", arguments: ["upstream: a.example\n", "From: me\r\n\r\n\0\0"])
    func somethingElse(text: String) async throws {
        let folder = try TemporaryFolder()
        let news = News()
        try await used(folder, StoreLimits(), news).close()
        let url = URL(fileURLWithPath: folder.file)
        let octets = Data(text.utf8) + Data(count: 600)
        try octets.write(to: url)
        let store = await folder.store(news)
        try await remember("x", store)
        #expect(try await !knows("x", store))
        #expect(news.words == ["foreign"])
        let isSame = try Data(contentsOf: url) == octets
        #expect(isSame)
        await store.close()
    }

    @Test("a damaged file is put aside, said so, and a new one begun", arguments: ruins.indices)
    func damaged(number: Int) async throws {
        let folder = try TemporaryFolder()
        let news = News()
        let store = try await used(folder, StoreLimits(), news)
        await store.close()
        let url = URL(fileURLWithPath: folder.file)
        var data = try Data(contentsOf: url)
        Self.ruins[number].1(&data)
        try data.write(to: url)
        let again = await folder.store(news)
        for uidl in ["000017b0", "x"] {
            _ = try await knows(uidl, again)
            try await remember(uidl, again)
        }
        #expect(news.words == ["damaged", "works"], "\(Self.ruins[number].0)")
        try await remember("y", again)
        #expect(try await knows("y", again))
        #expect(try await !knows("000017b0", again) || again.dropped == 0)
        // Where the damage shows late, something was written before.
        let aside = try Data(contentsOf: URL(fileURLWithPath: folder.file + ".damaged"))
        #expect(number > 1 || aside == data)
        await again.close()
        #expect(try mode(folder.file) == 0o600)
        #expect(try folder.numbers("SELECT count(*) FROM verdict") != [0])
        #expect(try folder.names.filter { !$0.contains(".damaged") } == ["store.sqlite"])
    }

    @Test("damage that shows while it is used is helped by the next who asks")
    func damagedInUse() async throws {
        let folder = try TemporaryFolder()
        let news = News()
        let filled = await folder.store(news)
        for number in 0..<1_000 { filled.remember(verdict(), for: try key("\(number)"), now: moment) }
        await filled.close()
        let store = await folder.store(news)
        // In place: the file stays the same one.
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: folder.file))
        let length = try file.seekToEnd()
        try file.seek(toOffset: 4_096)
        try file.write(contentsOf: Data(repeating: 0xA5, count: Int(length) - 4_096))
        try file.close()
        #expect(try await !knows("1", store))
        #expect(news.words == ["damaged"])
        #expect(try await !knows("1", store))
        #expect(news.words == ["damaged", "works"])
        try await remember("1", store)
        #expect(try await knows("1", store))
        await store.close()
        #expect(try folder.names == ["store.sqlite", "store.sqlite.damaged"])
        #expect(try folder.numbers("SELECT count(*) FROM verdict") == [1])
    }
}

private func change(_ path: String, _ mode: Int) throws {
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
}

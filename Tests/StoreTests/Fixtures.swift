// What the store's tests share: a folder that goes away, names for what is remembered, ears for the news.
// Must not know how the store keeps anything.

import Foundation
import GRDB
import Store
import Synchronization

/// 2026-11-23T08:15:04.123456Z
let moment: Int64 = 1_795_421_704_123_456

func seconds(_ number: Int64) -> Int64 { number * 1_000_000 }

func octets(_ text: String) -> [UInt8] { Array(text.utf8) }

func account(_ user: String = "me@example.com", upstream: String = "office") -> Account {
    Account(upstream: upstream, user: octets(user))
}

func fingerprint(_ number: UInt8 = 1) throws -> Fingerprint {
    try Fingerprint(Array(repeating: number, count: Fingerprint.count)).orThrow()
}

func key(_ uidl: String = "000017b0", user: String = "me@example.com", rules: UInt8 = 1) throws -> VerdictKey {
    try VerdictKey(account: account(user), uidl: octets(uidl), fingerprint: fingerprint(rules))
}

func verdict(_ size: Int? = 48_260, _ payload: String = "tagged") -> StoredVerdict {
    StoredVerdict(size: size, payload: octets(payload))
}

extension Optional {
    struct Nothing: Error {}

    func orThrow() throws -> Wrapped {
        guard let self else { throw Nothing() }
        return self
    }
}

/// What a store has said, in order.
final class News: Sendable {
    private let items = Mutex<[StoreNews]>([])

    var all: [StoreNews] { items.withLock { $0 } }

    /// In short: the causes, and "works" for each recovery.
    var words: [String] {
        all.map { news in
            switch news {
            case .trouble(let trouble): word(trouble.cause)
            case .working: "works"
            }
        }
    }

    func hear(_ news: StoreNews) { items.withLock { $0.append(news) } }

    private func word(_ cause: StoreTrouble.Cause) -> String {
        switch cause {
        case .full: "full"
        case .locked: "locked"
        case .silent: "silent"
        case .damaged: "damaged"
        case .missing: "missing"
        case .unwritable: "unwritable"
        case .writableByAnybody: "writable by anybody"
        case .foreign: "foreign"
        case .newer: "newer"
        case .failed: "failed"
        }
    }
}

/// A folder for one test; removed with the value that names it.
final class TemporaryFolder: Sendable {
    let path = NSTemporaryDirectory() + "popsieve-store-" + UUID().uuidString

    init() throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Where a store is made; its folder is not there yet.
    var file: String { path + "/state/store.sqlite" }

    var names: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: path + "/state").sorted() }
    }

    func store(_ news: News) async -> SQLiteStore { await store(StoreLimits(), news) }

    func store(_ limits: StoreLimits = StoreLimits(), now: Int64 = moment, _ news: News = News()) async -> SQLiteStore {
        await SQLiteStore.open(path: file, limits: limits, now: now) { news.hear($0) }
    }

    /// Another program's look at the file.
    func numbers(_ sql: String) throws -> [Int] {
        try DatabaseQueue(path: file, configuration: patient).read { db in try Int.fetchAll(db, sql: sql) }
    }

    /// What another program does to it.
    func execute(_ sql: String) throws {
        try DatabaseQueue(path: file, configuration: patient).writeWithoutTransaction { db in try db.execute(sql: sql) }
    }
}

private var patient: Configuration {
    var configuration = Configuration()
    configuration.busyMode = .timeout(10)
    configuration.allowsUnsafeTransactions = true
    return configuration
}

/// Keeps a database from being written, as another process may.
final class Lock {
    private let queue: DatabaseQueue

    init(_ folder: TemporaryFolder) throws {
        queue = try DatabaseQueue(path: folder.file, configuration: patient)
        try queue.inDatabase { db in try db.execute(sql: "BEGIN IMMEDIATE") }
    }

    func release() throws {
        try queue.inDatabase { db in try db.execute(sql: "COMMIT") }
    }
}

func mode(_ path: String) throws -> Int? {
    try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
}

/// A limit as small as a test needs it.
func limits(_ set: (inout StoreLimits) -> Void) -> StoreLimits {
    var limits = StoreLimits()
    set(&limits)
    return limits
}

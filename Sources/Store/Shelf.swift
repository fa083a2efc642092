// What goes when there is too much, or when it is too old.
// Must not hold a writer up: what goes is looked up by a reader, and removed a few rows at a time.

import GRDB

/// One of the two tables whose rows go by age and count.
struct Shelf: Sendable {
    /// A row to be removed; one that was written again since has another time, and stays.
    struct Victim: Sendable {
        let maildrop: Int64
        let key: [UInt8]
        let time: Int64
    }

    static let verdicts = Shelf(table: "verdict", key: "uidl", time: "time", maildrops: "fingerprint <> ''")
    static let sightings = Shelf(table: "sighting", key: "id", time: "expires", maildrops: "fingerprint = ''")

    private let table: String
    private let key: String
    /// The column that says which rows go first.
    private let time: String
    private let maildrops: String

    // MARK: Counts

    func rows(_ db: Database) throws -> Int {
        try Int.fetchOne(db.cachedStatement(sql: "SELECT sum(rows) FROM maildrop WHERE \(maildrops)")) ?? 0
    }

    func rows(of account: Account, _ db: Database) throws -> Int {
        let statement = try db.cachedStatement(
            sql: "SELECT sum(rows) FROM maildrop WHERE upstream = ? AND user = ? AND \(maildrops)"
        )
        return try Int.fetchOne(statement, arguments: [account.upstream, account.user.bound]) ?? 0
    }

    // MARK: Victims

    /// Rows at or before the first moment, or at or after the second.
    func outdated(_ db: Database, _ after: Int64, _ before: Int64, most: Int) throws -> [Victim] {
        let old = try victims(db, "WHERE \(time) <= ? ORDER BY \(time) LIMIT ?", [after, most])
        return try old + victims(db, "WHERE \(time) >= ? LIMIT ?", [before, most - old.count])
    }

    func oldest(_ db: Database, most: Int) throws -> [Victim] {
        guard most > 0 else { return [] }
        return try victims(db, "ORDER BY \(time) LIMIT ?", [most])
    }

    func oldest(of account: Account, _ db: Database, most: Int) throws -> [Victim] {
        guard most > 0 else { return [] }
        let own = "SELECT id FROM maildrop WHERE upstream = ? AND user = ? AND \(maildrops)"
        return try victims(
            db,
            "WHERE maildrop IN (\(own)) ORDER BY \(time) LIMIT ?",
            [account.upstream, account.user.bound, most]
        )
    }

    private func victims(_ db: Database, _ which: String, _ arguments: StatementArguments) throws -> [Victim] {
        let statement = try db.cachedStatement(sql: "SELECT maildrop, \(key), \(time) FROM \(table) \(which)")
        return try Row.fetchAll(statement, arguments: arguments).map { row in
            Victim(maildrop: row[0], key: row.octets(1), time: row[2])
        }
    }

    func remove(_ victims: [Victim], _ db: Database) throws {
        guard !victims.isEmpty else { return }
        let statement = try db.cachedStatement(
            sql: "DELETE FROM \(table) WHERE maildrop = ? AND \(key) = ? AND \(time) = ?"
        )
        for victim in victims { try statement.execute(arguments: [victim.maildrop, victim.key.bound, victim.time]) }
    }
}

/// One small step of tidying up.
struct TidyStep: Sendable {
    private var verdicts: [Shelf.Victim] = []
    private var sightings: [Shelf.Victim] = []
    private var maildrops: [Int64] = []

    var isEmpty: Bool { verdicts.isEmpty && sightings.isEmpty && maildrops.isEmpty }

    /// What goes next.
    ///
    /// - Parameter account: one that has more than it may
    init(_ db: Database, _ limits: StoreLimits, _ account: Account?, now: Int64) throws {
        let most = limits.tidyRows
        let (after, before) = Tables.lifetime(limits, now: now)
        verdicts = try Shelf.verdicts.outdated(db, after, before, most: most)
        let latest = before + limits.sightingSeconds * 1_000_000
        sightings = try Shelf.sightings.outdated(db, now, latest, most: most)
        if verdicts.isEmpty {
            let (rows, octets) = try (Shelf.verdicts.rows(db), Self.octets(db))
            var excess = rows - limits.verdicts
            // Some are larger than others; what is still too much goes in the next step.
            if octets > limits.octets { excess = max(excess, rows * (octets - limits.octets) / octets + 1) }
            verdicts = try Shelf.verdicts.oldest(db, most: min(excess, most))
        }
        if sightings.isEmpty {
            let excess = try Shelf.sightings.rows(db) - limits.sightings
            sightings = try Shelf.sightings.oldest(db, most: min(excess, most))
        }
        if let account, isEmpty {
            let (messages, seen) = try (Shelf.verdicts.rows(of: account, db), Shelf.sightings.rows(of: account, db))
            verdicts = try Shelf.verdicts.oldest(of: account, db, most: min(messages - limits.verdictsOfUser, most))
            sightings = try Shelf.sightings.oldest(of: account, db, most: min(seen - limits.sightingsOfUser, most))
        }
        maildrops = try Int64.fetchAll(db, sql: "SELECT id FROM maildrop WHERE rows = 0 LIMIT ?", arguments: [most])
    }

    func carryOut(_ db: Database) throws {
        try Shelf.verdicts.remove(verdicts, db)
        try Shelf.sightings.remove(sightings, db)
        for id in maildrops {
            try db.cachedStatement(sql: "DELETE FROM maildrop WHERE id = ? AND rows = 0").execute(arguments: [id])
        }
    }

    /// Of the file, less what is free in it.
    private static func octets(_ db: Database) throws -> Int {
        let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
        let free = try Int.fetchOne(db, sql: "PRAGMA freelist_count") ?? 0
        return try (pages - free) * (Int.fetchOne(db, sql: "PRAGMA page_size") ?? 0)
    }
}

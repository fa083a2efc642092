// What is asked of the tables and written to them; all SQL that a request needs.
// Must not decide when, nor keep anything between two transactions: another process may have changed it.

import GRDB

enum Tables {
    // MARK: Questions

    /// The oldest and newest moments that a row may have, both exclusive.
    static func lifetime(_ limits: StoreLimits, now: Int64) -> (after: Int64, before: Int64) {
        (now - limits.verdictSeconds * 1_000_000, now + StoreLimits.aheadMicroseconds)
    }

    static func verdict(
        _ db: Database,
        _ key: VerdictKey,
        _ limits: StoreLimits,
        now: Int64
    ) throws -> StoredVerdict? {
        let statement = try db.cachedStatement(
            sql: """
                SELECT size, payload FROM maildrop JOIN verdict ON maildrop = id
                WHERE upstream = ? AND user = ? AND fingerprint = ? AND uidl = ? AND time > ? AND time < ?
                """
        )
        let (after, before) = lifetime(limits, now: now)
        let (account, rules) = (key.account, key.fingerprint.octets.bound)
        return try Row.fetchOne(
            statement,
            arguments: [account.upstream, account.user.bound, rules, key.uidl.bound, after, before]
        ).map { row in StoredVerdict(size: row[0], payload: row.octets(1)) }
    }

    static func sizes(
        _ db: Database,
        _ account: Account,
        _ fingerprint: Fingerprint,
        _ limits: StoreLimits,
        now: Int64
    ) throws -> [[UInt8]: Int] {
        let statement = try db.cachedStatement(
            sql: """
                SELECT uidl, size FROM maildrop JOIN verdict ON maildrop = id
                WHERE upstream = ? AND user = ? AND fingerprint = ? AND size IS NOT NULL AND time > ? AND time < ?
                """
        )
        let (after, before) = lifetime(limits, now: now)
        var sizes: [[UInt8]: Int] = [:]
        let rows = try Row.fetchCursor(
            statement,
            arguments: [account.upstream, account.user.bound, fingerprint.octets.bound, after, before]
        )
        while let row = try rows.next() { sizes[row.octets(0)] = row[1] }
        return sizes
    }

    /// The maildrops of which sizes are known, old ones as well.
    static func sizedMaildrops(_ db: Database) throws -> [(Account, [UInt8])] {
        let statement = try db.cachedStatement(
            sql: """
                SELECT upstream, user, fingerprint FROM maildrop
                WHERE EXISTS (SELECT 1 FROM verdict WHERE maildrop = id AND size IS NOT NULL)
                """
        )
        var maildrops: [(Account, [UInt8])] = []
        let rows = try Row.fetchCursor(statement)
        while let row = try rows.next() {
            maildrops.append((Account(upstream: row[0], user: row.octets(1)), row.octets(2)))
        }
        return maildrops
    }

    static func seen(_ db: Database, _ sighting: Sighting) throws -> SeenMessage? {
        let statement = try db.cachedStatement(
            sql: """
                SELECT sighting.uidl, time, expires FROM maildrop JOIN sighting ON maildrop = maildrop.id
                WHERE upstream = ? AND user = ? AND fingerprint = '' AND sighting.id = ?
                """
        )
        let account = sighting.account
        return try Row.fetchOne(
            statement,
            arguments: [account.upstream, account.user.bound, sighting.key.bound]
        ).map { row in SeenMessage(uidl: row.octets(0), time: row[1], expires: row[2]) }
    }

    // MARK: Changes

    /// Writes the changes; returns the accounts that now have more than they may.
    static func apply(_ changes: PendingChanges, _ db: Database, _ limits: StoreLimits) throws -> Set<Account> {
        var overfull: Set<Account> = []
        for (account, changes) in changes.accounts {
            try apply(changes, of: account, db)
            if try Shelf.verdicts.rows(of: account, db) > limits.verdictsOfUser { overfull.insert(account) }
            if try Shelf.sightings.rows(of: account, db) > limits.sightingsOfUser { overfull.insert(account) }
        }
        return overfull
    }

    private static func apply(
        _ changes: PendingChanges.AccountChanges,
        of account: Account,
        _ db: Database
    ) throws {
        var maildrops: [Fingerprint: Int64] = [:]
        for (uidl, change) in changes.messages {
            if change.isForgotten { try forget(uidl, of: account, db) }
            for (fingerprint, remembered) in change.verdicts {
                let id = try maildrops[fingerprint] ?? maildrop(account, fingerprint.octets, db)
                maildrops[fingerprint] = id
                try remember(remembered, uidl, in: id, db)
            }
        }
        guard !changes.seen.isEmpty else { return }
        let id = try maildrop(account, [], db)
        for (key, seen) in changes.seen { try see(seen, key, in: id, db) }
    }

    private static func maildrop(_ account: Account, _ fingerprint: [UInt8], _ db: Database) throws -> Int64 {
        let arguments: StatementArguments = [account.upstream, account.user.bound, fingerprint.bound]
        let question = try db.cachedStatement(
            sql: "SELECT id FROM maildrop WHERE upstream = ? AND user = ? AND fingerprint = ?"
        )
        if let id = try Int64.fetchOne(question, arguments: arguments) { return id }
        try db.cachedStatement(sql: "INSERT INTO maildrop (upstream, user, fingerprint) VALUES (?, ?, ?)")
            .execute(arguments: arguments)
        return db.lastInsertedRowID
    }

    private static func forget(_ uidl: [UInt8], of account: Account, _ db: Database) throws {
        try db.cachedStatement(
            sql: """
                DELETE FROM verdict WHERE uidl = ?
                AND maildrop IN (SELECT id FROM maildrop WHERE upstream = ? AND user = ? AND fingerprint <> '')
                """
        ).execute(arguments: [uidl.bound, account.upstream, account.user.bound])
    }

    private static func remember(
        _ remembered: PendingChanges.Remembered,
        _ uidl: [UInt8],
        in maildrop: Int64,
        _ db: Database
    ) throws {
        let (verdict, time) = (remembered.verdict, remembered.time)
        try db.cachedStatement(
            sql: """
                INSERT INTO verdict (maildrop, uidl, size, payload, time) VALUES (?, ?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET size = excluded.size, payload = excluded.payload, time = excluded.time
                """
        ).execute(arguments: [maildrop, uidl.bound, verdict.size, verdict.payload.bound, time])
    }

    /// The same as ``SeenMessage/merge(_:)``, in the file.
    private static func see(_ seen: SeenMessage, _ key: [UInt8], in maildrop: Int64, _ db: Database) throws {
        let isStale = """
            (expires <= excluded.time OR time <= 2 * excluded.time - excluded.expires
            OR time > excluded.time + \(StoreLimits.aheadMicroseconds))
            """
        try db.cachedStatement(
            sql: """
                INSERT INTO sighting (maildrop, id, uidl, time, expires) VALUES (?1, ?2, ?3, ?4, ?5)
                ON CONFLICT DO UPDATE SET uidl = iif(\(isStale), excluded.uidl, uidl),
                    time = iif(\(isStale) OR ?6, excluded.time, time),
                    expires = iif(\(isStale) OR ?6, excluded.expires, expires)
                """
        ).execute(arguments: [maildrop, key.bound, seen.uidl.bound, seen.time, seen.expires, seen.isLast])
    }
}

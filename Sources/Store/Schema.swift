// The tables, and whose database this is.
// Must not change what another program, or a later version, wrote.

import GRDB

/// Version 1.
///
/// A `maildrop` is one user's messages as one set of rules sees them; what `duplicate` saw is the same under all rules and
/// has the empty fingerprint. Its `rows` are counted as they come and go, so that no bound needs a walk through all rows;
/// one without rows is removed, and the user's name with it.
enum Schema {
    static let version = 1
    /// "PopS", in the file's header.
    private static let application = 0x506F_7053

    private static let tables = """
        CREATE TABLE maildrop (
            id INTEGER PRIMARY KEY,
            upstream TEXT NOT NULL,
            user BLOB NOT NULL,
            fingerprint BLOB NOT NULL,
            rows INTEGER NOT NULL DEFAULT 0,
            UNIQUE (upstream, user, fingerprint)
        );
        CREATE INDEX maildrop_empty ON maildrop (rows) WHERE rows = 0;

        CREATE TABLE verdict (
            maildrop INTEGER NOT NULL,
            uidl BLOB NOT NULL,
            size INTEGER,
            payload BLOB NOT NULL,
            time INTEGER NOT NULL,
            PRIMARY KEY (maildrop, uidl)
        ) WITHOUT ROWID;
        CREATE INDEX verdict_time ON verdict (time);
        CREATE INDEX verdict_size ON verdict (maildrop, size, time) WHERE size IS NOT NULL;
        CREATE TRIGGER verdict_comes AFTER INSERT ON verdict
        BEGIN UPDATE maildrop SET rows = rows + 1 WHERE id = NEW.maildrop; END;
        CREATE TRIGGER verdict_goes AFTER DELETE ON verdict
        BEGIN UPDATE maildrop SET rows = rows - 1 WHERE id = OLD.maildrop; END;

        CREATE TABLE sighting (
            maildrop INTEGER NOT NULL,
            id BLOB NOT NULL,
            uidl BLOB NOT NULL,
            time INTEGER NOT NULL,
            expires INTEGER NOT NULL,
            PRIMARY KEY (maildrop, id)
        ) WITHOUT ROWID;
        CREATE INDEX sighting_expires ON sighting (expires);
        CREATE TRIGGER sighting_comes AFTER INSERT ON sighting
        BEGIN UPDATE maildrop SET rows = rows + 1 WHERE id = NEW.maildrop; END;
        CREATE TRIGGER sighting_goes AFTER DELETE ON sighting
        BEGIN UPDATE maildrop SET rows = rows - 1 WHERE id = OLD.maildrop; END;

        CREATE TABLE probe (filler BLOB NOT NULL);
        """

    /// Throws if the database is not ours; true if there is nothing in it yet.
    @discardableResult
    static func check(_ db: Database) throws -> Bool {
        let found = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
        let owner = try Int.fetchOne(db, sql: "PRAGMA application_id") ?? 0
        if owner == 0, found == 0 {
            guard try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") == 0 else {
                throw StoreTrouble.Cause.foreign
            }
            return true
        }
        guard owner == application else { throw StoreTrouble.Cause.foreign }
        guard found <= version else { throw StoreTrouble.Cause.newer(version: found) }
        return false
    }

    /// Within a transaction that may write.
    static func prepare(_ db: Database) throws {
        guard try check(db) else { return }
        try db.execute(sql: tables)
        try db.execute(sql: "PRAGMA application_id = \(application); PRAGMA user_version = \(version)")
    }
}

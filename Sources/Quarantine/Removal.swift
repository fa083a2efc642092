// What leaves the quarantine: one message, what is too old or too much, what was never finished.
// Must not touch a file that the quarantine did not write.

import Glibc
import Synchronization
import SystemPackage

/// What may stay. Each bound that is set is kept, by removing the oldest messages first.
package struct QuarantineExpiry: Sendable, Equatable {
    /// In this folder alone.
    package var folder: QuarantineFolder?
    /// Messages that came longer ago than this are removed.
    package var seconds: Int64?
    /// Octets of all folders together, or of the one.
    package var octets: Int?
    /// Octets of each folder.
    package var octetsOfFolder: Int?

    package init() {}

    fileprivate func isOld(_ name: MessageName, now: Int64) -> Bool {
        guard let seconds else { return false }
        // A bound that no number of microseconds holds is none.
        let (most, isBeyond) = seconds.multipliedReportingOverflow(by: 1_000_000)
        return !isBeyond && now - name.microseconds > most
    }
}

extension MessageQuarantine {
    /// What was removed, oldest first.
    package struct Expired: Sendable, Equatable {
        package var identifiers: [QuarantineIdentifier] = []
        package var octets = 0

        init(_ surplus: [Surplus] = []) {
            identifiers = surplus.map(\.entry.name.identifier)
            octets = surplus.reduce(0) { $0 + $1.entry.name.size }
        }
    }

    /// The same, after it was told: what `tell` throws keeps the message where it is.
    ///
    /// - Returns: what was removed
    package func delete(
        _ identifier: QuarantineIdentifier,
        telling tell: (QuarantinedMessage) throws -> Void
    ) throws -> QuarantinedMessage {
        let message = try message(identifier)
        try checkRemovable([message.folder])
        try tell(message)
        try delete(identifier)
        return message
    }

    /// Removes a message; returns when that is on the disk. A release of it stays.
    ///
    /// Throws ``QuarantineError/notFound(_:)``, also where somebody else was faster.
    package func delete(_ identifier: QuarantineIdentifier) throws(QuarantineError) {
        try find(identifier) { (maildir, entry) throws(QuarantineError) -> Void? in
            guard try remove(entry, from: maildir) else { return nil }
            return try maildir.syncBoxes()
        }
    }

    /// The same where its folder is known.
    func delete(_ identifier: QuarantineIdentifier, from folder: QuarantineFolder) throws(QuarantineError) {
        guard let maildir = try Maildir(folder, in: root), let entry = try maildir.entry(of: identifier) else { return }
        if try remove(entry, from: maildir) { try maildir.syncBoxes() }
    }

    /// Removes what is too old or too much at `now`, in microseconds from 1970 on.
    ///
    /// - Parameter tell: called with what is going to go, if that is anything; what it throws keeps all of it
    /// - Returns: what has gone: somebody else may have been faster
    package func expire(
        _ expiry: QuarantineExpiry,
        now: Int64,
        telling tell: (Expired) throws -> Void = { _ in }
    ) throws -> Expired {
        try remove(surplus(expiry, now: now), telling: tell)
    }

    /// A message that is to go.
    struct Surplus {
        let entry: Maildir.Entry
        let folder: QuarantineFolder
    }

    /// What is too old or too much at `now`; the oldest first.
    func surplus(_ expiry: QuarantineExpiry, now: Int64) throws(QuarantineError) -> [Surplus] {
        let index = try FileIndex(root, folder: expiry.folder, since: nil)
        var total = 0
        var sums = Array(repeating: 0, count: index.folders.count)
        for file in index.files {
            total += file.entry.name.size
            sums[file.folder] += file.entry.name.size
        }
        let now = MessageName.clamped(now)
        var surplus: [Surplus] = []
        for file in index.files {
            let name = file.entry.name
            let isTooMuch = total > expiry.octets ?? .max || sums[file.folder] > expiry.octetsOfFolder ?? .max
            guard isTooMuch || expiry.isOld(name, now: now) else { continue }
            total -= name.size
            sums[file.folder] -= name.size
            surplus.append(Surplus(entry: file.entry, folder: index.folders[file.folder]))
        }
        return surplus
    }

    func remove(_ surplus: [Surplus], telling tell: (Expired) throws -> Void) throws -> Expired {
        guard !surplus.isEmpty else { return Expired() }
        let folders = Set(surplus.map(\.folder))
        try checkRemovable(folders)
        try tell(Expired(surplus))
        var gone: [Surplus] = []
        for one in surplus where try remove(one.entry, from: one.folder) { gone.append(one) }
        for folder in folders { try Maildir(folder, in: root)?.syncBoxes() }
        return Expired(gone)
    }

    /// What is told must not be refused afterwards.
    private func checkRemovable(_ folders: Set<QuarantineFolder>) throws(QuarantineError) {
        for folder in folders { try Maildir(folder, in: root)?.checkWritable() }
    }

    /// Removes what writers left that were killed: files in `tmp` that nobody wrote to for a day.
    ///
    /// - Parameter now: microseconds from 1970 on, by the clock of the file system
    /// - Returns: how many there were
    @discardableResult
    package func tidy(now: Int64) throws(QuarantineError) -> Int {
        let oldest = MessageName.clamped(now) / 1_000_000 - max(0, limits.leftoverSeconds)
        var removed = 0
        for folder in try folders() {
            removed += try removeLeftovers(in: folder, before: oldest)
        }
        return removed
    }

    private func removeLeftovers(in folder: QuarantineFolder, before second: Int64) throws(QuarantineError) -> Int {
        guard let temporary = try Maildir(folder, in: root)?.temporary() else { return 0 }
        var removed = 0
        for name in try temporary.names() {
            guard let status = try temporary.status(of: name), status.type == .regular,
                status.lastWritten < second, try temporary.remove(name)
            else { continue }
            removed += 1
        }
        return removed
    }

    private func remove(_ entry: Maildir.Entry, from folder: QuarantineFolder) throws(QuarantineError) -> Bool {
        guard let maildir = try Maildir(folder, in: root) else { return false }
        return try remove(entry, from: maildir)
    }

    private func remove(_ entry: Maildir.Entry, from maildir: borrowing Maildir) throws(QuarantineError) -> Bool {
        // One step with the sums, so that a count sees it once.
        try ledger.withLock { (ledger) throws(QuarantineError) in
            guard try maildir.remove(entry) else { return false }
            ledger.remove(QuarantineSum(messages: 1, octets: entry.name.size))
            return true
        }
    }
}

extension Stat {
    /// Seconds from 1970 on.
    var lastWritten: Int64 { Int64(st_mtim.tv_sec) }
}

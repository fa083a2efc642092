// Which messages are to be delivered after all: a mark on disk for each, found by what the relay knows at a retrieval.
// Must not depend on the message's copy: that may be deleted.

import SystemPackage

/// Where a release's mark is: a folder for the upstream, one for the user, a file for the UIDL. Each part of the path is
/// the value, percent-encoded, behind `=`; one that is too long for a file name goes on below a part that begins with
/// `+`. So a question is one look, and no two messages share a mark.
struct ReleasePath {
    let parts: [String]

    /// Throws ``QuarantineError/valueTooLong(name:octetsMost:)``.
    init(upstream: String, user: [UInt8], uidl: [UInt8]) throws(QuarantineError) {
        var parts: [String] = []
        for (name, value) in [("upstream", Array(upstream.utf8)), ("user", user), ("uidl", uidl)] {
            let most = QuarantineLimits.valueOctets
            guard value.count <= most else { throw .valueTooLong(name: name, octetsMost: most) }
            parts += Self.parts(of: value)
        }
        self.parts = parts
    }

    private static func parts(of value: [UInt8]) -> [String] {
        var rest = PercentText.encode(value).flatMap { $0 == UInt8(ascii: "/") ? Array("%2f".utf8) : [$0] }[...]
        var parts: [String] = []
        while rest.count > QuarantineLimits.releaseNameOctets {
            parts.append("+" + String(decoding: rest.prefix(QuarantineLimits.releaseNameOctets), as: UTF8.self))
            rest = rest.dropFirst(QuarantineLimits.releaseNameOctets)
        }
        return parts + ["=" + String(decoding: rest, as: UTF8.self)]
    }
}

enum Releases {
    /// In the root; no name of a Maildir++ folder.
    static let directory = "released"

    /// Whether a path's last part exists.
    static func isThere(_ parts: ArraySlice<String>, in folder: borrowing Directory) throws(QuarantineError) -> Bool {
        guard let part = parts.first else { return true }
        guard parts.count > 1 else { return try folder.status(of: part) != nil }
        guard let below = try folder.folder(part) else { return false }
        return try isThere(parts.dropFirst(), in: below)
    }

    /// What a path's last part says, without its line end; nil where it is not there.
    static func mark(_ parts: ArraySlice<String>, in folder: borrowing Directory) throws(QuarantineError) -> String? {
        guard let part = parts.first else { return nil }
        guard parts.count > 1 else {
            guard let file = try folder.openFile(part) else { return nil }
            let text = try file.read(at: 0, most: QuarantineLimits.firstReadOctets)
            return String(decoding: text.prefix { $0 != 0x0A }, as: UTF8.self)
        }
        guard let below = try folder.folder(part) else { return nil }
        return try mark(parts.dropFirst(), in: below)
    }

    /// Makes the folders of a path; returns the last one when all of them are on the disk.
    static func made(_ parts: ArraySlice<String>, in folder: borrowing Directory) throws(QuarantineError) -> Directory {
        guard let part = parts.first else { return try folder.made(".") }
        let below = try folder.made(part)
        try folder.sync()
        return try made(parts.dropFirst(), in: below)
    }

    /// Removes files that were last written before a second, also in folders below.
    static func removeFiles(
        in folder: borrowing Directory,
        before second: Int64,
        depth: Int
    ) throws(QuarantineError) -> Int {
        guard depth < QuarantineLimits.releaseDepth else { return 0 }
        var removed = 0
        for name in try folder.names() {
            guard let status = try folder.status(of: name) else { continue }
            if status.type == .directory {
                removed += try removeFiles(below: folder, name, before: second, depth: depth)
            } else if status.lastWritten < second, try folder.remove(name) {
                removed += 1
            }
        }
        return removed
    }

    private static func removeFiles(
        below folder: borrowing Directory,
        _ name: String,
        before second: Int64,
        depth: Int
    ) throws(QuarantineError) -> Int {
        guard let below = try folder.folder(name) else { return 0 }
        return try removeFiles(in: below, before: second, depth: depth + 1)
    }
}

extension MessageQuarantine {
    /// Marks a message: the relay delivers the original from now on, to this user under this UIDL. Returns when the mark
    /// is on the disk, with what was released, for the audit log.
    ///
    /// Throws ``QuarantineError/notFound(_:)``, or ``QuarantineError/withoutUIDL(_:)``.
    ///
    /// - Parameters:
    ///   - person: who released it; for people
    ///   - tell: called when nothing is left but to show the mark to the relay; what it throws keeps that from happening
    @discardableResult
    package func release(
        _ identifier: QuarantineIdentifier,
        by person: String,
        at microseconds: Int64,
        telling tell: (QuarantinedMessage) throws -> Void = { _ in }
    ) throws -> QuarantinedMessage {
        var message = try message(identifier)
        guard let uidl = message.origin.uidl else { throw QuarantineError.withoutUIDL(identifier) }
        let path = try ReleasePath(upstream: message.origin.upstream, user: message.origin.user, uidl: uidl)
        let by = String(decoding: PercentText.encode(person.utf8, space: true), as: UTF8.self)
        let sum = try sum(of: identifier).text
        let text = "\(identifier) \(MessageName.clamped(microseconds)) \(by) \(sum)\n"
        message.isReleased = true
        try mark(path, Array(text.utf8)) { try tell(message) }
        return message
    }

    /// Whether a message is to be delivered, whatever the rules say.
    package func isReleased(upstream: String, user: [UInt8], uidl: [UInt8]) throws(QuarantineError) -> Bool {
        let path = try ReleasePath(upstream: upstream, user: user, uidl: uidl)
        // Whether it can be made again matters to what is to be kept there.
        try? comeBack()
        guard let folder = try root.folder(Releases.directory) else { return false }
        return try Releases.isThere(path.parts[...], in: folder)
    }

    /// The same for a message that is at hand: a server may give its UIDL to another.
    package func isReleased(
        upstream: String,
        user: [UInt8],
        uidl: [UInt8],
        octets: Span<UInt8>
    ) throws(QuarantineError) -> Bool {
        let path = try ReleasePath(upstream: upstream, user: user, uidl: uidl)
        guard let folder = try root.folder(Releases.directory),
            let mark = try Releases.mark(path.parts[...], in: folder)
        else { return false }
        // A mark without a sum was made by an earlier version.
        guard let known = mark.split(separator: " ").dropFirst(3).first else { return true }
        var sum = MessageSum()
        sum.add(octets)
        return known == sum.text
    }

    private func sum(of identifier: QuarantineIdentifier) throws(QuarantineError) -> MessageSum {
        var reader = try reader(of: identifier)
        var sum = MessageSum()
        while true {
            let chunk = try reader.next()
            if chunk.isEmpty { return sum }
            sum.add(chunk.span)
        }
    }

    func isReleased(_ origin: MessageOrigin) throws(QuarantineError) -> Bool {
        guard let uidl = origin.uidl else { return false }
        return try isReleased(upstream: origin.upstream, user: origin.user, uidl: uidl)
    }

    /// Removes marks that are older than so many seconds at `now`: their messages are long fetched.
    ///
    /// - Returns: how many there were
    @discardableResult
    package func expireReleases(olderThan seconds: Int64, now: Int64) throws(QuarantineError) -> Int {
        guard let folder = try root.folder(Releases.directory) else { return 0 }
        let oldest = MessageName.clamped(now) / 1_000_000 - max(0, seconds)
        return try Releases.removeFiles(in: folder, before: oldest, depth: 0)
    }

    // MARK: Marks

    private func mark(_ path: ReleasePath, _ text: [UInt8], telling tell: () throws -> Void) throws {
        try comeBack()
        let temporary = try maildir(.inbox).temporary()
        let name = "release.R\(QuarantineIdentifier.random()).popsieve"
        let file = try temporary.create(name)
        do {
            try file.write(text.span)
            try file.sync()
            let releases = try root.made(Releases.directory)
            try root.sync()
            let folder = try Releases.made(path.parts.dropLast(), in: releases)
            try tell()
            try temporary.move(name, to: folder, as: path.parts[path.parts.count - 1])
            try folder.sync()
        } catch {
            _ = try? temporary.remove(name)
            throw error
        }
    }
}

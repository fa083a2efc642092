// What is in the quarantine, message by message, in one order for everybody.
// Must not hold more in memory than a name for each message.

package import Mail
import SystemPackage

/// A message as a list shows it. Texts are decoded, and may hold what a terminal would obey.
package struct QuarantinedMessage: Sendable, Equatable {
    package var identifier: QuarantineIdentifier
    package var folder: QuarantineFolder
    package var origin: MessageOrigin
    /// When it came; microseconds from 1970 on.
    package var microseconds: Int64
    /// Octets of the original.
    package var octets: Int
    /// Its next retrieval delivers the original.
    package var isReleased: Bool
    /// The decoded From, Subject and Date; empty or nil where there is none.
    package var sender: String
    package var subject: String
    package var date: MailDate?
}

/// Which messages a list shows: those to which all that is set applies.
package struct QuarantineQuery: Sendable, Equatable {
    package var folder: QuarantineFolder?
    /// Came at this moment or later; microseconds from 1970 on.
    package var since: Int64?
    /// Exactly.
    package var user: [UInt8]?
    /// Is in the From field, whatever its case.
    package var sender: String?
    /// Is in the Subject, whatever its case.
    package var subject: String?
    package var isNewestFirst = false

    package init() {}
}

extension MessageQuarantine {
    /// Files that a listing had to leave out.
    package struct LeftOut: Sendable, Equatable {
        /// Not as they were written, or not to be read.
        package var damaged = 0
        /// Made by somebody else, such as a mail program that moved a message here.
        package var foreign = 0
    }

    /// Visits messages by time, then by identifier, until the visitor returns false. What comes or goes meanwhile may
    /// be left out.
    @discardableResult
    package func each(
        _ query: QuarantineQuery = QuarantineQuery(),
        _ visit: (QuarantinedMessage) -> Bool
    ) throws(QuarantineError) -> LeftOut {
        var leftOut = LeftOut()
        let index = try FileIndex(root, folder: query.folder, since: query.since)
        leftOut.foreign = index.foreign
        for place in index.files.indices {
            let file = index.files[query.isNewestFirst ? index.files.count - 1 - place : place]
            do throws(QuarantineError) {
                guard let message = try message(file.entry, in: index.folders[file.folder]), query.admits(message)
                else { continue }
                if !visit(message) { return leftOut }
            } catch {
                guard error.isAboutOneFile else { throw error }
                leftOut.damaged += 1
            }
        }
        return leftOut
    }

    /// The first of them.
    package func list(
        _ query: QuarantineQuery = QuarantineQuery(),
        most: Int
    ) throws(QuarantineError) -> [QuarantinedMessage] {
        var messages: [QuarantinedMessage] = []
        guard most > 0 else { return messages }
        try each(query) { message in
            messages.append(message)
            return messages.count < most
        }
        return messages
    }

    /// One of them. Throws ``QuarantineError/notFound(_:)`` or ``QuarantineError/damaged(path:)``.
    package func message(_ identifier: QuarantineIdentifier) throws(QuarantineError) -> QuarantinedMessage {
        try find(identifier) { (maildir, entry) throws(QuarantineError) in try message(entry, in: maildir) }
    }

    private func message(
        _ entry: Maildir.Entry,
        in folder: QuarantineFolder
    ) throws(QuarantineError) -> QuarantinedMessage? {
        guard let maildir = try Maildir(folder, in: root) else { return nil }
        return try message(entry, in: maildir)
    }

    private func message(
        _ entry: Maildir.Entry,
        in maildir: borrowing Maildir
    ) throws(QuarantineError) -> QuarantinedMessage? {
        guard let reader = try reader(of: entry, in: maildir) else { return nil }
        let header = try reader.header()
        let date = header.firstField(named: "Date").flatMap { MailDate(header.unfoldedValue(of: $0)) }
        return QuarantinedMessage(
            identifier: reader.identifier,
            folder: reader.folder,
            origin: reader.origin,
            microseconds: reader.microseconds,
            octets: reader.count,
            isReleased: try isReleased(reader.origin),
            sender: header.text("From"),
            subject: header.text("Subject"),
            date: date
        )
    }
}

extension HeaderBlock {
    fileprivate func text(_ name: StaticString) -> String {
        guard let field = firstField(named: name) else { return "" }
        return String(decoding: decodedValue(of: field).prefix(QuarantineLimits.textOctets), as: UTF8.self)
    }
}

extension QuarantineError {
    /// The next file may be well.
    fileprivate var isAboutOneFile: Bool {
        switch self {
        case .damaged, .unusable(_, .symbolicLink): true
        case .failed(_, _, let number): [.permissionDenied, .notPermitted, .ioError].contains(number)
        default: false
        }
    }
}

extension QuarantineQuery {
    fileprivate func admits(_ message: QuarantinedMessage) -> Bool {
        (user == nil || user == message.origin.user) && Self.contains(message.sender, sender)
            && Self.contains(message.subject, subject)
    }

    private static func contains(_ text: String, _ part: String?) -> Bool {
        guard let part, !part.isEmpty else { return true }
        return text.lowercased().contains(part.lowercased())
    }
}

/// The names of all messages, in order: some 60 octets each.
struct FileIndex {
    struct File {
        let entry: Maildir.Entry
        /// In ``folders``.
        let folder: Int
    }

    let folders: [QuarantineFolder]
    private(set) var files: [File] = []
    /// Files that are none of ours.
    private(set) var foreign = 0

    init(_ root: borrowing Directory, folder: QuarantineFolder?, since: Int64?) throws(QuarantineError) {
        folders =
            if let folder {
                [folder]
            } else {
                try RootFolder.folders(of: root)
            }
        var found: [File] = []
        for (number, folder) in folders.enumerated() {
            let others = try Maildir(folder, in: root)?.eachEntry { (entry) throws(QuarantineError) in
                if entry.name.microseconds >= since ?? 0 { found.append(File(entry: entry, folder: number)) }
            }
            foreign += others ?? 0
        }
        found.sort { $0.entry.name < $1.entry.name }
        // A mail program moved it while it was looked for.
        for file in found where files.last?.entry.name.identifier != file.entry.name.identifier { files.append(file) }
    }
}

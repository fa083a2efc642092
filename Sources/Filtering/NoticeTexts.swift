// The texts of notices: read from a file that a site can write, with places for what is known of the message.
// Must not let anything of a message be read as a placeholder, nor a line of it as a header field.

/// What notices say, by what became of the message.
package struct NoticeTexts: Sendable {
    /// The sections of the file.
    package enum Kind: String, CaseIterable, Sendable {
        /// A rule discarded the message, and nothing of it is kept.
        case discarded
        /// The same, and the original is in the quarantine for a while.
        case discardedKept = "discarded-kept"
        /// A rule put it into the quarantine.
        case quarantined
        /// A rule rejected it, and it stays on the server.
        case rejected
        /// The same, and the original is in the quarantine.
        case rejectedKept = "rejected-kept"
        /// Popsieve could not judge it, and it stays on the server.
        case refused
        /// Nobody could look at it for now.
        case postponed
        /// It is too large, and its client has its beginning; this stands behind that.
        case truncated

        /// Whether it is a message of its own.
        var hasSubject: Bool { self != .truncated }

        /// What it may name: a message that streams to the client is known no more when its end is cut off.
        var placeholders: [Placeholder] { hasSubject ? Placeholder.allCases : [.reason] }
    }

    /// What stands in braces.
    package enum Placeholder: String, CaseIterable, Sendable {
        case subject
        case from
        case date
        /// As many lines as it has.
        case reason
        /// The rule file and its line.
        case rule
        /// The name of a copy, and its folder; their line stands here once for each copy.
        case copy
        case folder
    }

    /// What is wrong with a file.
    package struct Fault: Sendable, Equatable {
        /// From 1.
        package var line: Int
        /// In octets, from 1.
        package var column: Int
        package var message: String
        package var fix: String
    }

    /// Everything that is wrong with a file.
    package struct Faults: Error, Equatable {
        package var faults: [Fault]
    }

    enum Piece: Sendable, Equatable {
        case text(String)
        case placeholder(Placeholder)
    }

    /// Subject and lines of one kind.
    struct Text: Sendable, Equatable {
        var subject: [Piece]
        var lines: [[Piece]]
    }

    private var texts: [Kind: Text]
    /// What they were read from.
    package let source: String

    /// Reads a file; what is not in it stays as in ``standardFile``.
    package init(parsing file: String) throws(Faults) {
        var parser = NoticeTextParser()
        parser.read(file)
        if !parser.faults.isEmpty { throw Faults(faults: parser.faults) }
        texts = Self.standard.texts.merging(parser.texts) { _, new in new }
        source = file
    }

    private init() {
        var parser = NoticeTextParser()
        parser.read(Self.standardFile)
        texts = parser.texts
        source = Self.standardFile
    }

    /// Those of ``standardFile``.
    package static let standard = NoticeTexts()

    /// What stands behind the beginning of a message that is too large: lines without their ends, not dot-stuffed.
    ///
    /// - Parameter reason: one line of printable ASCII
    package func note(reason: String) -> [String] {
        let values = NoticeValues(single: [:], reason: reason.noticeLines, copies: [])
        return self[.truncated].lines.flatMap { $0.lines(values) }.flatMap(\.fittingLines)
    }

    subscript(kind: Kind) -> Text { texts[kind] ?? Text(subject: [.placeholder(.subject)], lines: []) }
}

extension [NoticeTexts.Piece] {
    /// As many lines as it comes to: none where something has no value.
    func lines(_ values: NoticeValues) -> [String] {
        func holds(_ placeholder: NoticeTexts.Placeholder) -> Bool { contains(.placeholder(placeholder)) }
        if holds(.copy) || holds(.folder) {
            return values.copies.compactMap { copy in
                text(values.single.merging([.copy: copy.identifier, .folder: copy.folder]) { _, new in new })
            }
        }
        if holds(.reason) {
            return values.reason.compactMap { line in text(values.single.merging([.reason: line]) { _, new in new }) }
        }
        return text(values.single).map { [$0] } ?? []
    }

    private func text(_ values: [NoticeTexts.Placeholder: String]) -> String? {
        var line = ""
        for piece in self {
            switch piece {
            case .text(let text): line += text
            case .placeholder(let placeholder):
                guard let value = values[placeholder] else { return nil }
                line += value
            }
        }
        return line
    }
}

/// What placeholders stand for; safe to show.
struct NoticeValues {
    var single: [NoticeTexts.Placeholder: String]
    var reason: [String]
    var copies: [QuarantinedCopy]
}

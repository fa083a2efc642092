// A line for people in the making: pieces of text with what each means.
// Must not know colours: those are a terminal's affair, and other readers have none.

package import Audit

/// Words about an event, safe to show: what a terminal would obey is not in them.
package struct Sentence: Sendable, Equatable {
    /// What a piece means to its reader.
    package enum Tone: Sendable, CaseIterable {
        case plain
        case strong
        case faint
        case good
        case notable
        case bad
    }

    package struct Piece: Sendable, Equatable {
        package let text: String
        package let tone: Tone
    }

    package private(set) var pieces: [Piece] = []

    package init() {}

    package mutating func add(_ text: some StringProtocol, _ tone: Tone = .plain) {
        if !text.isEmpty { pieces.append(Piece(text: text.printable, tone: tone)) }
    }

    /// The pieces as one text.
    package var text: String { pieces.map(\.text).joined() }
}

extension Sentence {
    /// Tells of one event.
    typealias Writer = @Sendable (AuditRecord, inout Sentence) -> Void

    /// How each event is told. A new event is one line in the table of its kind; what is in none is shown as it is.
    private static let writers = serviceWriters.merging(sessionWriters) { one, _ in one }
        .merging(messageWriters) { one, _ in one }

    /// The events that have a sentence of their own, in alphabetical order.
    package static var events: [String] { writers.keys.sorted() }

    /// What happened, without when and to whom.
    package init(_ record: AuditRecord) {
        if let write = Self.writers[record.event] {
            write(record, &self)
        } else {
            // An event of a later version.
            add(record.event)
            add("  " + String(decoding: record.line, as: UTF8.self), .faint)
        }
    }
}

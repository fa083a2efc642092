// Text for a terminal: pieces with a tone, which become colours or nothing.
// Must not let a message's text reach the terminal as anything but text.

import Audit
import Foundation

/// A line in the making.
struct ConsoleText: Equatable {
    /// What a piece means; the colour is the terminal's affair.
    enum Tone: String, CaseIterable {
        case plain = ""
        case strong = "1"
        case faint = "2"
        case good = "32"
        case notable = "33"
        case bad = "31"
    }

    private var pieces: [Piece] = []

    private struct Piece: Equatable {
        var text: String
        var tone: Tone
    }

    /// Adds a piece; control characters and what hides or turns text are left out of it.
    mutating func add(_ text: some StringProtocol, _ tone: Tone = .plain) {
        let visible = text.unicodeScalars.filter { scalar in !scalar.isTreacherous }
        pieces.append(Piece(text: String(String.UnicodeScalarView(visible)), tone: tone))
    }

    /// The pieces as one line without its end; with escape sequences (ECMA-48) if it may be coloured.
    func rendered(inColour: Bool) -> String {
        pieces.map { piece in
            inColour && piece.tone != .plain ? "\u{1B}[\(piece.tone.rawValue)m\(piece.text)\u{1B}[0m" : piece.text
        }.joined()
    }
}

extension Double {
    /// Octets as people read them: `512 B`, `4.8 KB`, `48 KB`, `2.1 MB`.
    var asOctets: String {
        var value = self
        var units = ["B", "KB", "MB", "GB"][...]
        while value >= 999.5, units.count > 1 {
            value /= 1000
            units.removeFirst()
        }
        let isWhole = value >= 9.95 || self == value
        return
            "\(isWhole ? String(Int(value.rounded())) : String((value * 10).rounded() / 10)) \(units[units.startIndex])"
    }
}

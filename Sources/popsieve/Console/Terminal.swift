// Whether and how colours are used.
// Must not be asked by anything that writes a log or a file.

import AuditReading
import Foundation
import Glibc

/// Colours of one output; none unless it is a terminal (and NO_COLOR is not set, see no-color.org).
struct Terminal {
    enum Style: String {
        case red = "31"
        case green = "32"
        case yellow = "33"
        case cyan = "36"
        case bold = "1"
        case dim = "2"
    }

    let hasColours: Bool

    init(hasColours: Bool) {
        self.hasColours = hasColours
    }

    /// - Parameter descriptor: where the text goes, such as STDERR_FILENO.
    init(descriptor: Int32) {
        let environment = ProcessInfo.processInfo.environment
        hasColours = ColourChoice.auto.isWanted(onTerminal: isatty(descriptor) == 1, environment: environment)
    }

    func paint(_ text: String, _ styles: Style...) -> String { paint(text, styles) }

    /// A sentence of the audit log.
    func paint(_ sentence: Sentence) -> String {
        sentence.pieces.map { piece in paint(piece.text, piece.tone.styles) }.joined()
    }

    private func paint(_ text: String, _ styles: [Style]) -> String {
        guard hasColours, !styles.isEmpty else { return text }
        return "\u{1B}[\(styles.map(\.rawValue).joined(separator: ";"))m\(text)\u{1B}[0m"
    }
}

extension Sentence.Tone {
    fileprivate var styles: [Terminal.Style] {
        switch self {
        case .plain: []
        case .strong: [.bold]
        case .faint: [.dim]
        case .good: [.green]
        case .notable: [.yellow]
        case .bad: [.red]
        }
    }
}

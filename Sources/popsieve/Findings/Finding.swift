// One thing that is wrong with a settings file, a certificate or a rule file, and how to fix it.

import Audit
import Sieve

/// `FILE:LINE:COLUMN: error: what is wrong; what would be right`. A file without contents to point at has no line; a flag
/// stands in place of a file, and what is about none of them begins with `popsieve: error:`.
struct Finding: Error, Equatable, CustomStringConvertible {
    enum Severity: String {
        case error
        case warning
    }

    var place: Place
    var severity: Severity
    var message: String
    var fix: String?
    /// What was named on the command line can't be read; nothing was found wrong in it.
    var isAboutInput = false

    init(_ place: Place, _ severity: Severity, _ message: String, _ fix: String? = nil) {
        self.place = place
        self.severity = severity
        self.message = message
        self.fix = fix
    }

    var text: String { (fix.map { "\(message); \($0)" } ?? message).printable }

    var description: String { "\(place): \(severity.rawValue): \(text)" }
}

extension Finding {
    /// A file without contents to point at.
    ///
    /// - Parameter place: where settings name it; nil, or a flag, where the command line does
    init(_ error: UnreadableFile, _ file: String, named place: Place? = nil) {
        self.init(Place(file: file), .error, "can't be \(error.attempt.rawValue): \(error)", error.fix)
        isAboutInput = place?.isOutsideOfSettings ?? true
    }

    /// There is nothing at a place that the command line names.
    static func input(_ place: Place, _ message: String, _ fix: String) -> Finding {
        var finding = Finding(place, .error, message, fix)
        finding.isAboutInput = place.isOutsideOfSettings
        return finding
    }
}

extension Place: CustomStringConvertible {
    /// As editors and terminals make a link of it.
    var description: String {
        guard let line else { return file.printable }
        return "\(file.printable):\(line):\(column ?? 1)"
    }
}

extension Finding {
    init(_ diagnostic: Diagnostic, file: String) {
        let position = diagnostic.position
        self.init(
            Place(file: file, line: position.line, column: position.column),
            diagnostic.severity == .error ? .error : .warning,
            diagnostic.message,
            diagnostic.fix
        )
    }
}

extension AuditDiagnostic {
    init(_ finding: Finding) {
        let place = finding.place
        self.init(file: place.file, line: place.line ?? 0, column: place.column ?? 0, message: finding.text)
    }
}

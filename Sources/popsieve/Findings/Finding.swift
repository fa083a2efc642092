// One thing that is wrong with a settings file, a certificate or a rule file, and how to mend it.
// Must not print or exit.

import Audit
import Sieve

/// `FILE:LINE:COLUMN: error: what is wrong; what would be right`.
struct Finding: Error, Equatable, CustomStringConvertible {
    enum Severity: String {
        case error
        case warning
    }

    /// The file, or the flag, that it is about.
    var file: String
    /// From 1; nil where the whole file is meant.
    var line: Int?
    /// From 1.
    var column: Int?
    var severity = Severity.error
    var message: String
    var mend: String?

    var place: String {
        guard let line else { return file }
        return "\(file):\(line):\(column ?? 1)"
    }

    var text: String { mend.map { "\(message); \($0)" } ?? message }

    var description: String { "\(place): \(severity.rawValue): \(text)" }
}

extension Finding {
    init(_ diagnostic: Diagnostic, file: String) {
        self.init(
            file: file,
            line: diagnostic.position.line,
            column: diagnostic.position.column,
            severity: diagnostic.severity == .error ? .error : .warning,
            message: diagnostic.message,
            mend: diagnostic.mend
        )
    }
}

extension AuditDiagnostic {
    init(_ finding: Finding) {
        self.init(file: finding.file, line: finding.line ?? 1, column: finding.column ?? 1, message: finding.text)
    }
}

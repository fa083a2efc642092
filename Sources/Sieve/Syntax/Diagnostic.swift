// What the compiler has to say about a script: where, what is wrong, and what would be right.
// Must not know how it is printed beyond the one-line form that every tool shows.

/// A place in a script's source.
public struct SourcePosition: Sendable, Hashable, Comparable {
    /// The line, counted from 1.
    public var line: Int
    /// The column in octets, counted from 1.
    public var column: Int

    /// Makes a position from a line and a column, both counted from 1.
    public init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    /// Orders positions as they stand in the source.
    public static func < (left: SourcePosition, right: SourcePosition) -> Bool {
        (left.line, left.column) < (right.line, right.column)
    }
}

/// One finding of the compiler.
public struct Diagnostic: Error, Sendable, Hashable, CustomStringConvertible {
    /// How bad a finding is.
    public enum Severity: String, Sendable {
        /// The script cannot be run.
        case error
        /// The script is legal, but surely does not do what was meant.
        case warning
    }

    /// Which stage of the compiler found it.
    public enum Stage: Sendable {
        /// The text is not Sieve (RFC 5228 section 8).
        case syntax
        /// The same behind a fault after which no reader can know what belongs together: it may follow from that one.
        case aftermath
        /// The text is Sieve, but says something impossible.
        case meaning
        /// It is in a script that this one includes, or is that script as a whole.
        case inclusion
    }

    /// The name of the script, as given to the compiler.
    public var file: String
    /// Where it is.
    public var position: SourcePosition
    /// How bad it is.
    public var severity: Severity
    /// Who found it.
    public var stage: Stage
    /// What is wrong.
    public var message: String
    /// What would be right.
    public var fix: String

    /// `FILE:LINE:COLUMN: error: what is wrong; what would be right`.
    public var description: String {
        "\(file):\(position.line):\(position.column): \(severity.rawValue): \(message); \(fix)"
    }
}

// The rule files in force, compiled: immutable, shared by every session.
// Must not read a directory: whoever knows files brings their names and bytes.

package import Sieve

/// One rule file: a Sieve script as it stands on disk.
package struct RuleFile: Sendable {
    /// The name that diagnostics, matches and notices show, such as `20-spam.sieve`.
    package var name: String
    /// The script's bytes.
    package var source: [UInt8]

    package init(name: String, source: [UInt8]) {
        self.name = name
        self.source = source
    }
}

/// A rule set does not compile; carries every finding of every file, in order.
package struct RuleSetError: Error, Sendable {
    /// All findings, warnings too; at least one is an error.
    package var diagnostics: [Diagnostic]
}

/// How much of a message a rule set looks at (design: the way of a message).
package enum Depth: Int, Sendable, Comparable {
    /// Nothing is looked at.
    case none
    /// The header block, the size, the envelope, the session.
    case header
    /// The whole message.
    case body
    /// The whole message and a scanner's answer.
    case scan

    package static func < (left: Depth, right: Depth) -> Bool { left.rawValue < right.rawValue }
}

/// Rule files in the order they run.
package struct RuleSet: Sendable {
    /// No rules: every message passes untouched and unread.
    package static let empty = RuleSet()

    /// Nothing can ever happen to a message.
    package let isEmpty: Bool
    /// The deepest that any file looks.
    package let depth: Depth
    /// A `size` test stands somewhere, so the message's size may be asked for.
    package let needsSize: Bool
    /// What is legal but surely wrong.
    package let warnings: [Diagnostic]

    private init() {
        isEmpty = true
        depth = .none
        needsSize = false
        warnings = []
    }

    /// Compiles all files; they run in the lexical order of their names.
    package init(files: [RuleFile]) throws(RuleSetError) {
        self.init()
    }
}

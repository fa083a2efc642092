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

/// Rule files in the order they run.
package struct RuleSet: Sendable {
    /// No rules: every message passes untouched and unread.
    package static let empty = RuleSet(scripts: [], warnings: [])

    /// What is legal but surely wrong.
    package let warnings: [Diagnostic]
    /// The files that can have an effect, in the order they run.
    let scripts: [Script]

    /// The extensions that any file requires.
    let capabilities: Set<String>
    /// What it was compiled from.
    private let files: [RuleFile]
    private let limits: Sieve.Limits

    private init(scripts: [Script], warnings: [Diagnostic], files: [RuleFile] = [], limits: Sieve.Limits = .init()) {
        self.scripts = scripts
        self.warnings = warnings
        self.files = files
        self.limits = limits
        capabilities = Set(scripts.flatMap(\.capabilities))
    }

    /// Compiles all files for a relay; they run in the lexical order of their names.
    package init(files: [RuleFile], limits: Sieve.Limits = Sieve.Limits()) throws(RuleSetError) {
        let compiler = Compiler(options: .relay(limits: limits))
        var scripts: [Script] = []
        var diagnostics: [Diagnostic] = []
        for file in files.sorted(by: { $0.name < $1.name }) {
            let compilation = compiler.compile(file.source, name: file.name)
            diagnostics += compilation.diagnostics
            if let script = compilation.script, !script.isEmpty { scripts.append(script) }
        }
        if diagnostics.contains(where: { $0.severity == .error }) { throw RuleSetError(diagnostics: diagnostics) }
        self.init(scripts: scripts, warnings: diagnostics, files: files, limits: limits)
    }

    /// The same rules in memory of their own. Threads that share one rule set spend more time on passing its reference
    /// counts from core to core than on the rules.
    package func copy() -> RuleSet {
        // Invariant: what has compiled once compiles again.
        (try? RuleSet(files: files, limits: limits)) ?? self
    }

    /// Nothing can ever happen to a message.
    package var isEmpty: Bool { scripts.isEmpty }

    /// The deepest that any file looks. Rules look at the header at least, as Popsieve's own fields are removed from it.
    package var depth: Depth { scripts.map { max($0.depth, .header) }.max() ?? .none }

    /// A `size` test stands somewhere, so the message's size may be asked for.
    package var needsSize: Bool { scripts.contains(where: \.asksSize) }
}

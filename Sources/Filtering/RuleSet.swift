// The rule files in force, compiled: immutable, shared by every session.
// Must not read a directory: whoever knows files brings their names and bytes.

import Patterns
package import Sieve

/// One rule file: a Sieve script as it stands on disk.
package struct RuleFile: Sendable {
    /// The name that diagnostics, matches and notices show, such as `20-spam.sieve`.
    package var name: String
    /// The script's bytes.
    package var source: [UInt8]
    /// Finds a script that this file includes (RFC 6609); nil if there is none.
    package var includes: @Sendable (_ location: IncludeLocation, _ name: String) -> [UInt8]?

    package init(
        name: String,
        source: [UInt8],
        includes: @escaping @Sendable (IncludeLocation, String) -> [UInt8]? = { _, _ in nil }
    ) {
        self.name = name
        self.source = source
        self.includes = includes
    }
}

/// A rule set does not compile; carries every finding of every file, in order.
package struct RuleSetError: Error, Sendable {
    /// All findings, warnings too; at least one is an error.
    package var diagnostics: [Diagnostic]
}

/// Rule files in the order they run. A class, since it is handed on with every message.
package final class RuleSet: Sendable {
    /// No rules: every message passes untouched and unread.
    package static let empty = RuleSet(scripts: [], warnings: [])

    /// What is legal but surely wrong.
    package let warnings: [Diagnostic]
    /// The files that can have an effect, in the order they run.
    let scripts: [Script]

    /// What all files are told on every message.
    let context: SharedContext
    /// Whether any file asks for the session or the envelope: most do not, and nothing is made for them.
    let asksEnvironment: Bool
    let asksEnvelope: Bool
    /// What it was compiled from.
    private let files: [RuleFile]
    let settings: RuleSettings
    private let reach: Reach
    /// The regular expressions of all files, which copies share: to compile them is most of the work.
    private let patterns: CompiledPatterns

    private init(
        scripts: [Script],
        warnings: [Diagnostic],
        files: [RuleFile] = [],
        identity: [UInt8] = [],
        settings: RuleSettings = RuleSettings(),
        reach: Reach = .body,
        patterns: CompiledPatterns = CompiledPatterns()
    ) {
        identityOfFiles = identity
        self.patterns = patterns
        self.scripts = scripts
        self.warnings = warnings
        self.files = files
        self.settings = settings
        self.reach = reach
        context = SharedContext(settings.context, limits: settings.limits)
        needsSize = scripts.contains(where: \.asksSize)
        mayWithhold = scripts.contains(where: \.mayWithhold)
        mayQuarantine = scripts.contains(where: \.demands.mayFile)
        mayWantBody = scripts.contains { $0.depth > .header }
        scans = scripts.reduce(into: []) { $0.formUnion($1.scans) }
        mayReject = scripts.contains(where: \.demands.mayReject)
        let capabilities = Set(scripts.flatMap(\.capabilities))
        asksDuplicates = capabilities.contains("duplicate")
        asksEnvironment = scripts.contains(where: \.demands.asksEnvironment)
        asksEnvelope = capabilities.contains("envelope")
    }

    /// Compiles all files; they run in the lexical order of their names.
    ///
    /// - Parameters:
    ///   - files: The rule files, in any order.
    ///   - settings: Lists, scores and bounds that rules can ask for.
    ///   - reach: What is to be had of a message; files that need more are refused.
    package convenience init(
        files: [RuleFile],
        settings: RuleSettings = RuleSettings(),
        reach: Reach = .body
    ) throws(RuleSetError) {
        try self.init(files: files, settings: settings, reach: reach, patterns: CompiledPatterns())
    }

    private convenience init(
        files: [RuleFile],
        settings: RuleSettings,
        reach: Reach,
        patterns: CompiledPatterns
    ) throws(RuleSetError) {
        var options = CompilerOptions.rules(settings, reach: reach)
        options.patterns = patterns
        var scripts: [Script] = []
        var diagnostics: [Diagnostic] = []
        var complete: [RuleFile] = []
        var identity: [UInt8] = []
        for file in files.sorted(by: { $0.name < $1.name }) {
            options.includes = file.includes
            let compilation = Compiler(options: options).compile(file.source, name: file.name)
            diagnostics += compilation.diagnostics
            let included = compilation.included
            let read = [(key: file.name, value: file.source)] + included.sorted { $0.key < $1.key }
            for (name, source) in read { identity += Array("\(name) \(source.count):".utf8) + source }
            complete.append(
                RuleFile(name: file.name, source: file.source) { included["\($0.rawValue)/\($1)"] }
            )
            if let script = compilation.script, !script.isEmpty { scripts.append(script) }
        }
        if diagnostics.contains(where: { $0.severity == .error }) { throw RuleSetError(diagnostics: diagnostics) }
        self.init(
            scripts: scripts,
            warnings: diagnostics,
            files: complete,
            identity: identity,
            settings: settings,
            reach: reach,
            patterns: patterns
        )
    }

    /// The same rules in memory of their own, but for the compiled regular expressions, which nobody writes to. Threads
    /// that share one rule set spend more time on passing its reference counts from core to core than on the rules.
    ///
    /// It is compiled from the octets that this one was compiled from, whatever has become of the files since; so it
    /// does the same, and an error would be ours.
    package func copy() throws(RuleSetError) -> RuleSet {
        isEmpty ? self : try RuleSet(files: files, settings: settings, reach: reach, patterns: patterns)
    }

    /// A text that is another for rules that judge otherwise.
    package var identity: [UInt8] {
        identityOfFiles + settings.lists.sorted { $0.key < $1.key }.flatMap { $1.identity }
    }
    private let identityOfFiles: [UInt8]

    /// How many regular expressions were compiled for this rule set and its copies.
    var patternCount: Int { patterns.count }

    /// Nothing can ever happen to a message.
    package var isEmpty: Bool { scripts.isEmpty }

    /// The deepest that any file looks. Rules look at the header at least, as Popsieve's own fields are removed from it.
    package var depth: Depth { scripts.map { max($0.depth, .header) }.max() ?? .none }

    /// A `size` test stands somewhere, so the message's size may be asked for.
    package let needsSize: Bool
    /// A rule may put a notice in a message's place.
    package let mayWithhold: Bool
    /// A rule may reject a message. A header that no rule can see whole is refused without one, and is not counted here.
    package let mayReject: Bool
    /// A rule may put a copy of a message into the quarantine.
    package let mayQuarantine: Bool
    /// A rule may ask whether a message came before.
    package let asksDuplicates: Bool
    /// A rule may look behind the header.
    package let mayWantBody: Bool
    /// What rules may ask scanners for.
    package let scans: Set<ScanKind>
}

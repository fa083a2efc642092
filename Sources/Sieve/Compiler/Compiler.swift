// Compiles scripts: source in; program or findings out.
// Must not read files or look at a message.

package import Patterns

/// What a compiler allows and refuses.
public struct CompilerOptions: Sendable {
    /// The bounds of scripts.
    public var limits = Limits()
    /// Commands, tests and extensions that must not be used, by name, each with the reason that the error gives.
    public var refusals: [String: String] = [:]

    /// Finds a script that another includes (RFC 6609); nil if it does not exist.
    public var includes: @Sendable (_ location: IncludeLocation, _ name: String) -> [UInt8]? = { _, _ in nil }
    /// Whether a script that is not there now is missed, and one that includes itself at fault. RFC 6609 section 3.1
    /// leaves both to the time of execution where scripts are uploaded one by one, in any order.
    public var includesAreFinal = false
    /// The lists that scripts can ask for (RFC 6134), by name; nil if that is not known. A script that asks for another
    /// is warned of.
    public var lists: Set<String>?
    /// What a scanner is asked for: `spamtest` and `virustest` take its word, and not that of a header field.
    public var scans: Set<ScanKind> = []
    /// Where regular expressions that were compiled before are found, and those that are compiled now are put.
    package var patterns: CompiledPatterns?
    /// Whether `vnd.dovecot.testsuite` may be required.
    var allowsTestsuite = false
    /// Reports what follows from a faulty `require`, too: each command that lacks its extension.
    var reportsConsequences = false
    let vocabulary = Vocabulary.standard

    /// Everything the engine knows is allowed.
    public init() {}

    /// Whether scripts may require an extension.
    func offers(_ capability: String) -> Bool {
        if capability == Extension.testsuiteCapability { return allowsTestsuite }
        return vocabulary.capabilities.contains(capability) && refusals[capability] == nil
    }

    /// The extensions that scripts may require, in alphabetical order.
    var offered: [String] { known.filter { offers($0) }.sorted() }

    /// The same, and those that are refused with a reason.
    var known: [String] { vocabulary.capabilities.filter { $0 != Extension.testsuiteCapability || allowsTestsuite } }
}

/// What came of compiling a script.
public struct Compilation: Sendable {
    /// The program; nil if there was an error.
    public let script: Script?
    /// All findings in the order of the source.
    public let diagnostics: [Diagnostic]
    /// What the scripts say that it includes, by location and name: `personal/NAME`.
    package var included: [String: [UInt8]] = [:]
}

/// Compiles Sieve scripts (RFC 5228 and the extensions that `capabilities` lists).
public struct Compiler: Sendable {
    private let options: CompilerOptions

    /// A compiler that can be shared.
    ///
    /// - Parameter options: What scripts may use and include.
    public init(options: CompilerOptions = CompilerOptions()) {
        self.options = options
    }

    /// The extensions that scripts can require.
    public static var capabilities: [String] { Vocabulary.standard.capabilities }

    /// Compiles a script. What is wrong with it is in the result; it never fails otherwise.
    ///
    /// - Parameters:
    ///   - source: The octets of the script, UTF-8.
    ///   - name: What diagnostics and failures call it.
    public func compile(_ source: [UInt8], name: String) -> Compilation {
        var inclusions = Inclusions()
        var compilation = compile(source, name: name, within: &inclusions)
        compilation.included = inclusions.sources
        return compilation
    }

    func compile(_ source: [UInt8], name: String, within inclusions: inout Inclusions) -> Compilation {
        var unit = CompilationUnit(name: name, options: options)
        unit.inclusions = inclusions
        defer { inclusions = unit.inclusions }
        if source.count > options.limits.scriptSize {
            let place = SourcePosition(line: 1, column: 1)
            let message = "the script is too large (more than \(options.limits.scriptSize) octets)"
            unit.report(CompileError(position: place, message: message, fix: "split it"), stage: .syntax)
            return Self.result(of: unit, limits: options.limits)
        }
        var parser = Parser(source: source, limits: options.limits)
        let (commands, faults) = parser.parse()
        for fault in faults {
            let error = CompileError(position: fault.position, message: fault.message, fix: fault.fix)
            unit.report(error, stage: fault.stage)
        }
        unit.compile(block: commands)
        // Also in a faulty script: the fault may come from there.
        unit.warnOfLostBackslashes(parser.lostBackslashes)
        // In a faulty script the use may be what is broken.
        if !unit.hasErrors { unit.lint(commands) }
        let result = Self.result(of: unit, limits: options.limits)
        return isForeign(commands, result.diagnostics) ? Self.foreign(result) : result
    }

    /// Whether errors come first, many of them, and no command that Sieve has: another kind of file.
    private func isForeign(_ commands: [Statement], _ findings: [Diagnostic]) -> Bool {
        let errors = findings.filter { $0.severity == .error }
        guard !options.reportsConsequences, errors.count > Limits.foreignErrors else { return false }
        return !commands.contains { command in
            command.position < errors[Limits.foreignErrors].position && !command.isBroken
                && options.vocabulary.definition(named: command.name.lowercased(), kind: .command) != nil
        }
    }

    /// The first errors, and what explains all of them.
    private static func foreign(_ result: Compilation) -> Compilation {
        var shown = Array(result.diagnostics.filter { $0.severity == .error }.prefix(Limits.shownForeignErrors))
        guard var last = shown.last else { return result }
        (last.message, last.fix) = ("this does not look like a Sieve script", "name a file of rules, *.sieve")
        shown.append(last)
        return Compilation(script: nil, diagnostics: shown)
    }

    private static func result(of unit: CompilationUnit, limits: Limits) -> Compilation {
        // A stable sort: findings of one place stay in the order they were made.
        let sorted = unit.findings.enumerated().sorted {
            ($0.element.place, $0.offset) < ($1.element.place, $1.offset)
        }
        let diagnostics = shown(sorted.map(\.element.diagnostic), limit: limits.errors)
        return Compilation(script: unit.hasErrors ? nil : unit.finished(), diagnostics: diagnostics)
    }

    /// The first findings of each severity; that more errors are left out is an error, too, and no warning hides one.
    private static func shown(_ findings: [Diagnostic], limit: Int) -> [Diagnostic] {
        var counts: [Diagnostic.Severity: Int] = [:]
        var shown: [Diagnostic] = []
        for var finding in findings {
            counts[finding.severity, default: 0] += 1
            let count = counts[finding.severity] ?? 0
            if count > limit, finding.severity == .warning || count > limit + 1 { continue }
            if count > limit {
                finding.message = "there are more than \(limit) errors: the rest is left out (errors)"
                finding.fix = "fix those before it"
            }
            shown.append(finding)
        }
        return shown
    }
}

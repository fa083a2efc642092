// The formatter of rule files: source in, source out, nothing but its looks changed.
// Must not touch a file, nor give out a text that means anything else.

/// Formats Sieve scripts: one command a line, blocks indented by four columns, comments where they stand.
///
/// The result is parsed again and compared with the source, so its meaning is the same. Formatting what is formatted
/// changes nothing.
public struct ScriptFormatter: Sendable {
    private let limits: Limits

    /// A formatter for scripts within `limits`.
    public init(limits: Limits = Limits()) { self.limits = limits }

    /// What keeps a source from being formatted: every fault of its grammar (RFC 5228 section 8).
    public struct Failure: Error, Sendable {
        /// At least one, in the order of the source.
        public var diagnostics: [Diagnostic]
    }

    /// The source in its usual form; `name` is what diagnostics call it.
    public func format(_ source: [UInt8], name: String) throws(Failure) -> [UInt8] {
        func failure(_ place: SourcePosition, _ message: String, _ fix: String) -> Diagnostic {
            Diagnostic(file: name, position: place, severity: .error, stage: .syntax, message: message, fix: fix)
        }
        let top = SourcePosition(line: 1, column: 1)
        guard source.count <= limits.scriptSize else {
            throw Failure(diagnostics: [failure(top, "the script is too large", "split it")])
        }
        let (before, faults) = parse(source)
        guard faults.isEmpty else {
            throw Failure(diagnostics: faults.map { failure($0.position, $0.message, $0.fix) })
        }
        let formatted = FormatPrinter.text(of: source)
        let (after, newFaults) = parse(formatted)
        guard newFaults.isEmpty, Statement.areSame(before, after) else {
            let message = "the script can't be formatted without a change of meaning"
            throw Failure(diagnostics: [failure(top, message, "keep it as it is")])
        }
        return formatted
    }

    private func parse(_ source: [UInt8]) -> ([Statement], [Fault]) {
        var parser = Parser(source: source, limits: limits)
        return parser.parse()
    }
}

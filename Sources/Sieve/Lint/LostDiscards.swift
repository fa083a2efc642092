// A discard beside a keep, both of which always run: the message is kept, and the discard does nothing.
// Must not warn if the script may end between the two.

extension CompilationUnit {
    /// Warns of each `discard` that a `keep` makes useless: it cancels the implicit keep only (RFC 5228 section 4.4).
    mutating func warnOfLostDiscards(in block: [Statement]) {
        var certain = CertainActions()
        look(for: &certain, in: block)
    }

    private mutating func look(for certain: inout CertainActions, in block: [Statement]) {
        for statement in block where !certain.isOver {
            switch statement.name.lowercased() {
            case "keep": certain.keep = statement.position
            case "discard": certain.discard = statement.position
            case "if" where statement.tests.all.first.flatMap(Self.constantValue) == true:
                look(for: &certain, in: statement.block ?? [])
            case "stop", "return", "break", "error": certain.isOver = true
            case _ where statement.mayEnd:
                certain = CertainActions()
            default: break
            }
            if let discard = certain.discard, let keep = certain.keep {
                certain.discard = nil
                warnOfLostDiscard(at: discard, keptIn: keep.line)
            }
        }
    }

    private mutating func warnOfLostDiscard(at place: SourcePosition, keptIn line: Int) {
        let warning = CompileError(
            position: place,
            message: "this discard has no effect: the keep in line \(line) delivers the message all the same",
            fix: "remove one of the two",
            onceAs: "lost discard \(place)"
        )
        report(warning, severity: .warning)
    }
}

/// What has run, whatever the message is, since the script could have ended.
private struct CertainActions {
    var keep: SourcePosition?
    var discard: SourcePosition?
    /// Nothing runs any more.
    var isOver = false
}

extension Statement {
    /// Whether the script may end, or leave a loop, in this command or within it.
    fileprivate var mayEnd: Bool {
        ["stop", "return", "break", "error", "include", "reject", "ereject"].contains(name.lowercased())
            || block?.contains(where: \.mayEnd) == true
    }
}

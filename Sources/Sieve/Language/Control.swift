// require, if, elsif, else, stop (RFC 5228 section 3), keep, discard (section 4).
// Must not carry an action out: actions are collected.

extension Definition {
    static let require = Definition(
        name: "require",
        parameters: [Parameter("capabilities", .stringList)]
    ) { unit, call throws(CompileError) in
        guard unit.isAtBeginning else {
            throw call.error(
                "require commands can only be placed at top level at the beginning of the file",
                fix: "move it up"
            )
        }
        for literal in CompilationUnit.literals(of: call.positional[0]) { unit.require(literal, of: call) }
    }

    // The compiler makes jumps of these three by itself.
    static let `if` = Definition(name: "if", subtests: .one, takesBlock: true) { _, _ throws(CompileError) in }
    static let elsif = Definition(name: "elsif", subtests: .one, takesBlock: true) { _, _ throws(CompileError) in }
    static let `else` = Definition(name: "else", takesBlock: true) { _, _ throws(CompileError) in }

    static let stop = Definition(name: "stop") { unit, _ throws(CompileError) in
        unit.emitStop()
    }
}

extension CompilationUnit {
    fileprivate mutating func require(_ literal: StringLiteral, of call: Call) {
        let capability = literal.value.text
        if let reason = options.refusals[capability] {
            noteMissed(capability)
            return report(
                CompileError(
                    position: literal.position,
                    message: "require command: \"\(capability)\" cannot be used here: \(reason)",
                    fix: "remove it, and what needs it"
                )
            )
        }
        if options.offers(capability) { return require(capability, at: literal.position) }
        let near = Suggestion.near(to: capability.lowercased(), among: options.known)
        for capability in near { noteMissed(capability) }
        let known = options.offered.joined(separator: ", ")
        let words = near.map { "\"\($0)\"" }.joined(separator: " or ")
        report(
            CompileError(
                position: literal.position,
                message: "require command: unknown Sieve capability '\(capability)'",
                fix: near.isEmpty ? "remove it, or take one of these: \(known)" : "did you mean \(words)?"
            )
        )
    }
}

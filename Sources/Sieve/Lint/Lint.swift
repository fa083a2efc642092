// What is legal but surely wrong, looked for in a script that compiles: one file for each kind of mistake.
// Must not warn of what could be meant: a warning that is wrong once is read no more.

extension CompilationUnit {
    /// Warns of everything there is to be warned of.
    mutating func lint(_ script: [Statement]) {
        warnOfUnusedRequirements()
        warnOfUnreachable(in: script)
        warnOfRepeatedTests(in: script)
        warnOfLostDiscards(in: script)
        warnOfConflicts(in: script)
        for statement in script { lint(statement) }
    }

    /// A command or a test, and all within it.
    private mutating func lint(_ statement: Statement) {
        warnOfRepetitions(in: statement)
        let kinds: [Definition.Kind] = [.command, .test]
        for kind in kinds {
            guard let definition = options.vocabulary.definition(named: statement.name.lowercased(), kind: kind),
                let call = try? call(statement, as: definition)
            else { continue }
            warnOfKeys(of: call)
            warnOfLists(of: call)
            break
        }
        for test in statement.tests.all { lint(test) }
        if let block = statement.block {
            warnOfRepeatedTests(in: block)
            warnOfLostDiscards(in: block)
            for command in block { lint(command) }
        }
    }
}

extension Call {
    /// The keys of a test or action that compares.
    var keys: Argument? {
        guard definition.tags.contains(where: { $0.group == "MATCH-TYPE" }),
            positional.count == definition.parameters.count
        else { return nil }
        return positional.last
    }
}

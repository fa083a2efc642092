// Arguments against a definition: which tag, how many, of what kind (RFC 5228 section 2.6).
// Must not know what any argument is for.

extension CompilationUnit {
    /// Sorts out the arguments of a command or test; throws at the first that is wrong.
    mutating func call(_ statement: Statement, as definition: Definition) throws(CompileError) -> Call {
        var call = Call(statement: statement, definition: definition)
        var rest = statement.arguments[...]
        while let argument = rest.popFirst() {
            guard case .tag(let name) = argument.value else {
                call.positional.append(argument)
                continue
            }
            if !call.positional.isEmpty, isKnown(tag: name, of: definition) {
                throw call.error(
                    "the tag ':\(name)' stands behind the strings and numbers of the \(definition.title)",
                    fix: "put it before them",
                    at: argument.position
                )
            }
            try take(tag: name, at: argument, from: &rest, into: &call)
        }
        try checkCount(of: call)
        return call
    }

    private func isKnown(tag name: String, of definition: Definition) -> Bool {
        definition.tags.contains { $0.name == name.lowercased() }
    }

    private mutating func take(
        tag name: String,
        at argument: Argument,
        from rest: inout ArraySlice<Argument>,
        into call: inout Call
    ) throws(CompileError) {
        let definition = call.definition
        guard let tag = definition.tags.first(where: { $0.name == name.lowercased() }),
            isAvailable(tag.capability) || isExcused(tag.capability)
        else {
            throw unknownTag(name, at: argument, of: definition)
        }
        if let group = tag.group, call.choice(of: group) != nil {
            throw call.error(
                "encountered duplicate \(group) argument (:\(name)) for the \(definition.title)",
                fix: "give only one of them",
                at: argument.position
            )
        }
        if call.has(tag.name) {
            throw call.error(
                "encountered duplicate :\(name) argument for the \(definition.title)",
                fix: "give it once",
                at: argument.position
            )
        }
        if let capability = tag.capability { noteUse(of: capability) }
        call.tags[tag.name] = argument
        guard let shape = tag.value else { return }
        guard let value = rest.first else {
            throw call.error(
                "the :\(name) tag for the \(definition.title) requires \(shape.name) as parameter, but none is given",
                fix: "\(shape.fix(for: nil)) behind :\(name)",
                at: argument.position
            )
        }
        guard shape.accepts(value.value) else {
            throw call.error(
                "the :\(name) tag for the \(definition.title) requires \(shape.name) as parameter, but "
                    + "\(value.value.name) was found",
                fix: shape.fix(for: value.value),
                at: value.position
            )
        }
        call.tagValues[tag.name] = rest.removeFirst()
    }

    /// Unknown tags are reported once for each command, as a misspelling is seldom made once.
    private mutating func unknownTag(_ name: String, at argument: Argument, of definition: Definition) -> CompileError {
        let lowercased = name.lowercased()
        let known = definition.tags.filter { isAvailable($0.capability) }.map(\.name)
        let fix: String
        if let capability = definition.tags.first(where: { $0.name == lowercased })?.capability {
            fix = "write require \"\(capability)\"; at the beginning"
        } else {
            let all = known.isEmpty ? "remove it" : "use one of: \(known.map { ":\($0)" }.joined(separator: ", "))"
            fix = Suggestion.best(for: lowercased, among: known).map { "did you mean ':\($0)'?" } ?? all
        }
        return CompileError(
            position: argument.position,
            message:
                "unknown tagged argument ':\(name)' for the \(definition.title) (reported only once at first occurrence)",
            fix: fix,
            onceAs: "\(definition.name) :\(lowercased)"
        )
    }

    private func checkCount(of call: Call) throws(CompileError) {
        let definition = call.definition
        let most = definition.parameters.count
        let least = most - definition.optionalParameters
        guard (least...most).contains(call.positional.count) else {
            let takes = least == most ? "\(most == 0 ? "no" : "\(most)")" : "\(least) to \(most)"
            let given = call.positional.isEmpty ? "none" : "\(call.positional.count)"
            let message = "the \(definition.title) takes \(takes) argument\(most == 1 ? "" : "s"), and has \(given)"
            throw call.error(message, fix: usage(of: definition))
        }
    }

    /// What is wrong with the kind of a positional argument; nil if they all are what they have to be.
    func kindError(of call: Call) -> CompileError? {
        let definition = call.definition
        for (index, (argument, parameter)) in zip(call.positional, definition.parameters).enumerated()
        where !parameter.shape.accepts(argument.value) {
            return call.error(
                "the \(definition.title) expects \(parameter.shape.name) as argument \(index + 1) (\(parameter.name)), "
                    + "but \(argument.value.name) was found",
                fix: parameter.shape.fix(for: argument.value),
                at: argument.position
            )
        }
        return nil
    }

    private func usage(of definition: Definition) -> String {
        let parameters = definition.parameters.map { " <\($0.name)>" }.joined()
        return "write \(definition.name)\(parameters)"
    }
}

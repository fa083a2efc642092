// variables (RFC 5229): the action set with its modifiers, the test string.
// Must not put values into strings: `Machine.expand` does.

extension Extension {
    static let variables = Extension(capability: "variables", definitions: [.set, .string])
}

extension Definition {
    fileprivate static let set = Definition(
        name: "set",
        capabilities: ["variables"],
        tags: SetVariable.modifierTags,
        parameters: [Parameter("name", .string), Parameter("value", .string)]
    ) { unit, call throws(CompileError) in
        let name = call.positional[0]
        let target = try unit.settable(CompilationUnit.literals(of: name)[0])
        let modifiers = try SetVariable.modifiers(of: call)
        let value = try unit.text(call.positional[1])
        if let constant = value.constant, constant.count > unit.options.limits.variableSize {
            unit.warn(
                "the value is longer than a variable can hold (\(unit.options.limits.variableSize) octets)",
                fix: "it will be cut",
                at: call.positional[1].position
            )
        }
        unit.emit(SetVariable(target: target, value: value, modifiers: modifiers))
    }

    fileprivate static let string = Definition(
        name: "string",
        kind: .test,
        capabilities: ["variables"],
        tags: .matching,
        parameters: [Parameter("source", .stringList), Parameter("key list", .stringList)]
    ) { unit, call throws(CompileError) in
        let sources = try unit.texts(call.positional[0])
        unit.emit(StringTest(sources: sources, comparison: try Comparison(call, keys: call.positional[1], in: &unit)))
    }
}

extension CompilationUnit {
    /// The variable that a script may set by this name.
    mutating func settable(_ literal: StringLiteral) throws(CompileError) -> SetVariable.Target {
        let text = literal.value.text
        guard let reference = VariableReference(name: literal.value),
            text.utf8.count <= options.limits.variableNameLength
        else {
            throw CompileError(
                position: literal.position,
                message: "invalid variable name '\(text)'",
                fix: VariableReference.rule
            )
        }
        if reference.namespace == "global", isAvailable("include") {
            // This name space has no sub-name spaces and no match variables (RFC 6609 section 3.4.2).
            guard
                VariableReference(name: Array(reference.name.utf8)).map({ $0.namespace == nil && $0.matchIndex == nil })
                    == true
            else {
                throw CompileError(
                    position: literal.position,
                    message: "invalid variable name within global namespace '\(text)'",
                    fix: "write \"global.\" and a name"
                )
            }
            noteUse(of: "include")
            return .global(reference.name.lowercased())
        }
        if let namespace = reference.namespace {
            throw CompileError(
                position: literal.position,
                message: "referring to variable in unknown namespace '\(namespace)'",
                fix: "write the name without '\(namespace).'"
            )
        }
        if reference.matchIndex != nil {
            throw CompileError(
                position: literal.position,
                message: "cannot assign to match variable",
                fix: "begin the name with a letter"
            )
        }
        if globals.contains(reference.name.lowercased()) { return .global(reference.name.lowercased()) }
        return .slot(try slot(of: reference.name, at: literal.position))
    }
}

struct SetVariable: Operation {
    enum Target: Sendable {
        case slot(Int)
        /// Shared by the scripts that declare it (RFC 6609).
        case global(String)
    }

    /// In the order they are applied: the greatest precedence first.
    enum Modifier: String, CaseIterable, Sendable {
        case lower
        case upper
        case lowerfirst
        case upperfirst
        case quotewildcard
        case quoteregex
        case length

        /// Whether it puts backslashes before octets.
        var escapes: Bool { self == .quotewildcard || self == .quoteregex }

        var precedence: Int {
            switch self {
            case .lower, .upper: 40
            case .lowerfirst, .upperfirst: 30
            case .quotewildcard, .quoteregex: 20
            case .length: 10
            }
        }
    }

    let target: Target
    let value: Text
    let modifiers: [Modifier]

    var depth: Depth { .none }

    static func modifiers(of call: Call) throws(CompileError) -> [Modifier] {
        let modifiers = Modifier.allCases.filter { call.has($0.rawValue) }
        for (first, second) in zip(modifiers, modifiers.dropFirst()) where first.precedence == second.precedence {
            throw call.error(
                "modifiers :\(first.rawValue) and :\(second.rawValue) specified for the set command conflict having "
                    + "equal precedence",
                fix: "use one of them"
            )
        }
        return modifiers
    }

    func perform(in machine: inout Machine) throws(Interruption) {
        Self.store(try machine.expand(value), in: target, modifiers, &machine)
    }

    /// Sets a variable to a value, modified, and cut to what a variable can hold.
    static func store(_ value: [UInt8], in target: Target, _ modifiers: [Modifier], _ machine: inout Machine) {
        let modified = modifiers.reduce(value) { apply($1, to: $0) }
        var stored = modified.wholeCharacters(upTo: machine.limits.variableSize)
        if stored.count < modified.count, modifiers.contains(where: \.escapes) { removeHalfEscape(from: &stored) }
        switch target {
        case .slot(let slot): machine.variables[slot] = stored
        case .global(let name): machine.globals[name] = stored
        }
    }

    static let modifierTags = Modifier.allCases.map { modifier in
        TagDefinition(modifier.rawValue, capability: modifier == .quoteregex ? "regex" : nil)
    }

    private static func apply(_ modifier: Modifier, to value: [UInt8]) -> [UInt8] {
        switch modifier {
        case .lower: return value.map(\.lowercased)
        case .upper: return value.map(\.uppercased)
        case .lowerfirst: return value.prefix(1).map(\.lowercased) + value.dropFirst()
        case .upperfirst: return value.prefix(1).map(\.uppercased) + value.dropFirst()
        case .quotewildcard: return quote(value, Array("*?\\".utf8))
        case .quoteregex: return quote(value, Array("\\^$.[]|()?*+{}".utf8))
        case .length: return Array(String(characters(in: value)).utf8)
        }
    }

    private static func quote(_ value: [UInt8], _ special: [UInt8]) -> [UInt8] {
        value.flatMap { special.contains($0) ? [.backslash, $0] : [$0] }
    }

    /// Characters of UTF-8: octets that continue none.
    private static func characters(in value: [UInt8]) -> Int { value.count { $0 & 0xC0 != 0x80 } }

    /// Takes the last backslash away if what it escaped has been cut off.
    private static func removeHalfEscape(from value: inout [UInt8]) {
        let backslashes = value.reversed().prefix { $0 == .backslash }.count
        if !backslashes.isMultiple(of: 2) { value.removeLast() }
    }
}

private struct StringTest: Condition {
    let sources: TextList
    let comparison: Comparison

    var depth: Depth { .none }

    func holds(in machine: inout Machine) throws(Interruption) -> Bool {
        var count = 0
        for source in try machine.expand(sources) {
            if comparison.counts {
                count += source.isEmpty ? 0 : 1
            } else if try comparison.matches(source, in: &machine) {
                return true
            }
        }
        return comparison.counts ? try comparison.matches(count: count, in: &machine) : false
    }
}

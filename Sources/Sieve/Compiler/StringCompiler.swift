// String arguments: encoded characters (RFC 5228 section 2.4.2.4) and variable references (RFC 5229 section 3).
// Must not touch a string of a script that requires neither.

extension CompilationUnit {
    /// Compiles a string argument.
    mutating func text(_ argument: Argument) throws(CompileError) -> Text {
        guard case .string(let octets) = argument.value else { return .constant([]) }
        return try text(StringLiteral(value: octets, position: argument.position))
    }

    /// Compiles a string list argument; a single string makes a list of one.
    mutating func texts(_ argument: Argument) throws(CompileError) -> TextList {
        var texts: [Text] = []
        for literal in Self.literals(of: argument) { texts.append(try text(literal)) }
        return TextList(texts)
    }

    /// A string that must hold no variable.
    mutating func constant(_ argument: Argument, what: String) throws(CompileError) -> [UInt8] {
        guard let constant = try text(argument).constant else {
            throw CompileError(
                position: argument.position,
                message: "the \(what) must be a constant string",
                fix: "write it without variables"
            )
        }
        return constant
    }

    /// The strings of an argument as written.
    static func literals(of argument: Argument) -> [StringLiteral] {
        switch argument.value {
        case .string(let octets): [StringLiteral(value: octets, position: argument.position)]
        case .stringList(let literals): literals
        case .tag, .number: []
        }
    }

    mutating func text(_ literal: StringLiteral) throws(CompileError) -> Text {
        guard literal.value.contains(.dollar) else { return .constant(literal.value) }
        var octets = literal.value
        if isAvailable("encoded-character") {
            octets = try EncodedCharacter.decode(octets, at: literal.position)
            if octets != literal.value { noteUse(of: "encoded-character") }
        }
        guard isAvailable("variables") else { return .constant(octets) }
        return try template(octets, at: literal.position)
    }

    private mutating func template(_ octets: [UInt8], at position: SourcePosition) throws(CompileError) -> Text {
        var pieces: [Text.Piece] = []
        var literalStart = 0
        var offset = 0
        while offset < octets.count {
            guard octets[offset] == .dollar, let reference = VariableReference(in: octets, at: offset) else {
                offset += 1
                continue
            }
            if literalStart < offset { pieces.append(.octets(Array(octets[literalStart..<offset]))) }
            pieces.append(try piece(for: reference, at: position))
            offset = reference.end
            literalStart = offset
        }
        if pieces.isEmpty { return .constant(octets) }
        noteUse(of: "variables")
        if literalStart < octets.count { pieces.append(.octets(Array(octets[literalStart...]))) }
        return .template(pieces)
    }

    private mutating func piece(
        for reference: VariableReference,
        at position: SourcePosition
    ) throws(CompileError) -> Text.Piece {
        if let index = reference.matchIndex {
            guard index <= options.limits.matchVariables else {
                throw CompileError(
                    position: position,
                    message: "match value index \(reference.name) out of range (max: \(options.limits.matchVariables))",
                    fix: "use ${0} to ${\(options.limits.matchVariables)}"
                )
            }
            return .match(index)
        }
        if let namespace = reference.namespace {
            return try piece(namespace: namespace, name: reference.name, at: position)
        }
        if globals.contains(reference.name.lowercased()) { return .global(reference.name.lowercased()) }
        return .variable(try slot(of: reference.name, at: position))
    }

    /// A variable of an extension's name space (RFC 5229 section 3).
    private mutating func piece(
        namespace: String,
        name: String,
        at position: SourcePosition
    ) throws(CompileError) -> Text.Piece {
        switch namespace {
        case "global" where isAvailable("include"):
            noteUse(of: "include")
            return .global(name.lowercased())
        case "env" where isAvailable("vnd.dovecot.environment"):
            noteUse(of: "vnd.dovecot.environment")
            let item = EnvironmentItem(name)
            if case .named = item { demands.asksEnvironment = true }
            return .environment(item)
        case "tst" where isAvailable("vnd.dovecot.testsuite"): return .testsuite(name.lowercased())
        default:
            throw CompileError(
                position: position,
                message: "referring to variable in unknown namespace '\(namespace)'",
                fix: "write ${\(name)}, or require the extension that brings it"
            )
        }
    }

    /// The place of a variable's value, made at its first mention.
    mutating func slot(of name: String, at position: SourcePosition) throws(CompileError) -> Int {
        let name = name.lowercased()
        if let slot = variables[name] { return slot }
        guard variables.count < options.limits.variables else {
            throw CompileError(
                position: position,
                message: "too many variables (more than \(options.limits.variables))",
                fix: "use one name again"
            )
        }
        variables[name] = variables.count
        return variables.count - 1
    }
}

/// What stands between `${` and `}`: a reference to a variable.
struct VariableReference {
    /// What a name is made of, for error messages.
    static let rule = "use letters, digits and '_', beginning with a letter"

    let namespace: String?
    /// The name behind the name space, as written.
    let name: String
    /// The offset behind the closing brace.
    let end: Int

    /// Reads the reference that begins at the dollar sign; nil if there is none.
    init?(in octets: [UInt8], at start: Int) {
        guard start + 1 < octets.count, octets[start + 1] == UInt8(ascii: "{") else { return nil }
        guard let close = octets[(start + 2)...].firstIndex(where: { !$0.isIdentifierPart && $0 != .dot }),
            octets[close] == UInt8(ascii: "}")
        else { return nil }
        self.init(path: octets[(start + 2)..<close], end: close + 1)
    }

    /// Reads a name as the `set` action takes it; nil if it is none.
    init?(name: [UInt8]) {
        guard name.allSatisfy({ $0.isIdentifierPart || $0 == .dot }) else { return nil }
        self.init(path: name[...], end: name.count)
    }

    private init?(path: ArraySlice<UInt8>, end: Int) {
        let parts = path.split(separator: .dot, omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            let isNumber = index > 0 || parts.count == 1 ? part.allSatisfy(\.isDigit) : false
            guard let first = part.first, first.isIdentifierStart || isNumber else { return nil }
        }
        guard let last = parts.last else { return nil }
        namespace = parts.count > 1 ? parts[0].text.lowercased() : nil
        name = parts.count > 1 ? parts.dropFirst().map(\.text).joined(separator: ".") : last.text
        self.end = end
    }

    /// The number, if this is a match variable (RFC 5229 section 3.2); leading zeros do not count.
    var matchIndex: Int? {
        guard namespace == nil, name.utf8.allSatisfy(\.isDigit) else { return nil }
        return Int(name) ?? Int.max
    }
}

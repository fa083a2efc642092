// include (RFC 6609): scripts in scripts, return, and variables that scripts share.
// Must not read a script: the compiler's owner finds them.

/// Where an included script is kept (RFC 6609 section 3.2).
public enum IncludeLocation: String, Sendable {
    /// The user's own scripts.
    case personal
    /// Scripts for everybody.
    case global
}

extension Extension {
    static let include = Extension(capability: "include", definitions: [.include, .return, .global])
}

extension Definition {
    fileprivate static let include = Definition(
        name: "include",
        capabilities: ["include"],
        tags: [
            TagDefinition("personal", group: "LOCATION"), TagDefinition("global", group: "LOCATION"),
            TagDefinition("once"), TagDefinition("optional"),
        ],
        parameters: [Parameter("value", .string)]
    ) { unit, call throws(CompileError) in
        let argument = call.positional[0]
        let name = try unit.constant(argument, what: "script name")
        guard Include.isScriptName(name) else {
            throw call.error(
                "include: invalid script name '\(name.text)'",
                fix: "write a name without slashes, of at most \(Limits.scriptNameLength) octets",
                at: argument.position
            )
        }
        let location: IncludeLocation = call.has("global") ? .global : .personal
        unit.emit(unit.include(name.text, from: location, of: call))
    }

    fileprivate static let `return` = Definition(name: "return", capabilities: ["include"]) {
        unit,
        _ throws(CompileError) in
        unit.emit(Return())
    }

    fileprivate static let global = Definition(
        name: "global",
        capabilities: ["include"],
        parameters: [Parameter("variables", .stringList)]
    ) { unit, call throws(CompileError) in
        guard unit.isAvailable("variables") else {
            throw call.error(
                "global command requires that the variables extension is active",
                fix: "write require [\"include\", \"variables\"]; at the beginning"
            )
        }
        unit.noteUse(of: "variables")
        for literal in CompilationUnit.literals(of: call.positional[0]) { try unit.declareGlobal(literal) }
    }
}

extension CompilationUnit {
    /// Compiles an included script. That it is missing, or includes itself, may be left to the time when it would run.
    fileprivate mutating func include(_ name: String, from location: IncludeLocation, of call: Call) -> Include {
        let key = "\(location.rawValue)/\(name)"
        var include = Include(key: key, isOnce: call.has("once"))
        if deadDepth > 0 { return include }
        guard inclusions.add(limit: options.limits.includes) else {
            report(
                call.error(
                    "cannot include more than \(options.limits.includes) scripts",
                    fix: "put several into one (includes)"
                )
            )
            return include
        }
        if inclusions.isCircular(key) {
            include.program = .circular
            inclusions.noteCircle()
            if options.includesAreFinal, !include.isOnce {
                report(call.error("circular include", fix: "write :once, or leave it out"), stage: .inclusion)
            }
            return include
        }
        guard inclusions.way.count < options.limits.includeNesting else {
            report(
                call.error(
                    "cannot nest includes deeper than \(options.limits.includeNesting) levels",
                    fix: "include it from a script nearer to the first (includeNesting)"
                )
            )
            return include
        }
        guard let source = inclusions.source(key, or: options.includes(location, name)) else {
            include.program = call.has("optional") ? .nothing : .missing
            if !call.has("optional") { reportMissing(name, from: location, of: call) }
            return include
        }
        let compiler = Compiler(options: options)
        let compilation = inclusions.compilation(of: key) { compiler.compile(source, name: key, within: &$0) }
        take(compilation.diagnostics, at: call.position)
        if let script = compilation.script {
            take(script)
            include.program = .script(script)
        } else {
            let verb = compilation.failedStep
            report(
                call.error("failed to \(verb) included script '\(name)'", fix: "see what is wrong with it"),
                stage: .inclusion
            )
        }
        return include
    }

    private mutating func reportMissing(_ name: String, from location: IncludeLocation, of call: Call) {
        report(
            call.error(
                "included \(location.rawValue) script '\(name)' does not exist",
                fix: "make it, or write :optional",
                at: call.positional[0].position
            ),
            severity: options.includesAreFinal ? .error : .warning
        )
    }

    fileprivate mutating func declareGlobal(_ literal: StringLiteral) throws(CompileError) {
        let text = literal.value.text
        guard let reference = VariableReference(name: literal.value), reference.namespace == nil,
            reference.matchIndex == nil, text.utf8.count <= options.limits.variableNameLength
        else {
            throw CompileError(
                position: literal.position,
                message: "invalid variable name '\(text)'",
                fix: VariableReference.rule
            )
        }
        let name = text.lowercased()
        if variables[name] != nil {
            throw CompileError(
                position: literal.position,
                message: "declaration of new global variable '\(text)' conflicts with earlier local use",
                fix: "put the global command before the first use"
            )
        }
        globals.insert(name)
    }
}

extension Compilation {
    /// What could not be done with the script.
    fileprivate var failedStep: String {
        let stages = diagnostics.filter { $0.severity == .error }.map(\.stage)
        return stages.contains(.syntax) ? "parse" : stages.contains(.meaning) ? "validate" : "generate code for"
    }
}

private struct Include: Operation {
    enum Program: Sendable {
        case script(Script)
        /// There is no such script, and that is an error.
        case missing
        /// There is none, and that is none.
        case nothing
        /// It would include itself.
        case circular
    }

    let key: String
    let isOnce: Bool
    var program = Program.nothing

    var depth: Depth { .none }

    /// Names that ManageSieve allows (RFC 5804 section 1.6), none that could be a path.
    static func isScriptName(_ name: [UInt8]) -> Bool {
        !name.isEmpty && name.count <= Limits.scriptNameLength && name != Array(".".utf8) && name != Array("..".utf8)
            && name.allSatisfy { $0 >= 0x20 && $0 != 0x7F && $0 != .slash }
    }

    func perform(in machine: inout Machine) throws(Interruption) {
        if isOnce, machine.included.contains(key) { return }
        switch program {
        case .nothing: return
        case .missing: throw .failed("included script '\(key)' does not exist")
        case .circular:
            if isOnce { return }
            throw .failed("circular include of script '\(key)'")
        case .script(let script):
            machine.included.insert(key)
            machine.call(script)
        }
    }
}

private struct Return: Operation {
    var depth: Depth { .none }

    func perform(in machine: inout Machine) throws(Interruption) {
        if machine.isIncluded || !machine.endCase() { machine.leave() }
    }
}

// foreverypart and break (RFC 5703 section 3), extracttext (section 7).
// Must not loop over more parts than Mail has found, nor look at parts that it did not read.

import Mail

extension Extension {
    static let foreverypart = Extension(capability: "foreverypart", definitions: [.foreverypart, .break])
    static let extracttext = Extension(capability: "extracttext", definitions: [.extracttext])
}

/// A loop that is being compiled.
struct PartLoop {
    let name: [UInt8]?
    /// Jumps of `break` to its end.
    var exits: [Int] = []
}

extension Definition {
    fileprivate static let foreverypart = Definition(
        name: "foreverypart",
        capabilities: ["foreverypart"],
        tags: [TagDefinition("name", value: .string)],
        takesBlock: true
    ) { unit, call throws(CompileError) in
        guard unit.loops.count < unit.options.limits.partLoops else {
            throw call.error(
                "cannot nest foreverypart deeper than \(unit.options.limits.partLoops) levels",
                fix: "the outermost loop goes over all parts"
            )
        }
        let name = try call.tagValues["name"].map { argument throws(CompileError) in
            try unit.constant(argument, what: ":name argument")
        }
        unit.emit(BeginParts())
        let next = unit.here
        unit.emit(NextPart())
        let end = unit.emit(.ifFalse)
        unit.loops.append(PartLoop(name: name))
        unit.compile(block: call.statement.block ?? [])
        unit.emit(jumpTo: next)
        for exit in unit.loops.removeLast().exits { unit.land(exit) }
        unit.land(end)
        unit.emit(EndParts(count: 1))
    }

    fileprivate static let `break` = Definition(
        name: "break",
        capabilities: ["foreverypart"],
        tags: [TagDefinition("name", value: .string)]
    ) { unit, call throws(CompileError) in
        guard !unit.loops.isEmpty else {
            throw call.error(
                "the break command must be placed inside a foreverypart loop",
                fix: "move it into the loop's block"
            )
        }
        var index = unit.loops.count - 1
        if let argument = call.tagValues["name"] {
            let name = try unit.constant(argument, what: ":name argument")
            guard let named = unit.loops.lastIndex(where: { $0.name == name }) else {
                throw call.error(
                    "the name '\(name.text)' is not that of an enclosing foreverypart loop",
                    fix: "write foreverypart :name \"\(name.text)\"",
                    at: argument.position
                )
            }
            index = named
        }
        unit.emit(EndParts(count: unit.loops.count - 1 - index))
        unit.loops[index].exits.append(unit.emit(.always))
    }

    fileprivate static let extracttext = Definition(
        name: "extracttext",
        capabilities: ["extracttext"],
        tags: [TagDefinition("first", value: .number)] + SetVariable.modifierTags,
        parameters: [Parameter("varname", .string)]
    ) { unit, call throws(CompileError) in
        guard !unit.loops.isEmpty else {
            throw call.error(
                "the extracttext command must be placed inside a foreverypart loop",
                fix: "move it into the loop's block"
            )
        }
        guard unit.isAvailable("variables") else {
            throw call.error(
                "the extracttext command requires that the variables extension is active",
                fix: "write require \"variables\"; at the beginning"
            )
        }
        unit.noteUse(of: "variables")
        let target = try unit.settable(CompilationUnit.literals(of: call.positional[0])[0])
        let modifiers = try SetVariable.modifiers(of: call)
        let first = call.number("first").map { Int(clamping: $0) }
        unit.emit(ExtractText(target: target, modifiers: modifiers, first: first))
    }
}

extension Machine {
    /// The part that tests look at; 0 is the message itself.
    var currentPart: Int { partLoops.last?.current ?? 0 }
}

/// A loop that runs.
struct RunningPartLoop {
    /// The parts still to come, the next one last.
    var rest: [Int]
    var current: Int
}

private struct BeginParts: Operation {
    var depth: Depth { .body }

    /// The outer loop goes over the message and all its parts; one within it over the parts in the current one.
    func perform(in machine: inout Machine) throws(Interruption) {
        let message = try machine.completeMessage()
        let all = message.descendants(of: machine.currentPart).map(\.index)
        let parts = machine.partLoops.isEmpty ? all : Array(all.dropFirst())
        machine.partLoops.append(RunningPartLoop(rest: parts.reversed(), current: machine.currentPart))
    }
}

private struct NextPart: Operation {
    func perform(in machine: inout Machine) throws(Interruption) {
        let last = machine.partLoops.count - 1
        let next = machine.partLoops[last].rest.popLast()
        machine.flag = next != nil
        if let next { machine.partLoops[last].current = next }
        guard machine.trace != nil, let next else { return }
        machine.observed.subject = try machine.wholeMessage().description(of: next)
    }
}

extension Message {
    /// A part as people are told of it: its number and its content type.
    fileprivate func description(of part: Int) -> String {
        let type = parts[part].contentType
        return "part \(part): \(type.type.text)/\(type.subtype.text)"
    }
}

private struct EndParts: Operation {
    let count: Int

    func perform(in machine: inout Machine) throws(Interruption) { machine.partLoops.removeLast(count) }
}

private struct ExtractText: Operation {
    let target: SetVariable.Target
    let modifiers: [SetVariable.Modifier]
    let first: Int?

    var depth: Depth { .body }

    func perform(in machine: inout Machine) throws(Interruption) {
        let message = try machine.wholeMessage()
        let part = message.parts[machine.currentPart]
        // What claims not to be text may be text all the same.
        var text = part.isContainer ? [] : try machine.text(of: part, in: message, isPlain: true)
        if let first { text = Self.characters(first, of: text) }
        SetVariable.store(text, in: target, modifiers, &machine)
    }

    /// The first characters of a text.
    private static func characters(_ count: Int, of text: [UInt8]) -> [UInt8] {
        var seen = 0
        for (offset, octet) in text.enumerated() where octet & 0xC0 != 0x80 {
            if seen == count { return Array(text[..<offset]) }
            seen += 1
        }
        return text
    }
}

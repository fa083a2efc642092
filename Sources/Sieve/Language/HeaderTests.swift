// header (RFC 5228 section 5.7), exists (5.5), size (5.9).
// Must not read addresses: `AddressTest` does.

import Mail

extension Definition {
    static let header = Definition(
        name: "header",
        kind: .test,
        tags: .matching + .index,
        parameters: [Parameter("header names", .stringList), Parameter("key list", .stringList)]
    ) { unit, call throws(CompileError) in
        let fields = try FieldSelection(call, names: unit.fieldNames(call.positional[0], of: call))
        unit.emit(HeaderTest(fields: fields, comparison: try Comparison(call, keys: call.positional[1], in: &unit)))
    }

    static let exists = Definition(
        name: "exists",
        kind: .test,
        parameters: [Parameter("header names", .stringList)]
    ) { unit, call throws(CompileError) in
        unit.emit(ExistsTest(names: try unit.fieldNames(call.positional[0], of: call)))
    }

    static let size = Definition(
        name: "size",
        kind: .test,
        tags: [TagDefinition("over"), TagDefinition("under")],
        parameters: [Parameter("limit", .number)]
    ) { unit, call throws(CompileError) in
        guard case .number(let limit) = call.positional[0].value else { return }
        switch (call.has("over"), call.has("under")) {
        case (true, false): unit.emit(SizeTest(isOver: true, limit: limit))
        case (false, true): unit.emit(SizeTest(isOver: false, limit: limit))
        case (true, true):
            throw call.error(
                "exactly one of the ':under' or ':over' tags must be specified for the size test, but more were found",
                mend: "use two size tests"
            )
        case (false, false):
            throw call.error(
                "the size test requires either the :under or the :over tag to be specified",
                mend: "write size :over \(limit)"
            )
        }
        unit.asksSize = true
    }
}

extension CompilationUnit {
    /// A list of header field names; constant ones are checked now (RFC 5322 section 3.6.8).
    mutating func fieldNames(_ argument: Argument, of call: Call) throws(CompileError) -> TextList {
        let names = try texts(argument)
        for (text, literal) in zip(names.texts, Self.literals(of: argument)) {
            guard let name = text.constant, !HeaderBlock.isFieldName(name) else { continue }
            warn(
                "\"\(name.text)\" cannot be the name of a header field",
                mend: "write it without colon",
                at: literal.position
            )
        }
        return names
    }
}

private struct HeaderTest: Condition {
    let fields: FieldSelection
    let comparison: Comparison

    func holds(in machine: inout Machine) throws(Interruption) -> Bool {
        let fields = try fields.fields(in: &machine)
        if comparison.counts { return try comparison.matches(count: fields.count, in: &machine) }
        for field in fields {
            if try comparison.matches(machine.header.decodedValue(of: field), in: &machine) { return true }
        }
        return false
    }
}

private struct ExistsTest: Condition {
    let names: TextList

    func holds(in machine: inout Machine) throws(Interruption) -> Bool {
        for name in try machine.expand(names) {
            if !machine.header.fields.contains(where: { machine.header.hasName(name, $0) }) { return false }
        }
        return true
    }
}

private struct SizeTest: Condition {
    let isOver: Bool
    let limit: UInt64

    func holds(in machine: inout Machine) throws(Interruption) -> Bool {
        guard let size = machine.size else { throw .needs(.size) }
        return isOver ? UInt64(max(0, size)) > limit : UInt64(max(0, size)) < limit
    }
}

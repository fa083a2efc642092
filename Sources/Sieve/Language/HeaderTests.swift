// header (RFC 5228 section 5.7), exists (5.5), size (5.9).
// Must not read addresses: `AddressTest` does.

import Mail

extension Definition {
    static let header = Definition(
        name: "header",
        kind: .test,
        tags: .matching + .index + .partScope + .mimeOptions,
        parameters: [Parameter("header names", .stringList), Parameter("key list", .stringList)]
    ) { unit, call throws(CompileError) in
        let aspect = try FieldAspect(call, in: &unit)
        let names = try unit.fieldNames(call.positional[0], of: call)
        let fields = try FieldSelection(call, names: names, aspect: aspect.isValue ? "value" : nil, in: &unit)
        let comparison = try Comparison(call, keys: call.positional[1], in: &unit, of: fields.number)
        unit.emit(HeaderTest(fields: fields, aspect: aspect, comparison: comparison), comparing: comparison)
    }

    static let exists = Definition(
        name: "exists",
        kind: .test,
        tags: .partScope,
        parameters: [Parameter("header names", .stringList)]
    ) { unit, call throws(CompileError) in
        unit.emit(ExistsTest(names: try unit.fieldNames(call.positional[0], of: call), scope: try PartScope(call)))
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
                fix: "use two size tests"
            )
        case (false, false):
            throw call.error(
                "the size test requires either the :under or the :over tag to be specified",
                fix: "write size :over \(limit)"
            )
        }
        unit.demands.asksSize = true
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
                fix: "write it without colon",
                at: literal.position
            )
        }
        return names
    }
}

private struct HeaderTest: Condition {
    let fields: FieldSelection
    let aspect: FieldAspect
    let comparison: Comparison

    var depth: Depth { fields.scope.depth }
    // Also none is a number that can be compared.
    var idle: Idle? { comparison.counts ? nil : fields.ownNames.map { Idle(fields: $0) } }

    func holds(in machine: inout Machine) throws(Interruption) -> Bool {
        let values = try fields.values(in: &machine) { header, field, machine throws(Interruption) in
            try aspect.strings(of: field, in: header, machine)
        }
        if machine.trace != nil { return try holdsVisibly(in: &machine) }
        if comparison.counts { return try comparison.matches(count: values.count, in: &machine) }
        for value in values where try comparison.matches(value, in: &machine) { return true }
        return false
    }

    /// The same field by field, for those who look on.
    private func holdsVisibly(in machine: inout Machine) throws(Interruption) -> Bool {
        var count = 0
        for (header, field) in try fields.fields(in: &machine) {
            machine.look(at: field, of: header)
            for string in try aspect.strings(of: field, in: header, machine) {
                count += 1
                if !comparison.counts, try comparison.matches(string, in: &machine) { return true }
            }
        }
        return comparison.counts ? try comparison.matches(count: count, in: &machine) : false
    }
}

private struct ExistsTest: Condition {
    let names: TextList
    let scope: PartScope

    var depth: Depth { scope.depth }
    var idle: Idle? {
        guard scope == .message, let names = names.constants, !names.isEmpty else { return nil }
        return Idle(fields: FieldNameSet(names))
    }

    func holds(in machine: inout Machine) throws(Interruption) -> Bool {
        let headers = try scope.headers(in: &machine)
        for name in try machine.expand(names) {
            let exists = headers.contains { header in header.fields.contains { header.hasName(name, $0) } }
            if !exists { return false }
        }
        return true
    }
}

extension Machine {
    /// The message's octets, with the header as it is now.
    fileprivate mutating func currentSize() throws(Interruption) -> UInt64 {
        if sizeIsUnknown { throw .failed("the size of the message is not known") }
        guard let size else { throw .needs(.size) }
        guard header.isEdited else { return UInt64(max(0, size)) }
        let growth = fieldValues.growth ?? header.rendered().count - header.range.count
        fieldValues.growth = growth
        // A server may claim any size.
        let (sum, isTooMuch) = size.addingReportingOverflow(growth)
        return UInt64(max(0, isTooMuch ? size : sum))
    }
}

private struct SizeTest: Condition {
    let isOver: Bool
    let limit: UInt64

    var idle: Idle? { Idle(sizes: isOver ? 0...limit : limit...UInt64.max) }

    func holds(in machine: inout Machine) throws(Interruption) -> Bool {
        let size = try machine.currentSize()
        return isOver ? size > limit : size < limit
    }
}

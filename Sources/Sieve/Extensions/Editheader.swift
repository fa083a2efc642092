// editheader (RFC 5293): addheader and deleteheader.
// Must not touch Received and Auto-Submitted, nor any octet of a field that is not deleted.

import Mail

extension Extension {
    static let editheader = Extension(capability: "editheader", definitions: [.addheader, .deleteheader])
}

extension Definition {
    fileprivate static let addheader = Definition(
        name: "addheader",
        capabilities: ["editheader"],
        tags: [TagDefinition("last")],
        parameters: [Parameter("field name", .string), Parameter("value", .string)]
    ) { unit, call throws(CompileError) in
        let name = try unit.editableName(call.positional[0], of: call)
        let value = try unit.text(call.positional[1])
        if let constant = value.constant, constant.contains(0) {
            throw call.error(
                "addheader command: a header field cannot hold a NUL",
                fix: "remove it",
                at: call.positional[1].position
            )
        }
        if let constant = value.constant, constant.count > unit.options.limits.headerValueLength {
            throw call.error(
                "addheader command: specified header value is too large (\(constant.count) bytes)",
                fix: "at most \(unit.options.limits.headerValueLength) octets (headerValueLength)",
                at: call.positional[1].position
            )
        }
        unit.emit(AddHeader(name: name, value: value, isLast: call.has("last")))
    }

    fileprivate static let deleteheader = Definition(
        name: "deleteheader",
        capabilities: ["editheader"],
        tags: [TagDefinition("index", value: .number), TagDefinition("last")] + .matching,
        parameters: [Parameter("field name", .string), Parameter("value patterns", .stringList)],
        optionalParameters: 1
    ) { unit, call throws(CompileError) in
        if call.has("last"), !call.has("index") {
            throw call.error(
                "the :last tag for the deleteheader command cannot be specified without the :index tag",
                fix: "write :index 1 :last"
            )
        }
        let name = try unit.editableName(call.positional[0], of: call)
        let patterns = call.positional.count > 1 ? call.positional[1] : nil
        let comparison = try Comparison(call, keys: patterns, in: &unit)
        unit.emit(
            DeleteHeader(
                name: name,
                index: call.number("index").map { Int(clamping: $0) },
                isFromEnd: call.has("last"),
                comparison: patterns == nil ? nil : comparison
            )
        )
    }
}

extension CompilationUnit {
    fileprivate mutating func editableName(_ argument: Argument, of call: Call) throws(CompileError) -> Text {
        let name = try text(argument)
        guard let constant = name.constant else { return name }
        if !HeaderBlock.isFieldName(constant) {
            throw call.error(
                "\(call.definition.name) command: specified field name '\(constant.text)' is invalid",
                fix: "use letters, digits and '-', without blanks and colon",
                at: argument.position
            )
        }
        if DeleteHeader.isProtected(constant), call.definition.name == "deleteheader" {
            warn(
                "deleteheader command: deleting specified header field '\(constant.text)' is forbidden; modification "
                    + "will be denied",
                fix: "remove the command",
                at: argument.position
            )
        }
        return name
    }
}

extension DeleteHeader {
    /// Fields that must not be deleted (RFC 5293 section 6).
    static func isProtected(_ name: [UInt8]) -> Bool {
        name.isSameIgnoringCase(as: Array("Received".utf8)) || name.isSameIgnoringCase(as: Array("Auto-Submitted".utf8))
    }
}

extension Machine {
    fileprivate func fieldName(_ text: Text) throws(Interruption) -> [UInt8] {
        let name = try expand(text)
        guard HeaderBlock.isFieldName(name) else { throw .failed("specified field name '\(name.text)' is invalid") }
        return name
    }
}

extension Machine {
    /// Whether settings forbid to edit a field; they cannot forbid it for Subject (RFC 5293 section 6).
    fileprivate func isProtected(_ name: [UInt8], by fields: Set<String>) -> Bool {
        let name = name.text.lowercased()
        return name != MessageContext.alwaysEditableField && fields.contains(name)
    }

    /// Counts a header edit against the limits.
    fileprivate mutating func countEdit(adding octets: Int) throws(Interruption) {
        headerEdits += 1
        addedHeaderSize += octets
        if headerEdits > limits.headerEdits { throw .failed("too many header edits (headerEdits)") }
        if addedHeaderSize > limits.addedHeaderSize {
            throw .failed("added header fields are too large (addedHeaderSize)")
        }
    }
}

private struct AddHeader: Operation {
    let name: Text
    let value: Text
    let isLast: Bool

    func perform(in machine: inout Machine) throws(Interruption) {
        let name = try machine.fieldName(name)
        let value = try machine.expand(value)
        if machine.isProtected(name, by: machine.context.unaddableFields) { return }
        guard value.count <= machine.limits.headerValueLength else {
            throw .failed("specified field value is too long (headerValueLength)")
        }
        if value.contains(0) { throw .failed("a header field cannot hold a NUL") }
        try machine.countEdit(adding: name.count + value.count)
        do throws(HeaderEditError) {
            try machine.header.add(name: name, value: Self.unbroken(value), at: isLast ? .end : .top)
        } catch {
            throw .failed("the header field '\(name.text)' cannot be added (\(error))")
        }
        try machine.add(.addHeader(name: name.text))
    }

    /// A value that stays in one field: a fold, and any other line end with the blanks around it, is one blank; the
    /// field is folded anew (RFC 5293 section 4).
    private static func unbroken(_ value: [UInt8]) -> [UInt8] {
        var unbroken: [UInt8] = []
        var rest = value[...]
        while !rest.isEmpty {
            let gap = rest.prefix { $0.isBlank || $0.isLineEnd }
            let isFold = gap.contains(where: \.isLineEnd)
            unbroken += isFold ? [.space] : gap
            rest = rest[gap.endIndex...]
            let word = rest.prefix { !$0.isBlank && !$0.isLineEnd }
            unbroken += word
            rest = rest[word.endIndex...]
        }
        return unbroken
    }
}

private struct DeleteHeader: Operation {
    let name: Text
    let index: Int?
    let isFromEnd: Bool
    let comparison: Comparison?

    func perform(in machine: inout Machine) throws(Interruption) {
        let name = try machine.fieldName(name)
        if Self.isProtected(name) || machine.isProtected(name, by: machine.context.undeletableFields) { return }
        var doomed: [HeaderField] = []
        for field in candidates(machine.header.fields.filter { machine.header.hasName(name, $0) }) {
            if try comparison?.matches(machine.header.decodedValue(of: field), in: &machine) ?? true {
                doomed.append(field)
            }
        }
        guard !doomed.isEmpty else { return }
        try machine.countEdit(adding: 0)
        machine.header.delete(doomed)
        try machine.add(.deleteHeader(name: name.text, count: doomed.count))
    }

    private func candidates(_ fields: [HeaderField]) -> [HeaderField] {
        guard let index else { return fields }
        guard index >= 1, index <= fields.count else { return [] }
        return [isFromEnd ? fields[fields.count - index] : fields[index - 1]]
    }
}

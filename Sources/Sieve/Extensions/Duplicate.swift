// duplicate (RFC 7352): has this message, or one like it, been seen before?
// Must not remember anything: whoever runs the script does, and answers.

import Mail

extension Extension {
    static let duplicate = Extension(
        capability: "duplicate",
        definitions: [
            Definition(
                name: "duplicate",
                kind: .test,
                capabilities: ["duplicate"],
                tags: [
                    TagDefinition("handle", value: .string),
                    TagDefinition("header", value: .string, group: ":header or :uniqueid"),
                    TagDefinition("uniqueid", value: .string, group: ":header or :uniqueid"),
                    TagDefinition("seconds", value: .number),
                    TagDefinition("last"),
                ]
            ) { unit, call throws(CompileError) in
                unit.emit(
                    DuplicateTest(
                        handle: try call.tagValues["handle"].map { argument throws(CompileError) in
                            try unit.text(argument)
                        },
                        header: try call.tagValues["header"].map { argument throws(CompileError) in
                            try unit.text(argument)
                        },
                        uniqueID: try call.tagValues["uniqueid"].map { argument throws(CompileError) in
                            try unit.text(argument)
                        },
                        seconds: call.number("seconds"),
                        isLast: call.has("last")
                    )
                )
            }
        ]
    )
}

private struct DuplicateTest: Condition {
    let handle: Text?
    let header: Text?
    let uniqueID: Text?
    let seconds: UInt64?
    let isLast: Bool

    func holds(in machine: inout Machine) throws(Interruption) -> Bool {
        guard let id = try identifier(in: machine) else { return false }
        let handle = try handle.map { text throws(Interruption) in try machine.expand(text) } ?? []
        let seconds = min(seconds ?? 7 * 86_400, 90 * 86_400)
        let tracked = TrackedID(id: id, handle: handle, seconds: Int(clamping: seconds), isLast: isLast)
        let isKnown = try machine.answer(to: .duplicate(tracked))
        if !machine.tracked.contains(tracked) { machine.tracked.append(tracked) }
        return isKnown
    }

    /// What tells this message from others; nil if it has nothing of the kind (RFC 7352 section 3.1).
    private func identifier(in machine: Machine) throws(Interruption) -> [UInt8]? {
        if let uniqueID { return try machine.expand(uniqueID) }
        let name = try header.map { text throws(Interruption) in try machine.expand(text) } ?? Array("Message-ID".utf8)
        let field = machine.header.fields.first { machine.header.hasName(name, $0) }
        return field.map { machine.header.unfoldedValue(of: $0) }
    }
}

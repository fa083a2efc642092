// body (RFC 5173): what stands behind the header, as it came, by content type, or as text.
// Must not decode a part twice for one test, nor set match variables.

import Mail

extension Extension {
    static let body = Extension(
        capability: "body",
        definitions: [
            Definition(
                name: "body",
                kind: .test,
                capabilities: ["body"],
                tags: [
                    TagDefinition("raw", group: "BODY-TRANSFORM"),
                    TagDefinition("content", value: .stringList, group: "BODY-TRANSFORM"),
                    TagDefinition("text", group: "BODY-TRANSFORM"),
                ] + .matching,
                parameters: [Parameter("key list", .stringList)]
            ) { unit, call throws(CompileError) in
                let transform: BodyTest.Transform
                switch call.choice(of: "BODY-TRANSFORM") {
                case "raw": transform = .raw
                case "content":
                    transform = .content(
                        try call.tagValues["content"].map { argument throws(CompileError) in
                            try unit.texts(argument)
                        } ?? TextList([])
                    )
                default: transform = .text
                }
                let comparison = try Comparison(call, keys: call.positional[0], in: &unit, setsMatchVariables: false)
                unit.emit(BodyTest(transform: transform, comparison: comparison))
            }
        ]
    )
}

extension Machine {
    /// The whole message, read once; edits of the header do not change how it is read (RFC 5293 section 7).
    mutating func wholeMessage() throws(Interruption) -> Message {
        if let message { return message }
        guard let octets = context.message else { throw .needs(.message) }
        let read = Message(octets)
        message = read
        return read
    }
}

extension Machine {
    /// The whole message; throws if not all of its parts were looked into, as what no test sees could be what it looks
    /// for.
    mutating func completeMessage() throws(Interruption) -> Message {
        let message = try wholeMessage()
        guard message.isComplete else {
            let limits = message.defects.filter(\.kind.exceedsLimit).map(\.name)
            throw .failed("the message is beyond a limit of reading it (\(limits.joined(separator: ", ")))")
        }
        return message
    }
}

private struct BodyTest: Condition {
    enum Transform: Sendable {
        case raw
        case content(TextList)
        case text
    }

    let transform: Transform
    let comparison: Comparison

    var depth: Depth { .body }

    func holds(in machine: inout Machine) throws(Interruption) -> Bool {
        let message = try machine.completeMessage()
        guard message.hasBody else { return false }
        try machine.checkTime()
        if comparison.counts {
            return try comparison.matches(count: try strings(of: message, in: machine).count, in: &machine)
        }
        for string in try strings(of: message, in: machine) {
            if try comparison.matches(string, in: &machine) { return true }
        }
        return false
    }

    private func strings(of message: Message, in machine: Machine) throws(Interruption) -> [[UInt8]] {
        switch transform {
        case .raw: return [Array(message.bytes[message.header.range.upperBound...])]
        case .text: return message.leaves.filter { Self.isText($0.contentType) }.map { message.plainText(of: $0) }
        case .content(let types):
            let types = try machine.expand(types)
            return message.inOrder.filter { part in types.contains { Self.matches(part.contentType, $0) } }
                .flatMap { Self.strings(of: $0, in: message) }
        }
    }

    private static func isText(_ type: ContentType) -> Bool {
        type.matches("text") || type.matches("application", "xhtml+xml")
    }

    /// What of a part is searched (RFC 5173 section 5.2).
    private static func strings(of part: Part, in message: Message) -> [[UInt8]] {
        if part.contentType.isMessage, let child = part.children.first {
            return [message.parts[child].header.renderedFields()]
        }
        if part.isContainer {
            return [part.preamble, part.epilogue].compactMap { $0.map { Array(part.header.bytes[$0]) } }
        }
        return [message.text(of: part)]
    }

    /// Whether a content type is meant by an element of `:content`.
    private static func matches(_ type: ContentType, _ wanted: [UInt8]) -> Bool {
        if wanted.isEmpty { return true }
        let parts = wanted.split(separator: .slash, omittingEmptySubsequences: false)
        guard parts.count <= 2, parts.allSatisfy({ !$0.isEmpty }) else { return false }
        return type.type.isSameIgnoringCase(as: parts[0])
            && (parts.count == 1 || type.subtype.isSameIgnoringCase(as: parts[1]))
    }
}

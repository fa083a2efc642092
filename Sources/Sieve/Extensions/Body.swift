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
                let number = transform.words.map { unit.bodyNumber($0) }
                let comparison = try Comparison(
                    call,
                    keys: call.positional[0],
                    in: &unit,
                    setsMatchVariables: false,
                    of: number
                )
                unit.emit(
                    BodyTest(transform: transform, number: number, comparison: comparison),
                    comparing: comparison
                )
            }
        ]
    )
}

extension Machine {
    /// The whole message, read once; edits of the header do not change how it is read (RFC 5293 section 7).
    mutating func wholeMessage() throws(Interruption) -> Message {
        if let message { return message }
        if let messageRefusal { throw .failed("the whole message is not to be had: \(messageRefusal)") }
        guard let octets = context.message else { throw .needs(.message) }
        let read = Message(octets)
        message = read
        return read
    }

    /// The whole message; throws if not all of its parts were looked into, as what no test sees could be what it looks
    /// for.
    mutating func completeMessage() throws(Interruption) -> Message {
        let message = try wholeMessage()
        try Self.check(message.defects)
        return message
    }

    /// Throws if anything was not read.
    static func check(_ defects: [Defect]) throws(Interruption) {
        let beyond = defects.filter(\.kind.exceedsLimit).map(\.name)
        if beyond.isEmpty { return }
        throw .failed("the message is beyond a limit of reading it (\(beyond.joined(separator: ", ")))")
    }

    /// The text of a part, HTML without its tags if `isPlain`; throws if it is longer than what is converted.
    mutating func text(of part: Part, in message: Message, isPlain: Bool) throws(Interruption) -> [UInt8] {
        try checkTime()
        if let text = decodedTexts[part.index, isPlain: isPlain] { return text }
        var defects = Defects()
        let text =
            isPlain ? message.plainText(of: part, noting: &defects) : message.text(of: part, noting: &defects)
        try Self.check(defects.list)
        decodedTexts[part.index, isPlain: isPlain] = text
        return text
    }
}

private struct BodyTest: Condition {
    enum Transform: Sendable {
        case raw
        case content(TextList)
        case text

        /// What names it among the texts of a script; nil if it is another each time.
        var words: [[UInt8]]? {
            switch self {
            case .raw: [Array("raw".utf8)]
            case .text: [Array("text".utf8)]
            case .content(let types): types.constants.map { [Array("content".utf8)] + $0 }
            }
        }
    }

    /// Something that is searched, where it lies. One after the other is made a string, so that a test takes the memory
    /// of one.
    private enum Source {
        case octets(MessageOctets, Range<Int>)
        case header(HeaderBlock)
        case text(Part)
        case plainText(Part)
    }

    let transform: Transform
    /// The number of what is searched, if others can search the same.
    let number: Int?
    let comparison: Comparison

    var depth: Depth { .body }

    func holds(in machine: inout Machine) throws(Interruption) -> Bool {
        let message = try machine.completeMessage()
        guard message.hasBody else {
            if let number { Self.scan([], of: number, in: message, &machine) }
            return false
        }
        try machine.checkTime()
        let sources = try sources(in: message, machine)
        if comparison.counts { return try comparison.matches(count: sources.count, in: &machine) }
        if let number { Self.scan(sources, of: number, in: message, &machine) }
        if machine.trace == nil, !comparison.mayMatch(in: machine) { return false }
        for source in sources {
            if try comparison.matches(try Self.string(of: source, in: message, &machine), in: &machine) { return true }
        }
        return false
    }

    /// Scans what is searched for what all tests of it look for. What can't be had stops that: which test fails for it
    /// depends on what they find before it.
    private static func scan(_ sources: [Source], of number: Int, in message: Message, _ machine: inout Machine) {
        guard var found = machine.candidates.beginScan(ofBody: number) else { return }
        for source in sources {
            guard let string = try? string(of: source, in: message, &machine) else { return }
            machine.candidates.scan(string, into: &found)
        }
        machine.candidates.settle(number, by: found)
    }

    private func sources(in message: Message, _ machine: Machine) throws(Interruption) -> [Source] {
        switch transform {
        case .raw:
            return [.octets(message.octets, message.parts[0].headerRange.upperBound..<message.octets.count)]
        case .text: return message.leaves.filter { Self.isText($0.contentType) }.map { .plainText($0) }
        case .content(let types):
            let types = try machine.expand(types)
            return message.inOrder.filter { part in types.contains { Self.matches(part.contentType, $0) } }
                .flatMap { Self.sources(of: $0, in: message) }
        }
    }

    private static func isText(_ type: ContentType) -> Bool {
        type.matches("text") || type.matches("application", "xhtml+xml")
    }

    /// What of a part is searched (RFC 5173 section 5.2).
    private static func sources(of part: Part, in message: Message) -> [Source] {
        if part.contentType.isMessage, let child = part.children.first { return [.header(message.parts[child].header)] }
        if part.isContainer {
            return [part.preamble, part.epilogue].compactMap { $0.map { .octets(part.octets, $0) } }
        }
        return [.text(part)]
    }

    private static func string(
        of source: Source,
        in message: Message,
        _ machine: inout Machine
    ) throws(Interruption) -> [UInt8] {
        switch source {
        case .octets(let octets, let range): octets.array(in: range)
        case .header(let header): header.renderedFields()
        case .text(let part): try machine.text(of: part, in: message, isPlain: false)
        case .plainText(let part): try machine.text(of: part, in: message, isPlain: true)
        }
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

// mime (RFC 5703 section 4): header fields of parts, and what is in a content type or disposition.
// Must not change a part: replace and enclose do.

import Mail

extension Extension {
    static let mime = Extension(capability: "mime")
}

extension [TagDefinition] {
    /// `:mime` and `:anychild`, which choose whose header fields are looked at.
    static let partScope: [TagDefinition] = [
        TagDefinition("mime", capability: "mime"), TagDefinition("anychild", capability: "mime"),
    ]

    /// MIMEOPTS, which choose what of a field is looked at.
    static let mimeOptions: [TagDefinition] = [
        TagDefinition("type", group: "MIMEOPTS", capability: "mime"),
        TagDefinition("subtype", group: "MIMEOPTS", capability: "mime"),
        TagDefinition("contenttype", group: "MIMEOPTS", capability: "mime"),
        TagDefinition("param", value: .stringList, group: "MIMEOPTS", capability: "mime"),
    ]
}

/// Whose header fields a test looks at.
enum PartScope: Sendable {
    /// The message's own, edits included.
    case message
    /// The current part's.
    case part
    /// The current part's and those of all parts in it.
    case anyChild

    init(_ call: Call) throws(CompileError) {
        if call.has("anychild"), !call.has("mime") {
            throw call.error(
                "the :anychild tag cannot be specified without the :mime tag",
                fix: "write :mime :anychild"
            )
        }
        self = call.has("anychild") ? .anyChild : call.has("mime") ? .part : .message
    }

    /// Whether the message's own header is all there is to look at.
    func isOwnHeader(in machine: Machine) -> Bool {
        switch self {
        case .message: true
        case .part: machine.currentPart == 0
        case .anyChild: false
        }
    }

    /// The headers to look at.
    func headers(in machine: inout Machine) throws(Interruption) -> [HeaderBlock] {
        switch self {
        case .message: return [machine.header]
        case .part where machine.currentPart == 0: return [machine.header]
        case .part: return [try machine.wholeMessage().parts[machine.currentPart].header]
        case .anyChild:
            let message = try machine.completeMessage()
            try machine.checkTime()
            let parts = message.descendants(of: machine.currentPart).map(\.header)
            return machine.currentPart == 0 ? [machine.header] + parts.dropFirst() : parts
        }
    }

    var depth: Depth {
        switch self {
        case .message: .header
        case .part, .anyChild: .body
        }
    }
}

extension Message {
    /// A part and all parts in it, each before those that are in it.
    func descendants(of index: Int) -> [Part] {
        var found: [Part] = []
        var next = [index]
        while let index = next.popLast() {
            found.append(parts[index])
            next += parts[index].children.reversed()
        }
        return found
    }
}

/// What of a header field is compared.
enum FieldAspect: Sendable {
    /// Its whole value as text.
    case value
    case type
    case subtype
    case contentType
    case parameters(TextList)

    init(_ call: Call, in unit: inout CompilationUnit) throws(CompileError) {
        guard let option = call.choice(of: "MIMEOPTS") else {
            self = .value
            return
        }
        if !call.has("mime") {
            throw call.error(
                "the :\(option) tag cannot be specified without the :mime tag",
                fix: "write :mime :\(option)"
            )
        }
        switch (option, call.tagValues["param"]) {
        case ("param", let argument?): self = .parameters(try unit.texts(argument))
        case ("type", _): self = .type
        case ("subtype", _): self = .subtype
        default: self = .contentType
        }
    }

    var isValue: Bool { if case .value = self { true } else { false } }

    /// The strings to compare. What a field has no such thing of counts as an empty string (RFC 5703 section 4.1).
    func strings(of field: HeaderField, in header: HeaderBlock, _ machine: Machine) throws(Interruption) -> [[UInt8]] {
        if case .value = self { return [header.decodedValue(of: field)] }
        guard Self.mimeFields.contains(where: { header.hasName($0, field) }) else { return [[]] }
        let text = header.unfoldedValue(of: field)
        let type = header.isField(field, named: Self.typeField) ? ContentType(text) : nil
        let value = type?.value ?? ParameterizedValue(text)
        switch self {
        case .value: return []
        case .type: return [type?.type ?? value.value]
        case .subtype: return [type?.subtype ?? []]
        case .contentType: return [type.map { $0.type + [.slash] + $0.subtype } ?? value.value]
        case .parameters(let names):
            // What no test sees could be what it looks for.
            guard value.isComplete else {
                throw .failed("a field has more parameters than are read (too-many-parameters)")
            }
            let names = try machine.expand(names)
            let wanted = value.parameters.filter { parameter in
                names.contains { $0.isSameIgnoringCase(as: parameter.name) }
            }
            return wanted.isEmpty ? [[]] : wanted.map(\.value)
        }
    }

    private static let typeField = Array("Content-Type".utf8)
    private static let mimeFields = [typeField, Array("Content-Disposition".utf8)]
}

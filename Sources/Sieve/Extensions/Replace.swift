// replace (RFC 5703 section 5) and enclose (section 6): new contents for a part, a wrapping for the message.
// Must not touch the message while the script runs: tests see it as it came, and the end makes the new one.

import Mail

extension Extension {
    static let replace = Extension(capability: "replace", definitions: [.replace])
    static let enclose = Extension(capability: "enclose", definitions: [.enclose])
}

extension Definition {
    fileprivate static let replace = Definition(
        name: "replace",
        capabilities: ["replace"],
        tags: [
            TagDefinition("mime"), TagDefinition("subject", value: .string), TagDefinition("from", value: .string),
        ],
        parameters: [Parameter("replacement", .string)]
    ) { unit, call throws(CompileError) in
        let from = try unit.tagText("from", of: call)
        if let constant = from?.constant, !Replace.areMailboxes(constant) {
            throw call.error(
                "replace command: '\(constant.text)' cannot be a From field",
                fix: "write an address, such as \"Filter <filter@example.com>\"",
                at: call.tagValues["from"]?.position
            )
        }
        unit.emit(
            Replace(
                isMIME: call.has("mime"),
                subject: try unit.tagText("subject", of: call),
                from: from,
                content: try unit.text(call.positional[0])
            )
        )
    }

    fileprivate static let enclose = Definition(
        name: "enclose",
        capabilities: ["enclose"],
        tags: [TagDefinition("subject", value: .string), TagDefinition("headers", value: .stringList)],
        parameters: [Parameter("text", .string)]
    ) { unit, call throws(CompileError) in
        let headers = try call.tagValues["headers"].map { argument throws(CompileError) in try unit.texts(argument) }
        let subject = try unit.tagText("subject", of: call)
        unit.emit(Enclose(subject: subject, headers: headers, text: try unit.text(call.positional[0])))
    }
}

extension CompilationUnit {
    /// The string given to a tag.
    mutating func tagText(_ tag: String, of call: Call) throws(CompileError) -> Text? {
        try call.tagValues[tag].map { argument throws(CompileError) in try text(argument) }
    }
}

/// A change to the message that is made when all scripts have run.
enum Rewrite {
    /// Header and body for a part; 0 is the message itself, whose other fields stay.
    case replace(part: Int, octets: [UInt8], subject: [UInt8]?, from: [UInt8]?)
    case enclose(subject: [UInt8]?, fields: [[UInt8]], text: [UInt8])
}

private struct Replace: Operation {
    let isMIME: Bool
    let subject: Text?
    let from: Text?
    let content: Text

    var depth: Depth { .body }

    func perform(in machine: inout Machine) throws(Interruption) {
        _ = try machine.wholeMessage()
        let content = try machine.expand(content)
        let from = try from.map { text throws(Interruption) in try machine.expand(text) }
        let subject = try subject.map { text throws(Interruption) in try machine.expand(text) }
        for value in [subject, from].compactMap(\.self) where value.count > machine.limits.headerValueLength {
            throw .failed("specified field value is too long (headerValueLength)")
        }
        if let from, !Self.areMailboxes(from) { throw .failed("replace: '\(from.text)' cannot be a From field") }
        let rewrite = Rewrite.replace(
            part: machine.currentPart,
            octets: isMIME ? content : MIMEWriter.textPart(content),
            subject: subject,
            from: from
        )
        try machine.add(rewrite, as: .replace)
    }

    /// Whether a value is a list of mailboxes (RFC 5703 section 5).
    static func areMailboxes(_ value: [UInt8]) -> Bool {
        let list = AddressList(value)
        return list.defects.isEmpty && !list.addresses.isEmpty && list.addresses.allSatisfy(\.isValid)
    }
}

private struct Enclose: Operation {
    let subject: Text?
    let headers: TextList?
    let text: Text

    var depth: Depth { .body }

    func perform(in machine: inout Machine) throws(Interruption) {
        _ = try machine.wholeMessage()
        let standard = ["Date", "From", "To", "Cc", "Subject", "Message-ID"].map { Array($0.utf8) }
        let rewrite = Rewrite.enclose(
            subject: try subject.map { text throws(Interruption) in try machine.expand(text) },
            fields: try headers.map { list throws(Interruption) in try machine.expand(list) } ?? standard,
            text: try machine.expand(text)
        )
        try machine.add(rewrite, as: .enclose)
    }
}

extension Machine {
    /// Collects a change of the message.
    mutating func add(_ rewrite: Rewrite, as kind: Action.Kind) throws(Interruption) {
        if rewrites.count >= limits.rewrites { throw .failed("too many changes of the message (rewrites)") }
        try add(kind)
        rewrites.append(rewrite)
    }

    /// The message after all rewrites, header edits included; nil if there are none.
    var rewritten: MessagePieces? {
        guard !rewrites.isEmpty, let message else { return nil }
        var parts = Rewriting(message)
        parts.replaceHeader(with: header)
        var whole: Rewrite?
        for rewrite in replacementsFromOutside(in: message) {
            guard case .replace(let index, let octets, _, _) = rewrite else { continue }
            if index == 0 { whole = rewrite } else { _ = parts.replace(message.parts[index], with: octets) }
        }
        var result = whole.flatMap(replaced).map { MessagePieces(MessageOctets($0)) } ?? parts.rendered()
        for rewrite in rewrites {
            guard case .enclose(let subject, let fields, let text) = rewrite else { continue }
            result = Self.enclosed(result, subject, fields, text)
        }
        return result
    }

    /// The replacements, each before those of parts in its own: a part that goes takes with it what is in it. Where an
    /// attached message had to be decoded to find a part, there is no place for the part alone: all of it is replaced.
    private func replacementsFromOutside(in message: Message) -> [Rewrite] {
        let found = rewrites.enumerated().compactMap { place, rewrite -> (depth: Int, place: Int, rewrite: Rewrite)? in
            guard case .replace(let index, let octets, _, _) = rewrite else { return nil }
            let part = message.holder(of: message.parts[index])
            if part.index == index { return (part.depth, place, rewrite) }
            return (part.depth, place, .replace(part: part.index, octets: octets, subject: nil, from: nil))
        }
        return found.sorted { ($0.depth, $0.place) < ($1.depth, $1.place) }.map(\.rewrite)
    }

    /// The message with nothing left of its body and of the header fields that describe it.
    private func replaced(_ rewrite: Rewrite) -> [UInt8]? {
        guard case .replace(_, let octets, let subject, let from) = rewrite else { return nil }
        var header = header
        header.delete(header.fields.filter { Self.describesBody(header.name(of: $0)) })
        var originals: [UInt8] = []
        for (name, value) in [("Subject", subject), ("From", from)] {
            guard let value else { continue }
            originals += header.originals(of: name)
            header.set(name, value)
        }
        if header.firstField(named: Array("MIME-Version".utf8)) == nil { header.set("MIME-Version", Array("1.0".utf8)) }
        return header.renderedFields() + originals + octets
    }

    private static func describesBody(_ name: ArraySlice<UInt8>) -> Bool {
        name.prefix(8).isSameIgnoringCase(as: Array("Content-".utf8))
    }

    private static func enclosed(
        _ message: MessagePieces,
        _ subject: [UInt8]?,
        _ names: [[UInt8]],
        _ text: [UInt8]
    ) -> MessagePieces {
        var header = message.header()
        for line in header.strayLines { header.deleteLines(line) }
        header.delete(
            header.fields.filter { field in
                !names.contains { header.hasName($0, field) } || describesBody(header.name(of: field))
            }
        )
        if let subject { header.set("Subject", subject) }
        return MIMEWriter.enclosing(message, text: text, fields: header.renderedFields())
    }
}

extension HeaderBlock {
    /// The fields of a name as they stand, under the name that keeps them when they are replaced (RFC 5703 section 5).
    fileprivate func originals(of name: String) -> [UInt8] {
        fields(named: Array(name.utf8)).flatMap { field in
            Array("Original-\(name):".utf8) + body(of: field) + [.carriageReturn, .lineFeed]
        }
    }

    /// Puts one field in the place of all of its name; a value that cannot be one is left out.
    fileprivate mutating func set(_ name: String, _ value: [UInt8]) {
        let octets = Array(name.utf8)
        delete(fields.filter { hasName(octets, $0) })
        _ = try? add(name: octets, value: value.map { $0 < 0x20 ? .space : $0 }, at: .end)
    }
}

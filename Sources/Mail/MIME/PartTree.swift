// Grows the tree of parts: messages, and the messages that have to be decoded to be found.
// Must not scan bodies: PartScanner does.

/// The parts that were found so far.
struct PartTree {
    private(set) var parts: [Part] = []
    var defects = Defects()
    let reading: Message.BoundaryReading
    let limits: Limits
    /// Messages whose parts are still to be read: message/rfc822 parts with an encoding, which RFC 2046 section 5.2.1
    /// forbids and many readers decode.
    private var encodedMessages: [Int] = []
    private var decodedOctets = 0
    /// The octets of all headers so far.
    private(set) var headerOctets = 0

    init(reading: Message.BoundaryReading, limits: Limits) {
        self.reading = reading
        self.limits = limits
    }

    /// Reads a whole message, and then those inside it that are encoded.
    mutating func read(_ octets: MessageOctets) {
        scan(octets, parent: nil)
        var next = 0
        while next < encodedMessages.count {
            readEncoded(parts[encodedMessages[next]])
            next += 1
        }
    }

    private mutating func scan(_ octets: MessageOctets, parent: Int?) {
        // Handed over and taken back, so that there is never a second owner and the parts are not copied.
        var own = PartTree(reading: reading, limits: limits)
        swap(&own, &self)
        var scanner = PartScanner(octets, tree: consume own)
        scanner.scan(parent: parent)
        self = scanner.finished()
    }

    private mutating func readEncoded(_ part: Part) {
        var found = Defects()
        let decoded = part.octets.withOctets(in: part.body) {
            TransferDecoder.decode($0, part.encoding, noting: &found)
        }
        decodedOctets += decoded.count
        guard decodedOctets <= limits.decodedOctets else {
            defects.note(.tooMuchDecoded, at: offset(of: part))
            return
        }
        let before = defects
        defects = Defects()
        scan(MessageOctets(decoded), parent: part.index)
        let inner = defects
        defects = before
        for defect in found.list + inner.list { defects.note(defect.kind, at: offset(of: part)) }
    }

    /// Where `part` is in the message as it came.
    private func offset(of part: Part) -> Int {
        var part = part
        while part.isFromDecoded, let parent = part.parent { part = parts[parent] }
        return part.body.lowerBound
    }

    // MARK: Growing

    /// Whether another part may be made; the message itself always may.
    mutating func hasRoom(at offset: Int) -> Bool {
        if parts.isEmpty || parts.count < limits.parts && headerOctets < limits.headerOctets { return true }
        defects.note(.tooManyParts, at: offset)
        return false
    }

    /// Makes a part of what `header` begins, which stands at `range` of `octets`; its body ends where it begins until
    /// somebody knows better.
    mutating func add(
        _ header: HeaderBlock,
        at range: Range<Int>,
        of octets: MessageOctets,
        parent: Int?,
        default defaultType: ContentType
    ) -> Part {
        headerOctets += range.count
        let start = range.lowerBound
        for defect in header.defects { defects.note(defect.kind, at: start + defect.offset) }
        let encoding = encoding(of: header, at: start)
        var type = contentType(of: header, at: start) ?? defaultType
        if reading == .strict, type.isMalformed { type = type.withoutParts }
        if encoding == .unknown, !type.mayHoldParts, !type.isMessage { type = type.asOctetStream }
        let disposition = header.firstField(named: "Content-Disposition").map { field in
            let value = ParameterizedValue(header.unfoldedValue(of: field), limits: limits)
            for defect in value.defects { defects.note(defect.kind, at: start + field.start) }
            return value
        }
        let holder = parent.map { parts[$0] }
        let isDecoded = holder.map { $0.isFromDecoded || $0.encoding != .identity && $0.contentType.isMessage } ?? false
        let part = Part(
            index: parts.count,
            parent: parent,
            depth: holder.map { $0.depth + 1 } ?? 0,
            header: header,
            octets: octets,
            headerRange: range,
            body: range.upperBound..<range.upperBound,
            contentType: type,
            disposition: disposition,
            encoding: encoding,
            isFromDecoded: isDecoded
        )
        check(part)
        parts.append(part)
        if let parent { parts[parent].children.append(part.index) }
        return part
    }

    private mutating func contentType(of header: HeaderBlock, at start: Int) -> ContentType? {
        guard let field = header.firstField(named: "Content-Type") else { return nil }
        let type = ContentType(header.unfoldedValue(of: field), limits: limits)
        if type?.isMalformed ?? true { defects.note(.malformedContentType, at: start + field.start) }
        for defect in type?.value.defects ?? [] { defects.note(defect.kind, at: start + field.start) }
        return type
    }

    private mutating func encoding(of header: HeaderBlock, at start: Int) -> TransferEncoding {
        guard let field = header.firstField(named: "Content-Transfer-Encoding") else { return .identity }
        let (encoding, defect) = TransferEncoding.read(header.unfoldedValue(of: field))
        if let defect { defects.note(defect, at: start + field.start) }
        return encoding
    }

    private mutating func check(_ part: Part) {
        let start = part.headerRange.lowerBound
        let isEncoded = part.encoding != .identity && part.encoding != .unknown
        if isEncoded, part.contentType.isMultipart || part.contentType.isMessage {
            defects.note(.encodedContainer, at: start)
        }
        if part.contentType.matches("message") {
            if part.contentType.matches("message", "partial") { defects.note(.partialMessage, at: start) }
            if part.contentType.matches("message", "external-body") { defects.note(.externalBody, at: start) }
        }
        if part.disposition != nil, part.fileNames.count > 1 { defects.note(.differingFileNames, at: start) }
    }

    /// Puts a message that has to be decoded on the list of those to read.
    mutating func readLater(_ part: Int) { encodedMessages.append(part) }

    mutating func end(_ part: Int, at offset: Int) {
        let start = parts[part].body.lowerBound
        parts[part].body = start..<max(start, offset)
    }

    /// What only seemed to be a multipart is content after all.
    mutating func setContent(of part: Int) {
        if parts[part].contentType.isMalformed { parts[part].contentType = parts[part].contentType.withoutParts }
    }

    mutating func setPreamble(of part: Int, _ range: Range<Int>) { parts[part].preamble = range }

    mutating func setEpilogue(of part: Int, _ range: Range<Int>) { parts[part].epilogue = range }
}

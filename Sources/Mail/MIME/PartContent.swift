// What is in a part: its octets decoded, its text as UTF-8, its text without HTML.
// Must not keep what it made.

extension Message {
    /// The body of `part`, its transfer encoding undone. That of a multipart or an attached message is as it came.
    public func decodedBody(of part: Part) -> [UInt8] {
        var defects = Defects()
        return decodedBody(of: part, noting: &defects)
    }

    /// The same, with what is wrong in it; the offsets are those of the body's beginning.
    public func decodedBody(of part: Part, noting defects: inout Defects) -> [UInt8] {
        if part.isContainer { return part.bodyBytes }
        var found = Defects()
        let body = part.octets.withOctets(in: part.body) { TransferDecoder.decode($0, part.encoding, noting: &found) }
        for defect in found.list { defects.note(defect.kind, at: part.body.lowerBound) }
        return body
    }

    /// The body of `part` decoded and, if it is text, converted to UTF-8. Other types come as they are decoded. Of a text
    /// there is no more than `Limits.textOctets`.
    public func text(of part: Part) -> [UInt8] {
        var defects = Defects()
        return text(of: part, noting: &defects)
    }

    /// The same, with what is wrong in it; the offsets are those of the body's beginning.
    public func text(of part: Part, noting defects: inout Defects) -> [UInt8] {
        let body = decodedBody(of: part, noting: &defects)
        guard part.contentType.matches("text") else { return body }
        if body.count > limits.textOctets { defects.note(.tooMuchDecoded, at: part.body.lowerBound) }
        let name = part.contentType.value["charset"] ?? Array("us-ascii".utf8)
        var text: [UInt8] = []
        let outcome = Charset(name: name[...]).decode(body.prefix(limits.textOctets), into: &text)
        if let defect = outcome.defect { defects.note(defect, at: part.body.lowerBound) }
        return text
    }

    /// What a person reads of `part`, for `body :text` (RFC 5173 section 5.3): its text, HTML without its tags.
    public func plainText(of part: Part) -> [UInt8] {
        var defects = Defects()
        return plainText(of: part, noting: &defects)
    }

    /// The same, with what is wrong in it; the offsets are those of the body's beginning.
    public func plainText(of part: Part, noting defects: inout Defects) -> [UInt8] {
        let text = text(of: part, noting: &defects)
        let isHTML = part.contentType.matches("text", "html") || part.contentType.matches("application", "xhtml+xml")
        return isHTML ? HTMLText.plain(text) : text
    }

    /// What is wrong with the whole message, its contents and header values included: all of them are decoded for it.
    public func allDefects() -> [Defect] {
        var defects = Defects()
        for defect in self.defects { defects.note(defect.kind, at: defect.offset) }
        for part in parts {
            var found = Defects()
            var ofHeader = Defects()
            part.header.noteDefectsOfValues(in: &ofHeader)
            found.note(ofHeader, movedBy: part.headerRange.lowerBound)
            if !part.isContainer {
                let text = text(of: part, noting: &found)
                let isText = part.contentType.matches("text") && part.encoding != .uuencode
                if isText, UUEncoding.isEmbedded(in: text) { found.note(.embeddedUuencode, at: part.body.lowerBound) }
            }
            let holder = part.isFromDecoded ? holder(of: part).body.lowerBound : nil
            for defect in found.list { defects.note(defect.kind, at: holder ?? defect.offset) }
        }
        return defects.list
    }

    /// The part of the message as it came that `part` was decoded from; `part` itself if its octets are the message's.
    public func holder(of part: Part) -> Part {
        var part = part
        while part.isFromDecoded, let parent = part.parent { part = parts[parent] }
        return part
    }
}

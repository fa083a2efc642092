// HTML without what acts or calls home: scripts, forms, remote pictures, frames; text and layout stay.
// Must not put out a tag, an attribute or an address that is not on its lists: what is unknown is left out.

/// Makes HTML harmless.
///
/// Every tag is written anew from its name and its attributes, so that what comes out is read in one way whatever a
/// browser made of what came in.
public struct HTMLCleaner {
    private let html: [UInt8]
    private var position = 0
    private var output: [UInt8] = []

    /// `html`, which is UTF-8, without what is not harmless. What was clean may be written in another way.
    public static func clean(_ html: [UInt8]) -> [UInt8] {
        var cleaner = HTMLCleaner(html: html)
        cleaner.run()
        return cleaner.output
    }

    private init(html: [UInt8]) { self.html = html }

    private mutating func run() {
        output.reserveCapacity(html.count)
        while position < html.count {
            let octet = html[position]
            position += 1
            switch octet {
            case .less: markup()
            case .greater: output += Array("&gt;".utf8)
            case .nul: break
            default: output.append(octet)
            }
        }
    }

    // MARK: Markup

    /// What follows a sign that may begin a tag.
    private mutating func markup() {
        guard position < html.count else { return escapeLess() }
        let next = html[position]
        if next.lowercased &- 0x61 < 26 { return openingTag() }
        if next == .slash, position + 1 < html.count, html[position + 1].lowercased &- 0x61 < 26 { return closingTag() }
        if next == 0x21 || next == .question || next == .slash { return declaration() }
        escapeLess()
    }

    private mutating func escapeLess() { output += Array("&lt;".utf8) }

    /// Comments, declarations and instructions go, but for the one that says that it is HTML.
    private mutating func declaration() {
        if stands("!--", at: position) {
            position += 3
            // `<!-->` and `<!--->` are whole comments.
            if stands(">", at: position) || stands("->", at: position) { return skip(behind: ">") }
            return skip(behind: "-->")
        }
        let isDocument = stands("!doctype html", at: position)
        skip(behind: ">")
        if isDocument { output += Array("<!DOCTYPE html>".utf8) }
    }

    private mutating func openingTag() {
        let name = name()
        let attributes = attributes()
        if HTMLNames.rawText.contains(name) {
            let content = rawText(of: name)
            if name == "style" { output += Array("<style>".utf8) + HTMLStyle.clean(content) + Array("</style>".utf8) }
            return
        }
        if HTMLNames.hidden.contains(name) { return skipContent(of: name) }
        guard HTMLNames.tags.contains(name) else { return }
        output += [.less] + Array(name.utf8)
        var seen: Set<String> = []
        for (attribute, value) in attributes where seen.insert(attribute).inserted {
            guard let value = HTMLNames.cleaned(value, of: attribute, in: name) else { continue }
            output += [.space] + Array(attribute.utf8) + [.equals, .quote] + value + [.quote]
        }
        output.append(.greater)
    }

    private mutating func closingTag() {
        position += 1
        let name = name()
        _ = attributes()
        if HTMLNames.tags.contains(name) { output += Array("</\(name)>".utf8) }
    }

    // MARK: Pieces

    /// In small letters.
    private mutating func name() -> String {
        let start = position
        while position < html.count, !Self.endsName(html[position]) { position += 1 }
        return String(decoding: html[start..<position].map(\.lowercased), as: UTF8.self)
    }

    private static func endsName(_ octet: UInt8) -> Bool {
        octet.isWhiteSpace || octet == 0x0C || octet == .slash || octet == .greater
    }

    /// The attributes of a tag, and behind its end. One that does not end goes to the end of all.
    private mutating func attributes() -> [(String, [UInt8])] {
        var found: [(String, [UInt8])] = []
        while position < html.count, html[position] != .greater {
            if Self.endsName(html[position]) {
                position += 1
                continue
            }
            let start = position
            position += 1
            while position < html.count, !Self.endsName(html[position]), html[position] != .equals { position += 1 }
            let name = String(decoding: html[start..<position].map(\.lowercased), as: UTF8.self)
            found.append((name, value()))
        }
        if position < html.count { position += 1 } else { found = [] }
        return found
    }

    private mutating func value() -> [UInt8] {
        skipWhiteSpace()
        guard position < html.count, html[position] == .equals else { return [] }
        position += 1
        skipWhiteSpace()
        guard position < html.count else { return [] }
        let quote = html[position]
        guard quote == .quote || quote == 0x27 else {
            let start = position
            while position < html.count, !html[position].isWhiteSpace, html[position] != 0x0C,
                html[position] != .greater
            {
                position += 1
            }
            return Array(html[start..<position])
        }
        let start = position + 1
        position = html[start...].firstIndex(of: quote) ?? html.count
        let value = html[start..<position]
        position = min(position + 1, html.count)
        return Array(value)
    }

    private mutating func skipWhiteSpace() {
        while position < html.count, html[position].isWhiteSpace || html[position] == 0x0C { position += 1 }
    }

    /// The content of an element in which nothing but its own end is a tag, and behind that.
    private mutating func rawText(of name: String) -> ArraySlice<UInt8> {
        let start = position
        while position < html.count {
            let end = position + 2 + name.utf8.count
            if html[position] == .less, stands("/" + name, at: position + 1),
                end >= html.count || Self.endsName(html[end])
            {
                let content = html[start..<position]
                position = min(end, html.count)
                _ = attributes()
                return content
            }
            position += 1
        }
        return html[start...]
    }

    /// Behind the end of an element that goes whole, others of its name in it counted.
    private mutating func skipContent(of name: String) {
        var depth = 1
        while position < html.count, depth > 0 {
            let isTag = html[position] == .less
            position += 1
            guard isTag else { continue }
            let isClosing = stands("/" + name, at: position)
            let end = position + name.utf8.count + (isClosing ? 1 : 0)
            guard isClosing || stands(name, at: position), end >= html.count || Self.endsName(html[end]) else {
                continue
            }
            position = min(end, html.count)
            _ = attributes()
            depth += isClosing ? -1 : 1
        }
    }

    /// Whether `text`, in small letters, stands at a place, in any case.
    private func stands(_ text: String, at place: Int) -> Bool {
        guard place + text.utf8.count <= html.count else { return false }
        var place = place
        for octet in text.utf8 {
            if html[place].lowercased != octet { return false }
            place += 1
        }
        return true
    }

    private mutating func skip(behind end: String) {
        while position < html.count {
            if stands(end, at: position) {
                position += end.utf8.count
                return
            }
            position += 1
        }
    }
}

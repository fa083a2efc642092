// The text that a person reads of HTML, as far as a filter needs it.
// Must not be a browser: no style sheet, no script, no tree.

/// Takes the tags out of HTML.
struct HTMLText {
    private let html: [UInt8]
    private var position = 0
    private var output: [UInt8] = []

    /// The text of `html`, UTF-8 in and out: tags and comments removed, scripts and style sheets too, entities decoded,
    /// a line end for what begins a new line, other white space made one space.
    static func plain(_ html: [UInt8]) -> [UInt8] {
        var text = HTMLText(html: html)
        text.run()
        return text.output
    }

    private init(html: [UInt8]) { self.html = html }

    private mutating func run() {
        output.reserveCapacity(html.count / 2)
        while position < html.count {
            let octet = html[position]
            switch octet {
            case .less: tag()
            case 0x26: entity()  // &
            default:
                position += 1
                append(octet)
            }
        }
    }

    private mutating func append(_ octet: UInt8) {
        guard octet.isWhiteSpace else { return output.append(octet) }
        if let last = output.last, !last.isWhiteSpace { output.append(.space) }
    }

    private mutating func breakLine() {
        while output.last == .space { output.removeLast() }
        if let last = output.last, last != .lf { output += [.cr, .lf] }
    }

    // MARK: Tags

    private mutating func tag() {
        var index = position + 1
        if index + 2 < html.count, html[index] == 0x21, html[index + 1] == 0x2D, html[index + 2] == 0x2D {
            return skip(behind: "-->", from: index + 3)
        }
        let isClosing = index < html.count && html[index] == 0x2F
        if isClosing { index += 1 }
        let nameStart = index
        if index < html.count, html[index].lowercased &- 0x61 < 26 {
            while index < html.count, Self.isNameOctet(html[index]) { index += 1 }
        }
        let name = html[nameStart..<index]
        // A sign that begins no tag is text, as in "1 < 2".
        guard !name.isEmpty || index < html.count && (html[index] == 0x21 || html[index] == .question) else {
            position += 1
            return append(.less)
        }
        skipAttributes(from: index)
        switch Self.effects[Self.key(of: name)] {
        case .hidesContent: if !isClosing { skipContent(until: name) }
        case .breaksLine: breakLine()
        case .separates: append(.space)
        case nil: break
        }
    }

    /// What a tag does to the text.
    private enum Effect {
        case hidesContent
        case breaksLine
        case separates
    }

    private static let effects: [UInt64: Effect] = {
        let lines = """
            br p div tr li h1 h2 h3 h4 h5 h6 hr table ul ol dl dt dd blockquote pre section article body html head
            """
        var effects: [UInt64: Effect] = [:]
        for name in lines.split(whereSeparator: \.isWhitespace) {
            effects[key(of: Array(name.utf8)[...])] = .breaksLine
        }
        for name in ["script", "style", "title"] { effects[key(of: Array(name.utf8)[...])] = .hidesContent }
        for name in ["td", "th"] { effects[key(of: Array(name.utf8)[...])] = .separates }
        return effects
    }()

    /// The last eight letters of a name in one number; all names that matter differ in them.
    private static func key(of name: ArraySlice<UInt8>) -> UInt64 {
        name.reduce(0) { $0 << 8 | UInt64($1.lowercased) }
    }

    private static func isNameOctet(_ octet: UInt8) -> Bool {
        octet.lowercased &- 0x61 < 26 || octet &- 0x30 < 10
    }

    /// Up to the sign that ends the tag; not one in a quoted attribute value, if the quote ends.
    private mutating func skipAttributes(from start: Int) {
        var quote: UInt8?
        var firstEnd: Int?
        var index = start
        while index < html.count {
            let octet = html[index]
            index += 1
            if octet == .greater {
                if quote == nil {
                    position = index
                    return
                }
                if firstEnd == nil { firstEnd = index }
            } else if octet == quote {
                quote = nil
            } else if quote == nil, octet == .quote || octet == 0x27, html[index - 2] == .equals {
                quote = octet
            }
            // A tag longer than this is a quote that was left open.
            if index - start > 8_192, firstEnd != nil { break }
        }
        position = firstEnd ?? html.count
    }

    private mutating func skipContent(until name: ArraySlice<UInt8>) {
        while position < html.count {
            let end = position + 2 + name.count
            if html[position] == .less, end <= html.count, html[position + 1] == 0x2F,
                html[position + 2..<end].isSame(ignoringCaseOf: name)
            {
                return skip(behind: ">", from: end)
            }
            position += 1
        }
    }

    private mutating func skip(behind end: StaticString, from start: Int) {
        let end = Array(end.description.utf8)
        var index = start
        while index + end.count <= html.count {
            if html[index] == end[0], html[index..<index + end.count].elementsEqual(end) {
                position = index + end.count
                return
            }
            index += 1
        }
        position = html.count
    }

    // MARK: Entities

    /// `&name;`, `&#number;` or `&#xnumber;`, the semicolon being optional; anything else is text.
    private mutating func entity() {
        let start = position + 1
        var end = start
        while end < html.count, end - start < Limits.entityLength,
            Self.isNameOctet(html[end]) || end == start && html[end] == 0x23
        {
            end += 1
        }
        let name = html[start..<end]
        guard let character = name.first == 0x23 ? number(name.dropFirst()) : HTMLEntities.character(named: name) else {
            position += 1
            return append(0x26)
        }
        position = end < html.count && html[end] == .semicolon ? end + 1 : end
        if character == " " || character == "\u{A0}" || character == "\t" || character == "\n" || character == "\r" {
            return append(.space)
        }
        // Invisible signs are put inside words to hide them from filters.
        if character != "\u{AD}", character != "\u{200B}" { output += Array(String(character).utf8) }
    }

    private func number(_ digits: ArraySlice<UInt8>) -> Unicode.Scalar? {
        let isHexadecimal = digits.first?.lowercased == 0x78
        let digits = isHexadecimal ? digits.dropFirst() : digits
        guard let value = UInt32(String(decoding: digits, as: UTF8.self), radix: isHexadecimal ? 16 : 10) else {
            return nil
        }
        return Unicode.Scalar(value) ?? "\u{FFFD}"
    }
}

// Cuts an address field into tokens (RFC 5322 section 3.2), without recursion and in one pass.
// Must not know what the tokens are good for.

/// A token, by the range of its octets in the field.
enum AddressToken: Equatable {
    /// A run of octets that are neither special nor white space; octets above 127 are allowed (RFC 6532).
    case atom(Range<Int>)
    /// A quoted string, without its quotes.
    case quoted(Range<Int>)
    /// A domain literal, with its brackets.
    case literal(Range<Int>)
    /// A comment, without its outer parentheses.
    case comment(Range<Int>)
    /// One of `<>,;:@.`, or a closing sign that nothing opened.
    case special(UInt8)
}

/// Reads tokens one after the other.
struct AddressTokens {
    let octets: [UInt8]
    /// Where the next token is looked for.
    private(set) var position = 0
    /// Where the last token began.
    private(set) var start = 0
    private(set) var defects = Defects()

    init(_ octets: [UInt8]) { self.octets = octets }

    /// The next token; white space is skipped.
    mutating func next() -> AddressToken? {
        while position < octets.count, octets[position].isWhiteSpace { position += 1 }
        start = position
        guard position < octets.count else { return nil }
        let octet = octets[position]
        switch octet {
        case .openParenthesis: return .comment(comment())
        case .quote: return .quoted(enclosed(until: .quote))
        case .openBracket:
            let content = enclosed(until: .closeBracket)
            return .literal(start..<max(position, content.upperBound))
        default:
            position += 1
            if Self.isSpecial(octet) { return .special(octet) }
            while position < octets.count, !Self.endsAtom(octets[position]) { position += 1 }
            return .atom(start..<position)
        }
    }

    private static func isSpecial(_ octet: UInt8) -> Bool {
        switch octet {
        case .less, .greater, .comma, .semicolon, .colon, .at, .dot, .closeParenthesis, .closeBracket: true
        default: false
        }
    }

    static func endsAtom(_ octet: UInt8) -> Bool {
        octet.isWhiteSpace || isSpecial(octet) || octet == .openParenthesis || octet == .quote || octet == .openBracket
    }

    /// What stands between the sign at `position` and `end`; a backslash quotes.
    private mutating func enclosed(until end: UInt8) -> Range<Int> {
        position += 1
        let first = position
        while position < octets.count {
            let octet = octets[position]
            position += 1
            if octet == end { return first..<position - 1 }
            if octet == .backslash, position < octets.count { position += 1 }
        }
        defects.note(.unclosedAddress, at: start)
        return first..<octets.count
    }

    private mutating func comment() -> Range<Int> {
        position += 1
        let first = position
        var depth = 1
        while position < octets.count {
            let octet = octets[position]
            position += 1
            switch octet {
            case .openParenthesis: depth += 1
            case .closeParenthesis:
                depth -= 1
                if depth == 0 { return first..<position - 1 }
            case .backslash: position = min(position + 1, octets.count)
            default: break
            }
        }
        defects.note(.unclosedAddress, at: start)
        return first..<octets.count
    }

    /// `range` without the backslashes that quote, and without line ends.
    func unquoted(_ range: Range<Int>) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(range.count)
        var index = range.lowerBound
        while index < range.upperBound {
            if octets[index] == .backslash, index + 1 < range.upperBound { index += 1 }
            if !octets[index].isLineEnd { text.append(octets[index]) }
            index += 1
        }
        return text
    }
}

// Cuts a parameterized header value into its pieces, as leniently as mail programs do.
// Must not join or decode them: ParameterJoiner does.

/// Reads one value from left to right.
struct ParameterParser {
    /// A parameter as it is written: `name=value`, `name*=value`, `name*1=value` or `name*1*=value`.
    struct Piece {
        /// In small letters, without asterisks.
        let name: [UInt8]
        let section: Int?
        let isExtended: Bool
        let value: [UInt8]
        let offset: Int
    }

    private let octets: [UInt8]
    private var position = 0
    private let limits: Limits
    private(set) var defects = Defects()

    init(_ octets: [UInt8], limits: Limits) {
        self.octets = octets
        self.limits = limits
    }

    /// What stands before the first semicolon.
    mutating func value() -> [UInt8] { word { $0 == .semicolon } }

    /// What stands before an octet that ends it, in small letters, without comments and white space at its ends.
    private mutating func word(until isEnd: (UInt8) -> Bool) -> [UInt8] {
        var text: [UInt8] = []
        while position < octets.count, !isEnd(octets[position]) {
            if octets[position] == .openParenthesis {
                skipComment()
                // A comment ends a word (RFC 822 section 3.1.4), though some readers join what is around it.
                if !text.isEmpty { text.append(.space) }
            } else {
                text.append(octets[position].lowercased)
                position += 1
            }
        }
        return Array(text[...].trimmed)
    }

    /// The parameters behind it, as far as the limit lets them.
    mutating func pieces() -> [Piece] {
        var pieces: [Piece] = []
        while position < octets.count {
            position += 1  // the semicolon
            skipWhiteSpace()
            let start = position
            guard pieces.count < limits.parameters else {
                defects.note(.tooManyParameters, at: start)
                break
            }
            if let piece = piece() {
                pieces.append(piece)
            } else if start < octets.count, octets[start] != .semicolon {
                defects.note(.malformedParameter, at: start)
            }
            skipRest()
        }
        return pieces
    }

    private mutating func piece() -> Piece? {
        let start = position
        let name = word { $0 == .equals || $0 == .semicolon }
        guard position < octets.count, octets[position] == .equals else { return nil }
        position += 1
        skipWhiteSpace()
        let value = position < octets.count && octets[position] == .quote ? quoted() : token()
        let parts = name.split(separator: 0x2A, omittingEmptySubsequences: false)
        guard let base = parts.first, !base.isEmpty else { return nil }
        if !base.allSatisfy(\.isToken) { defects.note(.malformedParameter, at: start) }
        let isExtended = parts.count > 1 && parts.last?.isEmpty == true
        let section = parts.count > 1 ? Int(String(decoding: parts[1], as: UTF8.self)) : nil
        if parts.count > (isExtended ? 2 : 1), section == nil { defects.note(.malformedParameter, at: start) }
        return Piece(name: Array(base), section: section, isExtended: isExtended, value: value, offset: start)
    }

    private mutating func quoted() -> [UInt8] {
        let start = position
        position += 1
        var value: [UInt8] = []
        while position < octets.count {
            let octet = octets[position]
            position += 1
            if octet == .quote { return value }
            if octet.isForbiddenControl, !octet.isLineEnd { defects.note(.malformedParameter, at: start) }
            if octet == .backslash, position < octets.count {
                value.append(octets[position])
                position += 1
            } else {
                value.append(octet)
            }
        }
        defects.note(.malformedParameter, at: start)
        return value
    }

    /// An unquoted value. Mailers put nearly everything there, white space too: it goes on to the semicolon, or to a
    /// comment behind white space.
    private mutating func token() -> [UInt8] {
        let start = position
        var end = position
        while position < octets.count, octets[position] != .semicolon {
            let octet = octets[position]
            if octet == .openParenthesis, position > start, octets[position - 1].isWhiteSpace { break }
            position += 1
            if Self.isReadDifferently(octet) { defects.note(.malformedParameter, at: start) }
            if !octet.isWhiteSpace {
                if end < position - 1 { defects.note(.malformedParameter, at: start) }
                end = position
            }
        }
        return Array(octets[start..<end])
    }

    /// Whether some readers see a comment or a quoted string here, or nothing. Most of what else must not stand in a
    /// token is read alike by all.
    private static func isReadDifferently(_ octet: UInt8) -> Bool {
        switch octet {
        case .openParenthesis, .closeParenthesis, .quote, .backslash: true
        default: octet.isForbiddenControl && !octet.isLineEnd
        }
    }

    /// Up to the next semicolon: comments, and what does not belong.
    private mutating func skipRest() {
        while position < octets.count, octets[position] != .semicolon {
            if octets[position] == .openParenthesis {
                skipComment()
            } else {
                if !octets[position].isWhiteSpace { defects.note(.malformedParameter, at: position) }
                position += 1
            }
        }
    }

    private mutating func skipWhiteSpace() {
        while position < octets.count {
            if octets[position] == .openParenthesis {
                skipComment()
            } else if octets[position].isWhiteSpace {
                position += 1
            } else {
                return
            }
        }
    }

    private mutating func skipComment() {
        var depth = 0
        while position < octets.count {
            switch octets[position] {
            case .openParenthesis: depth += 1
            case .closeParenthesis: depth -= 1
            case .backslash: position += 1
            default: break
            }
            position = min(position + 1, octets.count)
            if depth == 0 { return }
        }
    }
}

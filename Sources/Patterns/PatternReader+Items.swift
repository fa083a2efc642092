// Groups, escapes and classes of a pattern: what each of them requires.
// Must not take a form for another: what a later version may have added is not understood.

extension PatternReader {
    // MARK: Groups

    mutating func group() throws(NotUnderstood) -> Requirement {
        octets.advance()
        guard octets.take("?") else {
            // A verb could end the match anywhere.
            if octets.next == UInt8(ascii: "*") { throw NotUnderstood() }
            return try body()
        }
        if octets.take(":") || octets.take(">") || octets.take("|") { return try body() }
        if octets.take("=") || octets.take("<=") { return try body().asserted }
        if octets.take("!") || octets.take("<!") {
            _ = try body()
            return .nothing
        }
        if octets.take("<") || octets.take("P<") { return try named(until: UInt8(ascii: ">")) }
        if octets.take("'") { return try named(until: UInt8(ascii: "'")) }
        return try options()
    }

    /// The inside of a group, and its end.
    private mutating func body() throws(NotUnderstood) -> Requirement {
        let body = try alternatives()
        guard !isQuoted, octets.take(")") else { throw NotUnderstood() }
        return body
    }

    private mutating func named(until end: UInt8) throws(NotUnderstood) -> Requirement {
        while let next = octets.next, next != end {
            guard next.isWordOctet else { throw NotUnderstood() }
            octets.advance()
        }
        octets.advance()
        return try body()
    }

    /// `(?i)` for the rest of the enclosing group, `(?i:…)` for this one.
    private mutating func options() throws(NotUnderstood) -> Requirement {
        let outer = flags
        var value = true
        var wasExtended = false
        while let next = octets.next {
            octets.advance()
            switch next {
            case UInt8(ascii: "-") where value: value = false
            case UInt8(ascii: "i"): flags.isCaseless = value
            case UInt8(ascii: "x"):
                // Twice, it is another option.
                if wasExtended { throw NotUnderstood() }
                wasExtended = true
                flags.isExtended = value
            case UInt8(ascii: "m"), UInt8(ascii: "s"), UInt8(ascii: "n"), UInt8(ascii: "J"), UInt8(ascii: "U"): break
            case UInt8(ascii: ")"): return .nothing
            case UInt8(ascii: ":"):
                let body = try body()
                flags = outer
                return body
            default: throw NotUnderstood()
            }
        }
        throw NotUnderstood()
    }

    // MARK: Escapes

    mutating func escape() throws(NotUnderstood) -> Requirement {
        guard let sign = octets.peek(1), sign < 0x80 else { throw NotUnderstood() }
        octets.advance(2)
        switch sign {
        case UInt8(ascii: "N") where octets.next == UInt8(ascii: "{"): throw NotUnderstood()
        case _ where "dDwWsShHvVNXR".utf8.contains(sign): return .unknown
        case _ where "bBAzZGK".utf8.contains(sign): return .nothing
        case UInt8(ascii: "p"), UInt8(ascii: "P"): return try property()
        case UInt8(ascii: "x"): return try hexadecimal()
        case UInt8(ascii: "1")...UInt8(ascii: "9"):
            // A reference to a group; of more digits it may be an octal number.
            if let next = octets.next, (0x30...0x39).contains(next) { throw NotUnderstood() }
            return .unknown
        case UInt8(ascii: "a"): return .texts([[0x07]])
        case UInt8(ascii: "e"): return .texts([[0x1B]])
        case UInt8(ascii: "f"): return .texts([[0x0C]])
        case UInt8(ascii: "n"): return .texts([[0x0A]])
        case UInt8(ascii: "r"): return .texts([[0x0D]])
        case UInt8(ascii: "t"): return .texts([[0x09]])
        case _ where sign.isWordOctet && sign != UInt8(ascii: "_"): throw NotUnderstood()
        default: return .texts([[sign]])
        }
    }

    /// `\pL` or `\p{Lu}`.
    private mutating func property() throws(NotUnderstood) -> Requirement {
        if octets.take("{") {
            guard octets.skip(through: UInt8(ascii: "}")) else { throw NotUnderstood() }
        } else {
            guard octets.next?.isWordOctet == true else { throw NotUnderstood() }
            octets.advance()
        }
        return .unknown
    }

    /// `\x2e`, and no other form.
    private mutating func hexadecimal() throws(NotUnderstood) -> Requirement {
        guard let first = octets.next, let second = octets.peek(1),
            let value = UInt8(String(decoding: [first, second], as: UTF8.self), radix: 16),
            first != UInt8(ascii: "+"), first != UInt8(ascii: "-"), value < 0x80
        else { throw NotUnderstood() }
        octets.advance(2)
        return .texts([[value.asciiLowercased]])
    }

    // MARK: Classes

    /// One character of `[…]`. Of a class that is more than characters of US-ASCII, only the end matters.
    mutating func characterClass() throws(NotUnderstood) -> Requirement {
        octets.advance()
        var isKnown = !octets.take("^")
        var characters: Set<UInt8> = []
        if octets.take("]") { characters.insert(UInt8(ascii: "]")) }
        while let next = octets.next {
            octets.advance()
            switch next {
            case UInt8(ascii: "]"):
                let texts = characters.sorted().map { [$0] }
                return isKnown && !texts.isEmpty ? .texts(texts) : .unknown
            case UInt8(ascii: "["):
                if try namedClass() { isKnown = false }
                characters.insert(next)
            case UInt8(ascii: "-"): isKnown = false
            case UInt8(ascii: "\\"):
                guard let sign = octets.next, !"QEc".utf8.contains(sign) else { throw NotUnderstood() }
                if sign >= 0x80 || sign.isWordOctet { isKnown = false }
                octets.advance()
                characters.insert(sign)
            default:
                if next >= 0x80 { isKnown = false }
                characters.insert(next.asciiLowercased)
            }
        }
        throw NotUnderstood()
    }

    /// Whether the bracket begins `[:alpha:]`; if not, it stands for itself.
    private mutating func namedClass() throws(NotUnderstood) -> Bool {
        if octets.next == UInt8(ascii: ".") || octets.next == UInt8(ascii: "=") { throw NotUnderstood() }
        guard octets.take(":") else { return false }
        _ = octets.take("^")
        while let next = octets.next, next.isWordOctet { octets.advance() }
        guard octets.take(":]") else { throw NotUnderstood() }
        return true
    }
}

extension UInt8 {
    /// A letter or digit of US-ASCII, or an underscore.
    fileprivate var isWordOctet: Bool {
        (0x30...0x39).contains(self) || (0x41...0x5A).contains(self) || (0x61...0x7A).contains(self) || self == 0x5F
    }
}

// The octets Sieve's grammar, comparators and header names are made of.
// Must not look at a locale: letters are those of US-ASCII.

extension UInt8 {
    static let lineFeed = UInt8(ascii: "\n")
    static let carriageReturn = UInt8(ascii: "\r")
    static let space = UInt8(ascii: " ")
    static let tab = UInt8(ascii: "\t")
    static let doubleQuote = UInt8(ascii: "\"")
    static let backslash = UInt8(ascii: "\\")
    static let dot = UInt8(ascii: ".")
    static let slash = UInt8(ascii: "/")
    static let star = UInt8(ascii: "*")
    static let questionMark = UInt8(ascii: "?")
    static let dollar = UInt8(ascii: "$")

    var isDigit: Bool { self &- UInt8(ascii: "0") < 10 }
    var isUppercase: Bool { self &- UInt8(ascii: "A") < 26 }
    var isLowercase: Bool { self &- UInt8(ascii: "a") < 26 }
    var isLetter: Bool { (self | 0x20) &- UInt8(ascii: "a") < 26 }
    var isBlank: Bool { self == .space || self == .tab }
    var isLineEnd: Bool { self == .carriageReturn || self == .lineFeed }
    var isPrintable: Bool { self > 0x20 && self < 0x7F }
    var isIdentifierStart: Bool { isLetter || self == UInt8(ascii: "_") }
    var isIdentifierPart: Bool { isLetter || isDigit || self == UInt8(ascii: "_") }
    var lowercased: UInt8 { isUppercase ? self | 0x20 : self }
    var uppercased: UInt8 { isLowercase ? self & 0xDF : self }

    /// Whether it stands in a dot-atom without quoting (RFC 5322 section 3.2.3, RFC 6532 section 3.2).
    var isAtomText: Bool {
        if isLetter || isDigit || self >= 0x80 { return true }
        switch self {
        case UInt8(ascii: "!"), UInt8(ascii: "#")...UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"): return true
        case UInt8(ascii: "-"), .dot, .slash, UInt8(ascii: "="), .questionMark: return true
        case UInt8(ascii: "^")...UInt8(ascii: "`"), UInt8(ascii: "{")...UInt8(ascii: "~"): return true
        default: return false
        }
    }

    /// Whether a token, a comment or whitespace begins with this octet.
    var startsToken: Bool {
        if isIdentifierPart || isBlank { return true }
        switch self {
        case .lineFeed, .carriageReturn, .doubleQuote, .slash: return true
        case UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "("), UInt8(ascii: ")"): return true
        case UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: ","), UInt8(ascii: ";"): return true
        case UInt8(ascii: ":"), UInt8(ascii: "#"): return true
        default: return false
        }
    }

    /// The value of a hexadecimal digit.
    var hexadecimalValue: UInt8? {
        if isDigit { return self - UInt8(ascii: "0") }
        let letter = lowercased
        return letter >= UInt8(ascii: "a") && letter <= UInt8(ascii: "f") ? letter - UInt8(ascii: "a") + 10 : nil
    }
}

extension Collection<UInt8> {
    /// Whether the octets are those of `text`, letters of either case.
    func isSameIgnoringCase(as text: some Collection<UInt8>) -> Bool {
        count == text.count && zip(self, text).allSatisfy { $0.lowercased == $1.lowercased }
    }

    /// The octets as text for people; what is not UTF-8 is replaced.
    var text: String { String(decoding: self, as: UTF8.self) }
}

extension [UInt8] {
    /// The octets, cut to `size` if there are more, but not within a character of UTF-8.
    func wholeCharacters(upTo size: Int) -> [UInt8] {
        guard count > size else { return self }
        var end = size
        while end > 0, self[end] & 0xC0 == 0x80 { end -= 1 }
        return Array(self[..<end])
    }
}

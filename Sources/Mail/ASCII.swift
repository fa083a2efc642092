// Octets by name, and what kind of character they are.
// Must not know what they mean in a message.

extension UInt8 {
    static let nul: UInt8 = 0x00
    static let tab: UInt8 = 0x09
    static let lf: UInt8 = 0x0A
    static let cr: UInt8 = 0x0D
    static let space: UInt8 = 0x20
    static let quote: UInt8 = 0x22
    static let openParenthesis: UInt8 = 0x28
    static let closeParenthesis: UInt8 = 0x29
    static let comma: UInt8 = 0x2C
    static let dash: UInt8 = 0x2D
    static let dot: UInt8 = 0x2E
    static let slash: UInt8 = 0x2F
    static let colon: UInt8 = 0x3A
    static let semicolon: UInt8 = 0x3B
    static let less: UInt8 = 0x3C
    static let equals: UInt8 = 0x3D
    static let greater: UInt8 = 0x3E
    static let question: UInt8 = 0x3F
    static let at: UInt8 = 0x40
    static let openBracket: UInt8 = 0x5B
    static let backslash: UInt8 = 0x5C
    static let closeBracket: UInt8 = 0x5D
    static let underscore: UInt8 = 0x5F

    /// SP or HTAB.
    @inline(__always) var isBlank: Bool { self == .space || self == .tab }

    /// CR or LF.
    @inline(__always) var isLineEnd: Bool { self == .lf || self == .cr }

    /// SP, HTAB, CR or LF.
    @inline(__always) var isWhiteSpace: Bool { isBlank || isLineEnd }

    /// A control character of US-ASCII, the tab not among them.
    @inline(__always) var isForbiddenControl: Bool { self < 0x20 && self != .tab || self == 0x7F }

    /// A printing character of US-ASCII, the space not among them.
    @inline(__always) var isVisible: Bool { self &- 0x21 < 0x5E }

    /// What a token of RFC 2045 (section 5.1) is made of.
    var isToken: Bool {
        switch self {
        case .openParenthesis, .closeParenthesis, .less, .greater, .at, .comma, .semicolon, .colon, .backslash, .quote,
            .slash, .openBracket, .closeBracket, .question, .equals:
            false
        default: isVisible
        }
    }

    /// A letter of US-ASCII made small, anything else as it is.
    @inline(__always) var lowercased: UInt8 { self &- 0x41 < 26 ? self | 0x20 : self }

    /// The digits 0 to F.
    static let hexDigits = Array("0123456789ABCDEF".utf8)

    /// The value of a hexadecimal digit.
    var hexValue: UInt8? {
        switch self {
        case 0x30...0x39: self - 0x30
        case 0x41...0x46: self - 0x37
        case 0x61...0x66: self - 0x57
        default: nil
        }
    }
}

extension ArraySlice<UInt8> {
    /// Whether both are the same but for the case of US-ASCII letters.
    func isSame(ignoringCaseOf other: ArraySlice<UInt8>) -> Bool {
        count == other.count && zip(self, other).allSatisfy { $0.lowercased == $1.lowercased }
    }

    /// The octet that two hexadecimal digits at `index` stand for.
    @inline(__always) func hexOctet(at index: Int) -> UInt8? {
        guard index + 1 < endIndex, let high = self[index].hexValue, let low = self[index + 1].hexValue else {
            return nil
        }
        return high << 4 | low
    }

    /// It without white space at its ends.
    var trimmed: ArraySlice<UInt8> {
        var (lower, upper) = (startIndex, endIndex)
        while lower < upper, self[lower].isWhiteSpace { lower += 1 }
        while upper > lower, self[upper - 1].isWhiteSpace { upper -= 1 }
        return self[lower..<upper]
    }
}

extension [UInt8] {
    /// `range` without white space at its ends.
    func trimmed(_ range: Range<Int>) -> Range<Int> { self[range].trimmed.indices }
}

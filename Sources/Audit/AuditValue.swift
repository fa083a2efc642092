// A JSON value (RFC 8259) of a line that is read back.
// Must not be used where lines are written; must not trap or recurse without a bound.

/// A value of an audit line.
package enum AuditValue: Sendable, Equatable {
    case text(String)
    /// A whole number that fits.
    case number(Int)
    /// Any other number.
    case fraction(Double)
    case truth(Bool)
    case list([AuditValue])
    case object([String: AuditValue])
    case null

    /// The one value that the bytes are; nil if they are no JSON, or nested deeper than ``JSONParser/depthLimit``.
    package init?(parsing bytes: [UInt8]) {
        var parser = JSONParser(bytes)
        guard let value = parser.document() else { return nil }
        self = value
    }

    package var text: String? {
        if case .text(let text) = self { text } else { nil }
    }

    package var number: Int? {
        if case .number(let number) = self { number } else { nil }
    }

    package var list: [AuditValue]? {
        if case .list(let list) = self { list } else { nil }
    }

    /// The value of one of an object's fields.
    package subscript(name: String) -> AuditValue? {
        if case .object(let fields) = self { fields[name] } else { nil }
    }

    /// Seconds and such, written with or without a fraction.
    package var quantity: Double? {
        switch self {
        case .number(let number): Double(number)
        case .fraction(let number): number
        case .text, .truth, .list, .object, .null: nil
        }
    }
}

/// Descends through JSON text.
struct JSONParser {
    /// Lists and objects within each other; lines of ours have two.
    static let depthLimit = 32

    private let bytes: [UInt8]
    private var position = 0
    private var depth = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// One value and nothing after it.
    mutating func document() -> AuditValue? {
        guard let value = value() else { return nil }
        skipSpace()
        return position == bytes.count ? value : nil
    }

    private mutating func value() -> AuditValue? {
        skipSpace()
        switch peek {
        case UInt8(ascii: "\""): return string().map(AuditValue.text)
        case UInt8(ascii: "{"): return nested { parser in parser.object() }
        case UInt8(ascii: "["): return nested { parser in parser.list() }
        case UInt8(ascii: "t"): return take("true") ? .truth(true) : nil
        case UInt8(ascii: "f"): return take("false") ? .truth(false) : nil
        case UInt8(ascii: "n"): return take("null") ? .null : nil
        default: return number()
        }
    }

    private mutating func nested(_ inner: (inout Self) -> AuditValue?) -> AuditValue? {
        guard depth < Self.depthLimit else { return nil }
        depth += 1
        defer { depth -= 1 }
        position += 1
        return inner(&self)
    }

    private mutating func object() -> AuditValue? {
        var fields: [String: AuditValue] = [:]
        if take(UInt8(ascii: "}")) { return .object(fields) }
        repeat {
            skipSpace()
            guard let name = string(), take(UInt8(ascii: ":")), let value = value() else { return nil }
            fields[name] = value
        } while take(UInt8(ascii: ","))
        return take(UInt8(ascii: "}")) ? .object(fields) : nil
    }

    private mutating func list() -> AuditValue? {
        var elements: [AuditValue] = []
        if take(UInt8(ascii: "]")) { return .list(elements) }
        repeat {
            guard let value = value() else { return nil }
            elements.append(value)
        } while take(UInt8(ascii: ","))
        return take(UInt8(ascii: "]")) ? .list(elements) : nil
    }

    /// A string from its opening quote to its closing one.
    private mutating func string() -> String? {
        guard peek == UInt8(ascii: "\"") else { return nil }
        position += 1
        var text: [UInt8] = []
        while let byte = peek {
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"): guard escape(into: &text) else { return nil }
            case 0..<0x20: return nil
            default: text.append(byte)
            }
        }
        return nil
    }

    private mutating func escape(into text: inout [UInt8]) -> Bool {
        guard let byte = peek else { return false }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            guard let unit = unit() else { return false }
            text.append(contentsOf: String(scalar(from: unit)).utf8)
        default: return false
        }
        return true
    }

    /// The character of a `\u` escape, or of two that are surrogates of each other; U+FFFD for a lone surrogate.
    private mutating func scalar(from unit: UInt16) -> Unicode.Scalar {
        guard UTF16.isLeadSurrogate(unit) else { return Unicode.Scalar(unit) ?? "\u{FFFD}" }
        let start = position
        if take(#"\u"#), let second = self.unit(), UTF16.isTrailSurrogate(second) {
            return UTF16.decode(UTF16.EncodedScalar([unit, second]))
        }
        position = start
        return "\u{FFFD}"
    }

    private mutating func unit() -> UInt16? {
        guard bytes.count - position >= 4 else { return nil }
        defer { position += 4 }
        let digits = bytes[position..<position + 4]
        guard digits.allSatisfy({ byte in Unicode.Scalar(byte).properties.isASCIIHexDigit }) else { return nil }
        return UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
    }

    /// RFC 8259's numbers, and a few more: this reader does not judge.
    private mutating func number() -> AuditValue? {
        let start = position
        let allowed = Array("+-.eE0123456789".utf8)
        while let byte = peek, allowed.contains(byte) { position += 1 }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        return Int(text).map(AuditValue.number) ?? Double(text).map(AuditValue.fraction)
    }

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipSpace() {
        while let byte = peek, byte == 0x20 || (0x09...0x0D).contains(byte) { position += 1 }
    }

    /// Takes a character that may have space before it.
    private mutating func take(_ expected: UInt8) -> Bool {
        skipSpace()
        guard peek == expected else { return false }
        position += 1
        return true
    }

    private mutating func take(_ word: String) -> Bool {
        guard bytes[position...].starts(with: word.utf8) else { return false }
        position += word.utf8.count
        return true
    }
}

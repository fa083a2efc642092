// What a part says it is and how it is encoded (RFC 2045 sections 5 and 6).
// Must not look at the body.

/// A media type with its parameters.
public struct ContentType: Sendable, Equatable {
    /// The type before the slash, in small letters.
    public let type: [UInt8]
    /// The subtype behind the slash, in small letters.
    public let subtype: [UInt8]
    /// The parameters, and what is wrong with them.
    public let value: ParameterizedValue

    /// Reads `text`, the unfolded value of a Content-Type field; nil if it is no type and subtype.
    public init?(_ text: [UInt8], limits: Limits = Limits()) {
        value = ParameterizedValue(text, limits: limits)
        let parts = value.value.split(separator: 0x2F, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        type = Array(parts[0][parts[0].trimmedRange])
        subtype = Array(parts[1][parts[1].trimmedRange])
        guard !type.isEmpty, !subtype.isEmpty, (type + subtype).allSatisfy(\.isVisible) else { return nil }
    }

    private init(_ type: StaticString, _ subtype: StaticString) {
        self.type = Array(type.description.utf8)
        self.subtype = Array(subtype.description.utf8)
        value = ParameterizedValue(self.type + [0x2F] + self.subtype)
    }

    /// text/plain, what a part is that says nothing (RFC 2045 section 5.2).
    public static let plainText = ContentType("text", "plain")
    /// message/rfc822, what a part of a multipart/digest is that says nothing (RFC 2046 section 5.1.5).
    public static let message = ContentType("message", "rfc822")

    /// Whether this is type `type`, and if given, subtype `subtype`; both in small letters.
    public func matches(_ type: StaticString, _ subtype: StaticString? = nil) -> Bool {
        self.type == Array(type.description.utf8)
            && subtype.map { self.subtype == Array($0.description.utf8) } ?? true
    }

    /// Whether it is a multipart of any kind.
    public var isMultipart: Bool { matches("multipart") }

    /// Whether it is a whole message: message/rfc822 or message/global (RFC 6532).
    public var isMessage: Bool { matches("message", "rfc822") || matches("message", "global") }
}

/// How a body is encoded for transport.
public enum TransferEncoding: Sendable, Equatable {
    /// 7bit, 8bit, binary, or not said: as it is.
    case identity
    /// Base64.
    case base64
    /// Quoted-printable.
    case quotedPrintable
    /// Uuencode, under one of the names that it goes by.
    case uuencode
    /// A name that is not known; read as it is.
    case unknown

    /// Reads `text`, the unfolded value of a Content-Transfer-Encoding field.
    public init(_ text: [UInt8]) {
        switch String(decoding: ParameterizedValue(text).value, as: UTF8.self) {
        case "", "7bit", "8bit", "binary", "7-bit", "8-bit": self = .identity
        case "base64": self = .base64
        case "quoted-printable": self = .quotedPrintable
        case "x-uuencode", "x-uue", "uuencode", "uue": self = .uuencode
        default: self = .unknown
        }
    }
}

extension ArraySlice<UInt8> {
    /// The range of it without white space at its ends.
    var trimmedRange: Range<Int> {
        var (lower, upper) = (startIndex, endIndex)
        while lower < upper, self[lower].isWhiteSpace { lower += 1 }
        while upper > lower, self[upper - 1].isWhiteSpace { upper -= 1 }
        return lower..<upper
    }
}

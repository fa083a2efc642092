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
    /// Whether it is not written as RFC 2045 says, or names a boundary and is no type that anybody knows. A strict reader
    /// takes it for text/plain (RFC 2045 section 5.2), a lenient one for what it seems to be.
    public let isMalformed: Bool

    /// Reads `text`, the unfolded value of a Content-Type field; nil if it is no type and subtype, not even to a lenient
    /// reader.
    public init?(_ text: [UInt8], limits: Limits = Limits()) {
        let value = ParameterizedValue(text, limits: limits)
        if let (type, subtype) = Self.names(in: value.value) {
            let isOdd = Self.hasBoundary(value) && !Self.known.contains(type)
            self.init(type, subtype, value, isMalformed: isOdd)
        } else if let repaired = MalformedContentType.repaired(text),
            case let again = ParameterizedValue(repaired, limits: limits),
            let (type, subtype) = Self.names(in: again.value), Self.repairable.contains(type)
        {
            self.init(type, subtype, again, isMalformed: true)
        } else if Self.hasBoundary(value) {
            self.init(Self.plainText.type, Self.plainText.subtype, value, isMalformed: true)
        } else {
            return nil
        }
    }

    private init(_ type: [UInt8], _ subtype: [UInt8], _ value: ParameterizedValue, isMalformed: Bool) {
        self.type = type
        self.subtype = subtype
        self.value = value
        self.isMalformed = isMalformed
    }

    /// The type and the subtype; nil if there is anything else.
    private static func names(in value: [UInt8]) -> (type: [UInt8], subtype: [UInt8])? {
        guard let slash = value.firstIndex(of: .slash) else { return nil }
        let (type, subtype) = (value[..<slash].trimmed, value[(slash + 1)...].trimmed)
        guard !type.isEmpty, !subtype.isEmpty, type.allSatisfy(\.isToken), subtype.allSatisfy(\.isToken) else {
            return nil
        }
        return (Array(type), Array(subtype))
    }

    private static let boundaryName = Array("boundary".utf8)

    /// Whether a parameter has the name of the boundary. Asked of every part.
    private static func hasBoundary(_ value: ParameterizedValue) -> Bool {
        value.parameters.contains { $0.name == boundaryName }
    }

    /// The types that there are (RFC 6838 section 4.2).
    private static let known = Set(
        [
            "text", "multipart", "message", "image", "audio", "video", "application", "font", "model", "haptics",
            "example", "chemical",
        ].map { Array($0.utf8) }
    )
    /// Those that a lenient reader looks into or shows; anything else is text to a strict one, and so it stays here.
    private static let repairable = Set(["text", "multipart", "message"].map { Array($0.utf8) })

    /// What is wrong with `text`, the unfolded value of a Content-Type field, with offsets in it.
    static func defects(of text: [UInt8], limits: Limits) -> [Defect] {
        let type = ContentType(text, limits: limits)
        let defects = type?.value.defects ?? ParameterizedValue(text, limits: limits).defects
        return type?.isMalformed == false ? defects : defects + [Defect(.malformedContentType, at: 0)]
    }

    /// The boundary, if there may be parts.
    var boundary: [UInt8]? { mayHoldParts ? value["boundary"] : nil }

    /// Whether a lenient reader looks for parts; a strict one looks into multiparts that are well formed only.
    var mayHoldParts: Bool { isMultipart || isMalformed && Self.hasBoundary(value) }

    /// What it is to a reader that finds no parts.
    var withoutParts: ContentType {
        isMultipart ? ContentType(Self.plainText.type, Self.plainText.subtype, value, isMalformed: true) : self
    }

    /// application/octet-stream with the same parameters: what a body with an unknown encoding is (RFC 2045 section 6.4).
    var asOctetStream: ContentType {
        ContentType(Array("application".utf8), Array("octet-stream".utf8), value, isMalformed: isMalformed)
    }

    private init(_ type: StaticString, _ subtype: StaticString) {
        self.type = Array(type.description.utf8)
        self.subtype = Array(subtype.description.utf8)
        value = ParameterizedValue(self.type + [.slash] + self.subtype)
        isMalformed = false
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
    public init(_ text: [UInt8]) { self = Self.read(text).encoding }

    /// The same, with what is wrong. In a value with more or less than one name the first name that is known counts: so
    /// do readers that look for a name in it.
    static func read(_ text: [UInt8]) -> (encoding: TransferEncoding, defect: Defect.Kind?) {
        let name = text[...].trimmed
        if let encoding = TransferEncoding(named: name) { return (encoding, nil) }
        if !name.isEmpty, name.allSatisfy(\.isToken) { return (.unknown, .unknownTransferEncoding) }
        var ignored = Defects()
        let words = EncodedWords.decode(Array(name), noting: &ignored).split { !$0.isToken }
        for word in words {
            if let encoding = TransferEncoding(named: word) { return (encoding, .malformedTransferEncoding) }
        }
        return words.isEmpty ? (.identity, .malformedTransferEncoding) : (.unknown, .unknownTransferEncoding)
    }

    private init?(named name: ArraySlice<UInt8>) {
        switch String(decoding: name.map(\.lowercased), as: UTF8.self) {
        case "7bit", "8bit", "binary", "7-bit", "8-bit": self = .identity
        case "base64": self = .base64
        case "quoted-printable": self = .quotedPrintable
        case "x-uuencode", "x-uue", "uuencode", "uue": self = .uuencode
        default: return nil
        }
    }
}

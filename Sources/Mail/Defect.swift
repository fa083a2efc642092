// What is wrong with a message, as data: a name and the octet where it was seen first.
// Must not judge: whether a defect matters is for rules and settings to say.

/// Something in a message that breaks its format, or that two readers could read differently.
public struct Defect: Sendable, Equatable {
    /// What is wrong.
    public let kind: Kind
    /// The octet where it was seen first, counted from the beginning of the bytes that were given to the reader.
    public let offset: Int

    /// The name for logs and rules: `bare-lf`, `missing-colon`, …
    public var name: String { kind.rawValue }

    /// A defect of `kind` at `offset`.
    public init(_ kind: Kind, at offset: Int) {
        self.kind = kind
        self.offset = offset
    }
}

extension Defect {
    /// All defects that there are. The raw value is the name for logs and rules; it never changes.
    public enum Kind: String, Sendable, CaseIterable {
        // Lines.

        /// A CR without LF behind it; read as a line end (RFC 5322 section 2.3 forbids it).
        case bareCR = "bare-cr"
        /// An LF without CR before it; read as a line end (RFC 5322 section 2.3 forbids it).
        case bareLF = "bare-lf"
        /// A NUL.
        case nul = "nul"
        /// A header line of more than 998 octets (RFC 5322 section 2.1.1).
        case longLine = "long-line"

        // Header fields.

        /// An octet above 127 in the header. Legal between servers that speak UTF-8 (RFC 6532), unlabelled otherwise.
        case eightBitHeader = "eight-bit-header"
        /// A header line that is neither a field nor a continuation; skipped.
        case missingColon = "missing-colon"
        /// The header begins with an mbox file's `From ` line; skipped, it stays the first line.
        case mboxLine = "mbox-line"
        /// A header line that begins with a colon.
        case emptyFieldName = "empty-field-name"
        /// A field name with white space, control characters or octets above 127.
        case invalidFieldName = "invalid-field-name"
        /// White space between field name and colon (obsolete, RFC 5322 section 4.5).
        case spaceBeforeColon = "space-before-colon"
        /// The header begins with a continuation line; skipped, it stays before all fields.
        case orphanContinuation = "orphan-continuation"
        /// A continuation line of nothing but white space (obsolete): some readers end the header there.
        case blankContinuation = "blank-continuation"
        /// No empty line ends the header. A multipart's ends before its first boundary then.
        case missingHeaderEnd = "missing-header-end"
        /// Two fields where one is allowed (RFC 5322 section 3.6), as two From: readers differ on which counts.
        case duplicateField = "duplicate-field"
        /// More fields than `Limits.headerFields`, or headers of parts longer than `Limits.headerOctets`.
        case tooManyFields = "too-many-fields"

        // Encoded words.

        /// An encoded word without its `?=`, with white space inside or an unknown encoding (RFC 2047 section 2).
        case malformedEncodedWord = "malformed-encoded-word"
        /// Octets in an encoded word that its encoding does not allow.
        case invalidEncodedText = "invalid-encoded-text"
        /// A character set that nobody here knows.
        case unknownCharset = "unknown-charset"
        /// Octets that are none in the character set that the text says it has.
        case invalidText = "invalid-text"
        /// UTF-16 or UTF-32 without byte order mark that is another text with its octets in the other order; read with
        /// the highest octet first (RFC 2781 section 4.3).
        case missingByteOrder = "missing-byte-order"
        /// An encoded word that stands for a control character, as for a line end with a field behind it.
        case encodedControl = "encoded-control"

        // Addresses.

        /// Something in an address list that is no address (RFC 5322 section 3.4).
        case invalidAddress = "invalid-address"
        /// An encoded word in an address itself (RFC 2047 section 5 forbids it); some readers decode it.
        case encodedWordInAddress = "encoded-word-in-address"
        /// An encoded word of a display name that stands for one of `<>,;:@`: who decodes first sees other addresses.
        case encodedSeparator = "encoded-separator"
        /// A group, comment, quoted string or angle bracket that does not end.
        case unclosedAddress = "unclosed-address"
        /// More addresses than `Limits.addresses`.
        case tooManyAddresses = "too-many-addresses"

        // Parameters.

        /// Something among the parameters of a field that is none (RFC 2045 section 5.1).
        case malformedParameter = "malformed-parameter"
        /// A parameter that is given twice; the first counts here.
        case duplicateParameter = "duplicate-parameter"
        /// A parameter with one value written plainly and another in RFC 2231's form, which counts here and which not
        /// all readers know.
        case ambiguousParameter = "ambiguous-parameter"
        /// An encoded word in a parameter (RFC 2047 section 5 forbids it); some readers decode it.
        case encodedWordInParameter = "encoded-word-in-parameter"
        /// More parameters than `Limits.parameters`.
        case tooManyParameters = "too-many-parameters"

        // Parts.

        /// More than one Content-Type; the first counts here.
        case duplicateContentType = "duplicate-content-type"
        /// A Content-Type that is no type and subtype, or one that has a boundary and is no multipart. Parts that are
        /// found in spite of it are parts.
        case malformedContentType = "malformed-content-type"
        /// More than one Content-Transfer-Encoding; the first counts here.
        case duplicateTransferEncoding = "duplicate-transfer-encoding"
        /// A Content-Transfer-Encoding with more or less in it than one name; the first that is known counts here.
        case malformedTransferEncoding = "malformed-transfer-encoding"
        /// A Content-Transfer-Encoding that nobody here knows: its body is no text (RFC 2045 section 6.4).
        case unknownTransferEncoding = "unknown-transfer-encoding"
        /// A multipart or an attached message with base64 or the like (RFC 2045 section 6.4 forbids it). Multiparts
        /// are read as they are, messages are decoded.
        case encodedContainer = "encoded-container"
        /// A multipart that names no boundary.
        case missingBoundary = "missing-boundary"
        /// A boundary of more than 70 octets, or with some that it must not have (RFC 2046 section 5.1.1).
        case malformedBoundary = "malformed-boundary"
        /// A multipart with the boundary of one that it is in.
        case reusedBoundary = "reused-boundary"
        /// A multipart without its last boundary.
        case unclosedMultipart = "unclosed-multipart"
        /// A boundary of a multipart that has ended; text here, a part to some readers.
        case boundaryAfterEnd = "boundary-after-end"
        /// A boundary that some readers do not see or see elsewhere: a line that goes on behind it, white space at its
        /// end, the beginning of another one.
        case ambiguousBoundary = "ambiguous-boundary"
        /// A piece of a message that its reader puts together (RFC 2046 section 5.2.2): no filter sees the whole.
        case partialMessage = "partial-message"
        /// A part whose content is fetched from elsewhere (RFC 2046 section 5.2.3): no filter sees it.
        case externalBody = "external-body"
        /// A file that has one name in Content-Disposition and another in Content-Type.
        case differingFileNames = "differing-file-names"
        /// More parts than `Limits.parts`.
        case tooManyParts = "too-many-parts"
        /// Parts deeper than `Limits.depth`.
        case tooDeep = "too-deep"
        /// More to decode than `Limits.decodedOctets`.
        case tooMuchDecoded = "too-much-decoded"

        // Contents.

        /// Base64 with octets that do not belong, or without its padding.
        case invalidBase64 = "invalid-base64"
        /// Quoted-printable with an equals sign that quotes nothing, or with octets that must be quoted.
        case invalidQuotedPrintable = "invalid-quoted-printable"
        /// Uuencoded text without beginning or end, or with octets that do not belong.
        case invalidUuencode = "invalid-uuencode"
        /// A uuencoded file in text that says nothing of it; some readers show it as an attachment.
        case embeddedUuencode = "embedded-uuencode"

        /// Whether a limit of Mail was exceeded: there is more in the message than was read.
        public var exceedsLimit: Bool {
            switch self {
            case .tooManyFields, .tooManyAddresses, .tooManyParameters, .tooManyParts, .tooDeep, .tooMuchDecoded: true
            default: false
            }
        }
    }
}

/// Defects as they are found: each kind once, at its first place, so that no message can make the list long.
public struct Defects: Sendable, Equatable {
    /// In the order in which they were found.
    public private(set) var list: [Defect] = []

    /// None.
    public init() {}

    /// Whether nothing is wrong.
    public var isEmpty: Bool { list.isEmpty }

    /// Whether a defect of `kind` was found.
    public func contains(_ kind: Defect.Kind) -> Bool {
        list.contains { $0.kind == kind }
    }

    /// Notes a defect, unless one of its kind is known already.
    public mutating func note(_ kind: Defect.Kind, at offset: Int) {
        if !contains(kind) { list.append(Defect(kind, at: offset)) }
    }

    /// Notes all of `others`, their offsets moved by `distance`.
    public mutating func note(_ others: Defects, movedBy distance: Int = 0) {
        for defect in others.list { note(defect.kind, at: defect.offset + distance) }
    }
}

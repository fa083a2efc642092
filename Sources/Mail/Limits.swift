// The bounds of reading mail, each with its reason. Exceeding one is a defect with a name, never a failure and never
// silent: see `Defect.Kind.exceedsLimit` and the properties `isComplete`.
// Must not hold a bound of anything but mail.

/// What one message may cost.
public struct Limits: Sendable, Equatable {
    /// Header fields of one block; further ones are skipped, and the block is not complete. Real messages stay below 200;
    /// ten thousand take 500 KB, and each test of a rule looks at all of them.
    public var headerFields = 10_000
    /// Addresses of one field; further ones are skipped, and the list is not complete. Long recipient lists come to some thousands.
    public var addresses = 10_000
    /// Parameters of one field; further ones are skipped, and the value is not complete. Honest ones have a dozen; CVE-2026-27859 was Dovecot without
    /// this bound.
    public var parameters = 200
    /// Parts of one message; what would be a further one is text of the part around it. Dovecot has the same.
    public var parts = 10_000
    /// Octets of the headers of all parts of one message, which are copied; fields beyond are skipped, and no further part
    /// is made. Ten thousand parts with the fields that a part has come to less.
    public var headerOctets = 4 << 20
    /// How many parts a part may be in; deeper ones are not taken apart. Postfix and Dovecot stop at a hundred.
    public var depth = 100
    /// Octets of one message that are made by decoding attached messages to find their parts.
    public var decodedOctets = 64 << 20
    /// Octets of one text, its transfer encoding undone, that are converted to UTF-8; the rest is left out. Converting
    /// holds up to seven times as many; what is no text takes its decoded length, and one part is decoded at a time.
    public var textOctets = 8 << 20
    /// Files in the archives of one message that are listed, with those of archives in them. Large archives of source
    /// have some thousands; ten thousand names take some megabytes.
    public var archiveEntries = 10_000
    /// How many archives an archive may be in to be looked into. A program packed for a joke comes to three.
    public var archiveDepth = 4
    /// Octets of one message that are made by unpacking, to find archives in archives; a block of deflate counts as a
    /// thousand at least.
    public var archiveOctets = 32 << 20
    /// How many times as long as it is packed an archive in an archive may be. Archives hardly pack at all; what is made
    /// to exhaust its reader comes to a thousand at each step.
    public var archiveRatio = 100
    /// Octets of the name of an added field (RFC 5322 section 2.1.1: a line has 998, one is the colon).
    public var addedNameLength = 76
    /// Octets of the value of an added field. RFC 5293 section 4 asks for at least 998; folded and encoded it is
    /// some three times as long, and header blocks beyond 64 KiB are refused by some servers.
    public var addedValueLength = 8_192

    /// The defaults.
    public init() {}
}

/// What the RFCs fix, or nobody sets.
extension Limits {
    /// Octets of a line of a header with its line end (RFC 5322 section 2.1.1).
    static let lineLength = 1_000
    /// Octets of a line that is written in text, without its line end (RFC 2045 section 6.7, rule 5).
    static let textLineLength = 76
    /// Octets of a boundary (RFC 2046 section 5.1.1). Longer ones are compared as wholes only.
    static let boundaryLength = 70
    /// Octets of the name of a character set. The longest that iconv knows has 26.
    static let charsetNameLength = 40
    /// Octets of an HTML entity between its ampersand and its semicolon; a longer one is text.
    static let entityLength = 32
    /// Octets of the name of a file in an archive; of a longer one its end counts.
    static let archivedNameLength = 4_096
    /// Octets of a file in an archive that are unpacked to tell its type.
    static let archivedHeadLength = 1_024
    /// What it may cost to unpack those: sixty blocks that make nothing are no accident.
    static let archivedHeadCost = 64 << 10
    /// Octets that one block of deflate costs, however few it makes: its tables have to be built.
    static let deflateBlockCost = 1_024
    /// Octets below which an archive may be packed as tightly as it likes.
    static let archiveRatioFrom = 64 << 10
    /// Blanks in a row in a file's name that are odd.
    static let manyBlanks = 10
    /// Tokens of a date that are looked at. A date has some twenty; what comes then does not matter.
    static let dateTokens = 32
}

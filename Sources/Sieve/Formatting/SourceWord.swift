// The words of a script as they are written, comments among them, each with its place in the source.
// Must not undo quoting, nor judge: it is for sources that the parser has found to be right.

/// One word or comment.
struct SourceWord {
    enum Kind: Equatable {
        /// A command's or a test's name.
        case name
        /// A tag with its colon.
        case tag
        case number
        case quoted
        /// From `text:` to the dot; a line end must follow.
        case multiline
        /// A comment up to the end of its line, without the line end.
        case hashComment
        case bracketComment
        /// A bracket, brace, parenthesis, comma or semicolon.
        case sign(UInt8)
        case end
    }

    let kind: Kind
    /// Its octets in the source.
    let range: Range<Int>
    /// The line ends between the word before and this one.
    let breaksBefore: Int

    var isComment: Bool { kind == .hashComment || kind == .bracketComment }

    func isSign(_ character: Unicode.Scalar) -> Bool { kind == .sign(UInt8(ascii: character)) }

    /// Whether an argument begins with it.
    var isArgument: Bool {
        switch kind {
        case .tag, .number, .quoted, .multiline: true
        case .sign(let octet): octet == UInt8(ascii: "[")
        case .name, .hashComment, .bracketComment, .end: false
        }
    }
}

/// Splits a source into its words.
struct SourceScanner {
    private let source: [UInt8]
    private var offset = 0

    private init(_ source: [UInt8]) {
        self.source = source
        if source.starts(with: [0xEF, 0xBB, 0xBF]) { offset = 3 }
    }

    /// All words; the last is the end.
    static func words(of source: [UInt8]) -> [SourceWord] {
        var scanner = SourceScanner(source)
        var words: [SourceWord] = []
        while words.last?.kind != .end { words.append(scanner.next()) }
        return words
    }

    private func octet(_ ahead: Int = 0) -> UInt8? {
        offset + ahead < source.count ? source[offset + ahead] : nil
    }

    private mutating func skip(while holds: (UInt8) -> Bool) {
        while let octet = octet(), holds(octet) { offset += 1 }
    }

    private mutating func next() -> SourceWord {
        var breaks = 0
        while let octet = octet(), octet.isBlank || octet == .carriageReturn || octet == .lineFeed {
            breaks += octet == .lineFeed ? 1 : 0
            offset += 1
        }
        let start = offset
        let kind = kind()
        var end = offset
        if kind == .hashComment {
            while end > start, source[end - 1].isBlank || source[end - 1] == .carriageReturn { end -= 1 }
        }
        return SourceWord(kind: kind, range: start..<end, breaksBefore: breaks)
    }

    /// Takes one word.
    private mutating func kind() -> SourceWord.Kind {
        guard let first = octet() else { return .end }
        switch first {
        case UInt8(ascii: "#"):
            skip { $0 != .lineFeed }
            return .hashComment
        case .slash where octet(1) == .star:
            return bracketComment()
        case .doubleQuote:
            return quoted()
        case UInt8(ascii: ":"):
            offset += 1
            skip(while: \.isIdentifierPart)
            return .tag
        case _ where first.isDigit:
            skip(while: \.isDigit)
            if let octet = octet(), Array("kmg".utf8).contains(octet.lowercased) { offset += 1 }
            return .number
        case _ where first.isIdentifierStart:
            return name()
        default:
            offset += 1
            return .sign(first)
        }
    }

    private mutating func bracketComment() -> SourceWord.Kind {
        offset += 2
        while let octet = octet() {
            offset += 1
            if octet == .star, self.octet() == .slash {
                offset += 1
                break
            }
        }
        return .bracketComment
    }

    private mutating func quoted() -> SourceWord.Kind {
        offset += 1
        while let octet = octet() {
            offset = min(source.count, offset + (octet == .backslash ? 2 : 1))
            if octet == .doubleQuote { break }
        }
        return .quoted
    }

    private mutating func name() -> SourceWord.Kind {
        let start = offset
        skip(while: \.isIdentifierPart)
        guard octet() == UInt8(ascii: ":"), source[start..<offset].isSameIgnoringCase(as: Array("text".utf8)) else {
            return .name
        }
        skip { $0 != .lineFeed }
        while octet() == .lineFeed {
            offset += 1
            if octet() == .dot, endsLine(1) {
                offset += 1
                break
            }
            skip { $0 != .lineFeed }
        }
        return .multiline
    }

    /// Whether a line end stands `ahead` octets from here.
    private func endsLine(_ ahead: Int) -> Bool {
        switch octet(ahead) {
        case .lineFeed: true
        case .carriageReturn: octet(ahead + 1) == .lineFeed
        default: false
        }
    }
}

// From octets to tokens (RFC 5228 section 8.1), in one pass, each octet looked at once.
// Must not trap or stop on any input: what is no token is reported and skipped.

/// Reads one token after the other; what is wrong gathers in `faults`.
struct Lexer {
    private let source: [UInt8]
    private let limits: Limits
    private var offset = 0
    private var line = 1
    private var lineStart = 0
    /// Where the word before this one began, if it was a quoted string, and whether that has more than one line.
    private var string: (start: SourcePosition, isLong: Bool)?
    /// Where a string began that surely ran on into the next one: no word may stand behind a string as one stands there.
    private var ranOn: SourcePosition?
    /// Where the quoted string begins that has no end; what was read behind it means nothing.
    private(set) var openString: SourcePosition?
    /// The first backslash of each quoted string that is lost, and the octet behind it.
    private(set) var lostBackslashes: [(position: SourcePosition, octet: UInt8)] = []
    /// Where the end of the script was first seen: behind the last word.
    private var end: SourcePosition?
    /// What was wrong so far.
    private(set) var faults: [Fault] = []

    init(source: [UInt8], limits: Limits) {
        self.source = source
        self.limits = limits
        // Editors on Windows begin UTF-8 files with a byte order mark.
        if source.starts(with: [0xEF, 0xBB, 0xBF]) { offset = 3 }
    }

    private var position: SourcePosition { SourcePosition(line: line, column: offset - lineStart + 1) }

    private func octet(_ ahead: Int = 0) -> UInt8? {
        offset + ahead < source.count ? source[offset + ahead] : nil
    }

    private mutating func report(_ message: String, at place: SourcePosition, fix: String) {
        faults.append(Fault(position: place, message: message, fix: fix))
    }

    /// Takes one octet and keeps count of lines.
    private mutating func advance() {
        if source[offset] == .lineFeed {
            line += 1
            lineStart = offset + 1
        }
        offset += 1
    }

    /// The next token; `end` again and again after the last.
    mutating func next() -> Token {
        let (before, last, string) = (offset, position, string)
        self.string = nil
        while true {
            while skipWhitespace() {}
            let start = position
            guard let first = octet() else {
                end = end ?? last
                return Token(kind: .end, position: end ?? last)
            }
            guard first == .slash, octet(1) == .star else {
                let isGlued = offset == before
                if ranOn == nil, let string, string.isLong || isGlued, !Self.mayFollowString(first, isGlued: isGlued) {
                    ranOn = string.start
                }
                return Token(kind: kind(startingWith: first), position: start, isGlued: isGlued)
            }
            if !skipBracketComment() { return Token(kind: .broken, position: start) }
        }
    }

    /// Whether a word that begins with `octet` may stand behind a string.
    private static func mayFollowString(_ octet: UInt8, isGlued: Bool) -> Bool {
        switch octet {
        case UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "]"), UInt8(ascii: ")"), UInt8(ascii: "{"): true
        case .doubleQuote, UInt8(ascii: "["), UInt8(ascii: ":"): !isGlued
        default: octet.isDigit && !isGlued
        }
    }

    private mutating func kind(startingWith first: UInt8) -> Token.Kind {
        switch first {
        case .doubleQuote: return quotedString()
        case UInt8(ascii: ":"): return tag()
        case _ where first.isDigit: return number()
        case _ where first.isIdentifierStart: return identifierOrText()
        default: break
        }
        guard let single = Self.singles[first] else { return garbage() }
        advance()
        return single
    }

    private static let singles: [UInt8: Token.Kind] = [
        UInt8(ascii: "["): .leftBracket, UInt8(ascii: "]"): .rightBracket,
        UInt8(ascii: "("): .leftParenthesis, UInt8(ascii: ")"): .rightParenthesis,
        UInt8(ascii: "{"): .leftBrace, UInt8(ascii: "}"): .rightBrace,
        UInt8(ascii: ","): .comma, UInt8(ascii: ";"): .semicolon, UInt8(ascii: "/"): .slash,
    ]

    // MARK: Whitespace

    /// Skips blanks, line ends and one hash comment; true if there may be more to skip.
    private mutating func skipWhitespace() -> Bool {
        while let octet = octet(), octet.isBlank || octet == .carriageReturn || octet == .lineFeed { advance() }
        guard octet() == UInt8(ascii: "#") else { return false }
        while let octet = octet(), octet != .lineFeed {
            if octet == 0 {
                report("encountered NUL character in hash comment", at: position, fix: "remove it")
            }
            advance()
        }
        return true
    }

    /// Skips a comment in brackets; false if the file ends before it does.
    private mutating func skipBracketComment() -> Bool {
        let start = position
        advance()
        advance()
        while let octet = octet() {
            if octet == .star, self.octet(1) == .slash {
                advance()
                advance()
                return true
            }
            if octet == 0 {
                report("encountered NUL character in bracket comment", at: position, fix: "remove it")
            }
            advance()
        }
        report(
            "end of file before end of the bracket comment ('/* ... */') that begins here",
            at: start,
            fix: "close it with '*/'"
        )
        return false
    }

    // MARK: Words

    private mutating func identifier() -> String {
        let start = offset
        while let octet = octet(), octet.isIdentifierPart { offset += 1 }
        return String(decoding: source[start..<offset], as: UTF8.self)
    }

    private mutating func tag() -> Token.Kind {
        advance()
        guard let first = octet(), first.isIdentifierStart else { return .colon }
        return .tag(identifier())
    }

    private mutating func identifierOrText() -> Token.Kind {
        let start = position
        let word = identifier()
        guard octet() == UInt8(ascii: ":"), word.lowercased() == "text" else { return .identifier(word) }
        advance()
        return multiline(from: start)
    }

    /// A number; letters right behind it are the next token, as the grammar has it.
    private mutating func number() -> Token.Kind {
        let start = position
        let begin = offset
        var value: UInt64 = 0
        var overflow = false
        while let octet = octet(), octet.isDigit {
            let (tenfold, tooBig) = value.multipliedReportingOverflow(by: 10)
            let (sum, carried) = tenfold.addingReportingOverflow(UInt64(octet - UInt8(ascii: "0")))
            overflow = overflow || tooBig || carried
            value = sum
            offset += 1
        }
        let shifts: [UInt8: UInt64] = [UInt8(ascii: "k"): 10, UInt8(ascii: "m"): 20, UInt8(ascii: "g"): 30]
        if let octet = octet(), let shift = shifts[octet.lowercased] {
            let (product, tooBig) = value.multipliedReportingOverflow(by: 1 << shift)
            overflow = overflow || tooBig
            value = product
            offset += 1
        }
        let size = ForeignSize(source[begin...])
        if overflow {
            report("number exceeds integer limits (max \(UInt64.max))", at: start, fix: "use a smaller one")
            if let size { offset = begin + size.text.utf8.count }
            return .number(.max)
        }
        if let size {
            report("a number is digits, and K, M or G behind them, not '\(size.text)'", at: start, fix: size.fix)
            offset = begin + size.text.utf8.count
        }
        return .number(value)
    }

    /// A run of octets that mean nothing here, reported as one.
    private mutating func garbage() -> Token.Kind {
        let start = position
        let first = source[offset]
        if let quote = ForeignQuote(source[offset...]) { return foreign(quote) }
        if let sign = ForeignOperator(source[offset...]) {
            report("'\(sign.text)' is no word of Sieve", at: start, fix: sign.fix)
            offset += sign.text.utf8.count
            return .broken
        }
        while let octet = octet(), !octet.startsToken { advance() }
        let shown = first.isPrintable ? "'\(Character(UnicodeScalar(first)))'" : "octet \(first)"
        report("unexpected \(shown)", at: start, fix: "put text in double quotes")
        return .garbage
    }

    /// Reads on as if the marks were double quotes; what holds for one string of a line holds for the others.
    private mutating func foreign(_ quote: ForeignQuote) -> Token.Kind {
        if faults.last?.message != Self.foreignQuote || faults.last?.position.line != line {
            let text = quote.text.map { String($0.text.prefix(Limits.shownStringLength)) } ?? "text"
            report(Self.foreignQuote, at: position, fix: "write \"\(text)\"")
        }
        offset += quote.length
        return quote.text.map { .string($0) } ?? .broken
    }

    private static let foreignQuote = "strings stand in double quotes"

    // MARK: Strings

    private mutating func quotedString() -> Token.Kind {
        let start = position
        var value: [UInt8] = []
        var lost: (position: SourcePosition, octet: UInt8)?
        advance()
        while let octet = octet() {
            switch octet {
            case .doubleQuote:
                advance()
                string = (start, line > start.line)
                if let lost { lostBackslashes.append(lost) }
                return finish(value, from: start)
            case .backslash:
                let place = position
                advance()
                guard let next = self.octet() else { continue }
                if next != .backslash, next != .doubleQuote { lost = lost ?? (place, next) }
                appendLineAware(to: &value)
            case 0:
                report("encountered NUL character in quoted string", at: position, fix: "remove it")
                advance()
            default:
                appendLineAware(to: &value)
            }
        }
        // The missing quote is mostly that of a string before, which took the next one's for its own.
        let open = ranOn ?? start
        openString = open
        report(
            "end of file before end of the quoted string that begins here",
            at: open,
            fix: "close it with a double quote"
        )
        return .broken
    }

    /// Takes one octet of a string; any line end becomes CRLF.
    private mutating func appendLineAware(to value: inout [UInt8]) {
        let octet = source[offset]
        if octet == .carriageReturn, self.octet(1) == .lineFeed {
            advance()
            value.append(.carriageReturn)
            value.append(.lineFeed)
        } else if octet == .lineFeed {
            value.append(.carriageReturn)
            value.append(.lineFeed)
        } else {
            value.append(octet)
        }
        advance()
    }

    /// The lines behind `text:` up to a lone dot; one dot of a stuffed line goes away.
    private mutating func multiline(from start: SourcePosition) -> Token.Kind {
        guard skipToFirstLine(from: start) else { return .broken }
        var value: [UInt8] = []
        while let first = octet() {
            if first == .dot, endsLine(1) {
                advance()
                return finish(value, from: start)
            }
            if first == .dot, octet(1) == .dot { advance() }
            appendLine(to: &value)
        }
        reportOpenText(at: start)
        return .broken
    }

    /// Skips blanks, a comment and the line end behind `text:`.
    private mutating func skipToFirstLine(from start: SourcePosition) -> Bool {
        while let octet = octet(), octet.isBlank { advance() }
        if octet() == UInt8(ascii: "#") {
            while let octet = octet(), octet != .lineFeed { advance() }
        }
        if octet() == .carriageReturn { advance() }
        if octet() == .lineFeed {
            advance()
            return true
        }
        guard let octet = octet() else {
            reportOpenText(at: start)
            return false
        }
        let shown = octet.isPrintable ? "'\(Character(UnicodeScalar(octet)))'" : "octet \(octet)"
        report(
            "invalid character \(shown) after 'text:' in multiline string",
            at: position,
            fix: "begin the text on the next line"
        )
        return false
    }

    private mutating func reportOpenText(at start: SourcePosition) {
        report(
            "end of file before end of the multi-line string that begins here",
            at: start,
            fix: "end it with a line of one dot"
        )
    }

    /// Whether a line end, or the end of the file, stands `ahead` octets from here.
    private func endsLine(_ ahead: Int) -> Bool {
        switch octet(ahead) {
        case .lineFeed: true
        case .carriageReturn: octet(ahead + 1) == .lineFeed
        case nil: false
        default: false
        }
    }

    /// Takes one line with its end.
    private mutating func appendLine(to value: inout [UInt8]) {
        let current = line
        while let octet = octet(), line == current {
            if octet == 0 { report("encountered NUL character in multi-line string", at: position, fix: "remove it") }
            appendLineAware(to: &value)
        }
    }

    private mutating func finish(_ value: [UInt8], from start: SourcePosition) -> Token.Kind {
        if value.count > limits.stringLength {
            report("string is too long (more than \(limits.stringLength) octets)", at: start, fix: "split it")
            return .broken
        }
        return .string(value)
    }
}

// A client's command line as a value: which command, which message, where its arguments are.
// Must not answer, forward or remember anything; the line itself stays with the caller.

/// A POP3 command (RFC 1081, 1939, 1734, 2449, 2595, 5034, 6856). Ranges are offsets into the line it was parsed from.
package enum Command: Equatable, Sendable {
    case user(name: Range<Int>)
    case pass(password: Range<Int>)
    case apop(name: Range<Int>)
    /// A login by the address of the client's machine, in place of PASS (RFC 1081).
    case rpop(name: Range<Int>)
    /// Without a mechanism: the old way to ask for a list of them.
    case auth(mechanism: Range<Int>?, initialResponse: Range<Int>?)
    case stls
    case capa
    case quit
    case stat
    case list(MessageNumber?)
    case uidl(MessageNumber?)
    case retr(MessageNumber)
    case top(MessageNumber, lines: UInt64)
    case dele(MessageNumber)
    case noop
    case rset
    case utf8
    /// With an argument the reply is one line, without it a list (RFC 6856 section 3).
    case lang(hasArgument: Bool)
    /// None of the above.
    case unknown(keyword: Range<Int>)
}

/// The number of a message in a maildrop, from 1 (RFC 1939 section 5).
package typealias MessageNumber = UInt32

/// Why a line is not a command; the text goes to the client behind `-ERR`.
package enum CommandError: Error, Equatable, Sendable {
    case empty
    /// A control octet, which no server should get to see.
    case controlOctet
    case argumentMissing
    case argumentTooMany
    case notANumber

    package var text: String {
        switch self {
        case .empty: "A command was expected"
        case .controlOctet: "Control characters are not allowed in a command"
        case .argumentMissing: "An argument is missing"
        case .argumentTooMany: "Too many arguments"
        case .notANumber: "A number was expected"
        }
    }
}

extension Command {
    /// Reads a line without its line end. Spaces in a row count as one, since clients send them so.
    package init(parsing line: Span<UInt8>) throws(CommandError) {
        for index in line.indices where line[index] < 0x20 || line[index] == 0x7F {
            throw .controlOctet
        }
        let words = Words(of: line)
        guard let keyword = words.keyword else { throw .empty }
        switch Keyword(line.extracting(keyword)) {
        case .retr: self = .retr(try words.number(in: line))
        case .top: self = try words.numberAndLines(in: line)
        case .dele: self = .dele(try words.number(in: line))
        case .list: self = .list(try words.optionalNumber(in: line))
        case .uidl: self = .uidl(try words.optionalNumber(in: line))
        case .user: self = .user(name: try words.allArguments())
        case .pass: self = .pass(password: try words.verbatim(in: line))
        case .apop: self = .apop(name: try words.firstOfTwo())
        case .rpop: self = .rpop(name: try words.allArguments())
        case .auth: self = try words.mechanismAndResponse()
        case .lang: self = .lang(hasArgument: words.first != nil)
        case .stat: self = try words.alone(.stat)
        case .noop: self = try words.alone(.noop)
        case .rset: self = try words.alone(.rset)
        case .quit: self = try words.alone(.quit)
        case .capa: self = try words.alone(.capa)
        case .stls: self = try words.alone(.stls)
        case .utf8: self = try words.alone(.utf8)
        default: self = .unknown(keyword: keyword)
        }
    }

    /// Whether a line that is no command of ours asks for a header field of every message: `XTND XLST`.
    package static func isFieldListing(_ line: Span<UInt8>) -> Bool {
        guard let first = Words(of: line).first else { return false }
        return Keyword(line.extracting(first)) == "XLST"
    }

    /// Whether this is how another protocol begins: a browser was lured here to speak to a mail server, or a client
    /// speaks TLS where plain text is expected.
    package static func isForeign(_ line: Span<UInt8>) -> Bool {
        if isTLS(line) { return true }
        guard let first = Words(of: line).keyword else { return false }
        if line.extracting(first).begins(with: "SSH-") { return true }
        switch Keyword(line.extracting(first)) {
        case "EHLO", "HELO", "LHLO": return true
        case "GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "CONNECT", "TRACE", "PATCH", "PRI": return true
        default: return false
        }
    }

    /// Whether this is the first octet of a TLS handshake (RFC 8446 section 5.1), which no line of ours begins with.
    package static func isTLS(_ octets: Span<UInt8>) -> Bool { octets.count > 0 && octets[0] == 0x16 }

    /// Whether a line that is no command of ours is one of IMAP before its login: a tag, and then the command.
    package static func isIMAP(_ line: Span<UInt8>) -> Bool {
        guard let second = Words(of: line).first else { return false }
        let word = line.extracting(second)
        return ["CAPABILITY", "LOGIN", "STARTTLS", "AUTHENTICATE"].contains {
            word.count == $0.utf8.count && word.begins(with: $0)
        }
    }
}

extension Span<UInt8> {
    /// Whether it begins with a word in capitals, in whatever letters.
    fileprivate func begins(with word: String) -> Bool {
        let octets = word.utf8
        guard count >= octets.count else { return false }
        return zip(indices, octets).allSatisfy { index, octet in
            let own = self[index]
            return own == octet || own >= 0x61 && own <= 0x7A && own - 0x20 == octet
        }
    }
}

/// Where the words of a line are.
private struct Words {
    var keyword: Range<Int>?
    var first: Range<Int>?
    var second: Range<Int>?
    var hasThird = false
    /// Where the last word ends.
    var end = 0

    init(of line: Span<UInt8>) {
        var position = 0
        while true {
            while position < line.count, line[position] == 0x20 { position += 1 }
            guard position < line.count else { return }
            let start = position
            while position < line.count, line[position] != 0x20 { position += 1 }
            end = position
            if keyword == nil {
                keyword = start..<position
            } else if first == nil {
                first = start..<position
            } else if second == nil {
                second = start..<position
            } else {
                hasThird = true
            }
        }
    }

    func alone(_ command: Command) throws(CommandError) -> Command {
        guard first == nil else { throw .argumentTooMany }
        return command
    }

    func allArguments() throws(CommandError) -> Range<Int> {
        guard let first else { throw .argumentMissing }
        return first.lowerBound..<end
    }

    /// All that follows one space: a password may begin and end with spaces (RFC 1939 section 7).
    func verbatim(in line: Span<UInt8>) throws(CommandError) -> Range<Int> {
        guard let keyword, keyword.upperBound + 1 < line.count else { throw .argumentMissing }
        return keyword.upperBound + 1..<line.count
    }

    func firstOfTwo() throws(CommandError) -> Range<Int> {
        guard let first, second != nil else { throw .argumentMissing }
        guard !hasThird else { throw .argumentTooMany }
        return first
    }

    func mechanismAndResponse() throws(CommandError) -> Command {
        guard !hasThird else { throw .argumentTooMany }
        return .auth(mechanism: first, initialResponse: second)
    }

    func number(in line: Span<UInt8>) throws(CommandError) -> MessageNumber {
        guard second == nil else { throw .argumentTooMany }
        return try firstNumber(in: line)
    }

    func optionalNumber(in line: Span<UInt8>) throws(CommandError) -> MessageNumber? {
        first == nil ? nil : try number(in: line)
    }

    func numberAndLines(in line: Span<UInt8>) throws(CommandError) -> Command {
        let number = try firstNumber(in: line)
        guard let second else { throw .argumentMissing }
        guard !hasThird else { throw .argumentTooMany }
        guard let lines = parseDecimal(line.extracting(second)) else { throw .notANumber }
        return .top(number, lines: lines)
    }

    private func firstNumber(in line: Span<UInt8>) throws(CommandError) -> MessageNumber {
        guard let first else { throw .argumentMissing }
        guard let value = parseDecimal(line.extracting(first)), let number = MessageNumber(exactly: value), number > 0
        else { throw .notANumber }
        return number
    }
}

/// Up to eight octets without regard to ASCII case, so that a command is found by comparing integers.
package struct Keyword: Equatable, ExpressibleByStringLiteral, Sendable {
    private var packed: UInt64 = 0

    package init(_ octets: Span<UInt8>) {
        guard octets.count <= 8 else {
            packed = .max
            return
        }
        for index in octets.indices { append(octets[index]) }
    }

    package init(stringLiteral value: String) {
        for octet in value.utf8 { append(octet) }
    }

    private mutating func append(_ octet: UInt8) {
        packed = packed << 8 | UInt64(octet >= 0x61 && octet <= 0x7A ? octet - 0x20 : octet)
    }
}

// Made once: to make a keyword of a text takes as long as all else that is done with a line.
extension Keyword {
    fileprivate static let retr: Keyword = "RETR"
    fileprivate static let top: Keyword = "TOP"
    fileprivate static let dele: Keyword = "DELE"
    fileprivate static let list: Keyword = "LIST"
    fileprivate static let uidl: Keyword = "UIDL"
    fileprivate static let user: Keyword = "USER"
    fileprivate static let pass: Keyword = "PASS"
    fileprivate static let apop: Keyword = "APOP"
    fileprivate static let rpop: Keyword = "RPOP"
    fileprivate static let auth: Keyword = "AUTH"
    fileprivate static let lang: Keyword = "LANG"
    fileprivate static let stat: Keyword = "STAT"
    fileprivate static let noop: Keyword = "NOOP"
    fileprivate static let rset: Keyword = "RSET"
    fileprivate static let quit: Keyword = "QUIT"
    fileprivate static let capa: Keyword = "CAPA"
    fileprivate static let stls: Keyword = "STLS"
    fileprivate static let utf8: Keyword = "UTF8"
}

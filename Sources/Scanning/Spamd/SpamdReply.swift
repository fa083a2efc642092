// spamd's replies, read as they come.
// Must not take for clean what it does not know.

/// The protocol's version, a status and a text: `SPAMD/1.1 0 EX_OK`.
struct SpamdStatus: Equatable {
    let code: Int
    let text: String

    /// - Throws: `garbage` for a line of something else, `failed` for spamd's own errors.
    init(_ line: String) throws(UnscannedReason) {
        let parts = line.split(separator: " ", maxSplits: 2)
        guard parts.count == 3, parts[0].hasPrefix("SPAMD/"), let code = Int(parts[1]) else {
            throw .garbage(PlainText.line(line))
        }
        guard code == 0 else { throw .failed(PlainText.line("\(code) \(parts[2])")) }
        self.code = code
        text = String(parts[2])
    }
}

/// A reply with a header and a body. Fed in pieces of any size.
struct SpamdReply {
    private(set) var spam: (isSpam: Bool, score: Score, threshold: Score)?
    private(set) var body: [UInt8] = []
    private var line: [UInt8] = []
    private var lines = 0
    private var length: Int?
    private var isInBody = false

    /// Takes octets; true when the reply is whole.
    mutating func take(_ octets: some Sequence<UInt8>) throws(UnscannedReason) -> Bool {
        for octet in octets {
            if isInBody {
                body.append(octet)
            } else if octet == UInt8(ascii: "\n") {
                try endLine()
            } else {
                line.append(octet)
                guard line.count <= Limits.line else { throw garbage }
            }
            guard !isInBody || body.count <= length ?? 0 else { throw garbage }
        }
        return isInBody && body.count == length
    }

    private mutating func endLine() throws(UnscannedReason) {
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        let text = String(decoding: line, as: UTF8.self)
        lines += 1
        guard lines <= Limits.headerLines else { throw garbage }
        if lines == 1 {
            _ = try SpamdStatus(text)
        } else if text.isEmpty {
            guard spam != nil, length != nil else { throw .garbage("a reply without a verdict or a length") }
            isInBody = true
        } else {
            try takeField(text)
        }
        line = []
    }

    private mutating func takeField(_ text: String) throws(UnscannedReason) {
        guard let colon = text.firstIndex(of: ":") else { throw garbage }
        let value = text[text.index(after: colon)...].trimmed
        switch text[..<colon].lowercased() {
        case "content-length":
            guard length == nil, let count = Int(value), (0...Limits.reply).contains(count) else { throw garbage }
            length = count
        case "spam":
            guard spam == nil, let verdict = Self.verdict(value) else { throw garbage }
            spam = verdict
        default:
            // Others are allowed, and say nothing to us.
            break
        }
    }

    /// `True ; 1000.0 / 5.0`
    static func verdict(_ value: some StringProtocol) -> (isSpam: Bool, score: Score, threshold: Score)? {
        let parts = value.split(separator: ";", omittingEmptySubsequences: false).map(\.trimmed)
        guard parts.count == 2 else { return nil }
        let isSpam: Bool
        switch parts[0].lowercased() {
        case "true", "yes": isSpam = true
        case "false", "no": isSpam = false
        default: return nil
        }
        let numbers = parts[1].split(separator: "/", omittingEmptySubsequences: false).map(\.trimmed)
        guard numbers.count == 2, let score = Score(numbers[0]), let threshold = Score(numbers[1]) else { return nil }
        return (isSpam, score, threshold)
    }

    private var garbage: UnscannedReason {
        .garbage(PlainText.line(String(decoding: line.prefix(Limits.words), as: UTF8.self)))
    }
}

extension StringProtocol {
    /// Without white space at its ends.
    var trimmed: String {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\r" }
        return String(String(drop(while: isSpace).reversed()).drop(while: isSpace).reversed())
    }
}

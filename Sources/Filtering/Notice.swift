// The short message that stands in for one that a rule discarded: who, when, subject, which rule.
// Must not pass on any octet of the original that a mail program could take for structure.

import Mail

/// A complete message (RFC 5322): CRLF line ends, not dot-stuffed, the same each time it is made.
struct Notice {
    private let header: HeaderBlock
    private let match: RuleMatch?

    init(header: HeaderBlock, match: RuleMatch?) {
        self.header = header
        self.match = match
    }

    var message: [UInt8] {
        let rule = match.map { "\($0.file.singleLine(upTo: 200)), line \($0.line)" } ?? "unknown"
        let subject = text(of: "Subject")
        let lines = [
            "Date: \(date)",
            "From: Popsieve <popsieve@popsieve.invalid>",
            "Subject: \(EncodedText.unstructured("[discarded] " + subject))",
            "Message-ID: <discarded.\(fingerprint)@popsieve.invalid>",
            "X-Popsieve-Notice: discarded; rule=\(EncodedText.unstructured(rule))",
            "Auto-Submitted: auto-generated",
            "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: 8bit",
            "",
            "A rule discarded the message that was here. It said:",
            "",
            "  From:    \(text(of: "From"))",
            "  Date:    \(text(of: "Date"))",
            "  Subject: \(subject)",
            "",
            "The rule: \(rule)",
            "",
            "No copy of the message is kept. It is on the mail server still, and goes",
            "from there when your mail program deletes this notice.",
            "",
        ]
        return Array(lines.joined(separator: "\r\n").utf8)
    }

    /// A field's value in one line without control characters.
    private func text(of name: String) -> String {
        guard let field = header.firstField(named: Array(name.utf8)) else { return "(none)" }
        return String(decoding: header.decodedValue(of: field), as: UTF8.self).singleLine(upTo: 200)
    }

    /// The message's own date, so that the notice stands where the message would; the epoch if it has none that
    /// could be one.
    private var date: String {
        let value = header.firstField(named: Array("Date".utf8)).map { header.unfoldedValue(of: $0) } ?? []
        let isPlain =
            value.count < 64 && value.contains(UInt8(ascii: ":")) && value.allSatisfy { $0 >= 0x20 && $0 < 0x7F }
        return isPlain ? String(decoding: value, as: UTF8.self) : "Thu, 01 Jan 1970 00:00:00 +0000"
    }

    /// A number for the identifier, from the original header (FNV-1a): no secret, only not the same for all.
    private var fingerprint: String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for octet in header.bytes[header.range] { hash = (hash ^ UInt64(octet)) &* 0x0000_0100_0000_01B3 }
        return String(hash, radix: 16)
    }
}

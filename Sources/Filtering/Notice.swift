// The short message that stands in for one that a rule withheld: who, when, subject, why, which rule.
// Must not pass on any octet of the original that a mail program could take for structure.

import Mail

/// A complete message (RFC 5322): CRLF line ends, not dot-stuffed, the same each time it is made.
struct Notice: Sendable {
    /// What became of the message.
    enum Fate: Sendable {
        case discarded(RuleMatch?)
        /// A rule put it there.
        case quarantined(RuleMatch?)
        /// With the reason, as the rule gives it or as ours.
        case rejected(String, RuleMatch?)
        /// It can't be looked at now, and why.
        case postponed(String)
    }

    private let header: HeaderBlock
    private let fate: Fate
    /// Where the original is.
    private let copies: [QuarantinedCopy]

    init(of header: HeaderBlock, _ fate: Fate, copies: [QuarantinedCopy] = []) {
        self.header = header
        self.fate = fate
        self.copies = copies
    }

    /// The same for a message that is in the quarantine now.
    func naming(_ copies: [QuarantinedCopy]) -> Notice { Notice(of: header, fate, copies: copies) }

    var message: [UInt8] {
        let subject = text(of: "Subject")
        let fields = [
            ("Date", date),
            ("From", "Popsieve <popsieve@popsieve.invalid>"),
            ("Subject", "[\(word)] \(subject)"),
            ("Message-ID", "<\(word).\(fingerprint)@popsieve.invalid>"),
            (
                "X-Popsieve-Notice",
                word + (rule.map { "; rule=\($0)" } ?? "") + copies.map { "; copy=\($0.identifier)" }.joined()
            ),
            ("Auto-Submitted", "auto-generated"),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit"),
        ]
        let lines =
            [""] + opening + [
                "",
                "  From:    \(text(of: "From"))",
                "  Date:    \(text(of: "Date"))",
                "  Subject: \(subject)",
                "",
            ] + (rule.map { ["The rule: \($0)", ""] } ?? []) + ending + [""]
        let header = fields.flatMap { name, value in
            // What looks like an encoded word was shown as it is, and so it is here.
            FieldWriter.field(name: Array(name.utf8), value: Array(value.utf8), isLiteral: true)
        }
        return header + Array(lines.joined(separator: "\r\n").utf8)
    }

    private var word: String {
        switch fate {
        case .discarded: "discarded"
        case .quarantined: "quarantined"
        case .rejected: "rejected"
        case .postponed: "postponed"
        }
    }

    private var rule: String? {
        switch fate {
        case .discarded(let match), .quarantined(let match), .rejected(_, let match):
            match.map { "\($0.file.singleLine(upTo: TextLimits.line)), line \($0.line)" }
        case .postponed: nil
        }
    }

    private var opening: [String] {
        switch fate {
        case .quarantined: ["A rule put the message that was here into the quarantine. It said:"]
        case .discarded: ["A rule discarded the message that was here. It said:"]
        case .rejected(let reason, let match):
            ["\(match == nil ? "Popsieve" : "A rule") rejected the message that was here. The reason:", ""]
                + reason.noticeLines + ["", "The message said:"]
        case .postponed(let reason):
            ["Popsieve could not look at the message that was here. The reason:", ""]
                + reason.noticeLines + ["", "The message said:"]
        }
    }

    private var ending: [String] {
        switch fate {
        case _ where !copies.isEmpty:
            ["The original is in the quarantine; whoever runs Popsieve can release it:", ""]
                + copies.map { "  \($0.identifier)  in the folder \($0.folder.singleLine(upTo: TextLimits.line))" }
        case .discarded, .quarantined:
            [
                "Popsieve keeps no copy of it. On the mail server it goes when your mail",
                "program deletes it there, which many do as soon as they have this notice.",
            ]
        case .rejected(_, nil):
            // A later session does not look for what only a limit was in the way of.
            [
                "The message itself is still on the mail server, and stays there if you",
                "delete this notice now. Deleting it another day deletes it there, too.",
            ]
        case .rejected:
            [
                "The message itself stays on the mail server, also when you delete this",
                "notice.",
            ]
        case .postponed:
            [
                "The message itself is still on the mail server, and can't be deleted as",
                "long as nobody has looked at it. Fetch it again later.",
            ]
        }
    }

    /// A field's value in one line without control characters.
    private func text(of name: String) -> String {
        guard let field = header.firstField(named: Array(name.utf8)) else { return "(none)" }
        return String(decoding: header.decodedValue(of: field), as: UTF8.self).singleLine(upTo: TextLimits.line)
    }

    /// The message's own date, so that the notice stands where the message would; the epoch if it has none that
    /// could be one.
    private var date: String {
        let value = header.firstField(named: Array("Date".utf8)).map { header.unfoldedValue(of: $0) } ?? []
        let isPlain =
            value.count < TextLimits.date && value.contains(UInt8(ascii: ":"))
            && value.allSatisfy { $0 >= 0x20 && $0 < 0x7F }
        return isPlain ? String(decoding: value, as: UTF8.self) : "Thu, 01 Jan 1970 00:00:00 +0000"
    }

    /// A number for the identifier, from the original header (FNV-1a): no secret, only not the same for all.
    private var fingerprint: String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for octet in header.bytes[header.range] { hash = (hash ^ UInt64(octet)) &* 0x0000_0100_0000_01B3 }
        return String(hash, radix: 16)
    }
}

// The short message that stands in for one that a rule withheld: who, when, subject, why, which rule.
// Must not pass on any octet of the original that a mail program could take for structure, but for a sender, a date and an
// identifier that are the only ones and plain.

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

    /// - Parameter texts: what it says
    func message(_ texts: NoticeTexts) -> [UInt8] {
        let text = texts[kind]
        let values = values
        let fields = [
            ("Date", date),
            ("From", from ?? "Popsieve <popsieve@popsieve.invalid>"),
            ("Subject", text.subject.lines(values).first ?? "[\(word)]"),
            ("Message-ID", identifier ?? "<\(word).\(fingerprint)@popsieve.invalid>"),
            (
                "X-Popsieve-Notice",
                word + (rule.map { "; rule=\($0)" } ?? "") + copies.map { "; copy=\($0.identifier)" }.joined()
            ),
            ("Auto-Submitted", "auto-generated"),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit"),
        ]
        let header = fields.flatMap { name, value in
            // What looks like an encoded word was shown as it is, and so it is here; the sender's name is one.
            FieldWriter.field(name: Array(name.utf8), value: Array(value.utf8), isLiteral: name != "From")
        }
        let lines = text.lines.flatMap { $0.lines(values) }.flatMap(\.fittingLines)
        return header + Array(([""] + lines + [""]).joined(separator: "\r\n").utf8)
    }

    private var values: NoticeValues {
        let subject = text(of: "Subject")
        var values: [NoticeTexts.Placeholder: String] = [
            .subject: subject, .from: text(of: "From"), .date: text(of: "Date"),
        ]
        values[.rule] = rule
        let copies = copies.map { copy in
            QuarantinedCopy(folder: copy.folder.singleLine(upTo: TextLimits.line), identifier: copy.identifier)
        }
        let reason: [String] =
            switch fate {
            case .rejected(let reason, _), .postponed(let reason): reason.noticeLines
            case .discarded, .quarantined: []
            }
        return NoticeValues(single: values, reason: reason, copies: copies)
    }

    private var word: String {
        switch fate {
        case .discarded: "discarded"
        case .quarantined: "quarantined"
        case .rejected: "rejected"
        case .postponed: "postponed"
        }
    }

    private var kind: NoticeTexts.Kind {
        switch fate {
        case .discarded: copies.isEmpty ? .discarded : .discardedKept
        case .quarantined: .quarantined
        case .postponed: .postponed
        case .rejected(_, nil): .refused
        case .rejected: copies.isEmpty ? .rejected : .rejectedKept
        }
    }

    private var rule: String? {
        switch fate {
        case .discarded(let match), .quarantined(let match), .rejected(_, let match):
            match.map { "\($0.file.singleLine(upTo: TextLimits.line)), line \($0.line)" }
        case .postponed: nil
        }
    }

    /// A field's value in one line without control characters.
    private func text(of name: String) -> String {
        guard let field = header.firstField(named: Array(name.utf8)) else { return "(none)" }
        return String(decoding: header.decodedValue(of: field), as: UTF8.self).singleLine(upTo: TextLimits.line)
    }

    // The message's own, so that the notice stands where the message would, and in its thread.

    /// When it was received if it has none that could be one, and the epoch if that is not to be seen either: another time
    /// each time it is fetched would make it another message.
    private var date: String {
        let dates = [plain("Date", most: TextLimits.date), received]
        return dates.lazy.compactMap { $0 }.first { $0.contains(":") } ?? "Thu, 01 Jan 1970 00:00:00 +0000"
    }

    /// What stands behind the semicolon of the topmost Received field (RFC 5321 section 4.4).
    private var received: String? {
        guard let field = header.firstField(named: "Received"),
            let date = header.unfoldedValue(of: field).split(separator: UInt8(ascii: ";")).last
        else { return nil }
        return plain(date.drop { $0 == 0x20 }, most: TextLimits.date)
    }

    private var from: String? {
        guard let field = header.firstField(named: "From"), let value = plain("From", most: TextLimits.from),
            value.contains("@"),
            // An encoded word can hide what no name has.
            header.decodedValue(of: field).allSatisfy({ $0 >= 0x20 && $0 != 0x7F })
        else { return nil }
        return value
    }

    private var identifier: String? {
        guard let value = plain("Message-ID", most: TextLimits.identifier),
            value.wholeMatch(of: /<[^<>@ ]+@[^<>@ ]+>/) != nil
        else { return nil }
        return value
    }

    /// A field's value as it stands there, if it is the only one of its name, of no more octets, and all of them are
    /// printable ASCII.
    private func plain(_ name: StaticString, most: Int) -> String? {
        let fields = header.fields(named: name)
        guard fields.count == 1 else { return nil }
        return plain(header.unfoldedValue(of: fields[0])[...], most: most)
    }

    private func plain(_ value: ArraySlice<UInt8>, most: Int) -> String? {
        let isPlain = !value.isEmpty && value.count <= most && value.allSatisfy { $0 >= 0x20 && $0 < 0x7F }
        return isPlain ? String(decoding: value, as: UTF8.self) : nil
    }

    /// A number for the identifier, from the original header (FNV-1a): no secret, only not the same for all.
    private var fingerprint: String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for octet in header.bytes[header.range] { hash = (hash ^ UInt64(octet)) &* 0x0000_0100_0000_01B3 }
        return String(hash, radix: 16)
    }
}

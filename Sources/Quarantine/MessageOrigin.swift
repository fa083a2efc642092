// Who a message was for, whence it came and which rule put it here: the metadata, and how it stands in the file.
// Must not open anything, nor believe that a file is as it was written.

/// What is known of a message beside its octets.
package struct MessageOrigin: Sendable, Equatable {
    /// Who fetched it; octets as the client gave them.
    package var user: [UInt8]
    /// The upstream's name in the settings.
    package var upstream: String
    /// The server's unique identifier (RFC 1939 section 7); nil if it gave none.
    package var uidl: [UInt8]?
    /// The message's number in its session, from 1 on.
    package var number: Int
    /// The session's identifier in the audit log.
    package var session: String
    /// Whose rule it was; nil if it was none, but a setting.
    package var rule: Rule?
    /// As in the audit log.
    package var verdict: String

    /// A place in a rule file.
    package struct Rule: Sendable, Equatable {
        package var file: String
        /// From 1 on.
        package var line: Int

        package init(file: String, line: Int) {
            self.file = file
            self.line = line
        }
    }

    package init(
        user: [UInt8],
        upstream: String,
        uidl: [UInt8]?,
        number: Int,
        session: String,
        rule: Rule?,
        verdict: String
    ) {
        self.user = user
        self.upstream = upstream
        self.uidl = uidl
        self.number = number
        self.session = session
        self.rule = rule
        self.verdict = verdict
    }
}

/// The metadata as header fields in front of the message: one file, so that one rename makes both visible, and a mail
/// program shows them. The first line has the block's length; from there on it is the original, octet for octet,
/// whatever that begins with. Its lines end with LF, as in other maildirs; those of the original end as the server sent
/// them, with CRLF, because only then it can be got back. Mail programs read both.
///
///     X-Popsieve-Quarantine: 1 00412
///     X-Popsieve-Time: Mon, 23 Nov 2026 08:15:04 +0000
///     X-Popsieve-User: me@example.com
///     …
enum MetadataBlock {
    /// The form of the block: `1`, and its octets in five digits.
    private static let opening = Array("X-Popsieve-Quarantine: 1 ".utf8)
    private static let digits = 5
    private static let prefix = "X-Popsieve-"
    private static var openingOctets: Int { opening.count + digits + 1 }

    /// Throws ``QuarantineError/valueTooLong(name:octetsMost:)``. `date` is for people; a name has the time.
    static func encode(_ origin: MessageOrigin, date: String) throws(QuarantineError) -> [UInt8] {
        var lines = try line("Time", Array(date.utf8))
        lines += try line("User", origin.user)
        lines += try line("Upstream", Array(origin.upstream.utf8))
        if let uidl = origin.uidl { lines += try line("UIDL", uidl) }
        lines += try line("Number", Array(String(origin.number).utf8))
        lines += try line("Session", Array(origin.session.utf8))
        if let rule = origin.rule { lines += try line("Rule", Array("\(rule.file):\(rule.line)".utf8)) }
        lines += try line("Verdict", Array(origin.verdict.utf8))
        let octets = String(openingOctets + lines.count)
        let length = String(repeating: "0", count: max(0, digits - octets.count)) + octets
        return opening + length.utf8 + [0x0A] + lines
    }

    private static func line(_ name: String, _ value: [UInt8]) throws(QuarantineError) -> [UInt8] {
        let most = QuarantineLimits.valueOctets
        guard value.count <= most else { throw .valueTooLong(name: name.lowercased(), octetsMost: most) }
        return Array("\(prefix)\(name): ".utf8) + PercentText.encode(value, space: true) + [0x0A]
    }

    /// How long the block is that begins here; nil if none does, or its length is none.
    static func octets(of bytes: [UInt8]) -> Int? {
        let number = bytes.dropFirst(opening.count).prefix(digits)
        let isDecimal = number.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard bytes.starts(with: opening), number.count == digits, isDecimal,
            let octets = Int(String(decoding: number, as: UTF8.self)),
            (openingOctets...QuarantineLimits.blockOctets).contains(octets)
        else { return nil }
        return octets
    }

    /// Nil for what was not written by ``encode(_:date:)``.
    static func decode(_ bytes: [UInt8]) -> MessageOrigin? {
        guard octets(of: bytes) == bytes.count else { return nil }
        var values: [String: [UInt8]] = [:]
        for line in bytes.dropFirst(openingOctets).split(separator: 0x0A) {
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")),
                line[colon...].dropFirst().first == 0x20, let value = PercentText.decode(line[(colon + 2)...])
            else { return nil }
            values[String(decoding: line[..<colon], as: UTF8.self)] = value
        }
        func text(_ name: String) -> String? {
            values[prefix + name].flatMap { String(validating: $0, as: UTF8.self) }
        }
        guard let user = values[prefix + "User"], let upstream = text("Upstream"),
            let number = text("Number").flatMap({ Int($0) }), let session = text("Session"),
            let verdict = text("Verdict")
        else { return nil }
        return MessageOrigin(
            user: user,
            upstream: upstream,
            uidl: values[prefix + "UIDL"],
            number: number,
            session: session,
            rule: text("Rule").flatMap(rule),
            verdict: verdict
        )
    }

    private static func rule(_ text: String) -> MessageOrigin.Rule? {
        guard let colon = text.utf8.lastIndex(of: UInt8(ascii: ":")), let line = Int(text[colon...].dropFirst())
        else { return nil }
        return .init(file: String(text[..<colon]), line: line)
    }
}

// Text from the network in a line: it can't end a string, a line or a character, nor turn what follows.
// Must not take the encoder's word for it: JSON and UTF-8 are read by Foundation.

import Audit
import Foundation
import Testing

@Suite struct EscapingTests {
    /// What a text of any bytes becomes between its quotes.
    private func escaped(_ bytes: [UInt8], limit: Int = 512) -> String {
        var limits = AuditLimits()
        limits.text = limit
        var lines = AuditLines(limits: limits)
        let session = AuditSession(id: "s", client: "c")
        lines.append(.protocolViolation(.init(session: session, side: .client, name: "n", detail: bytes)), at: moment)
        let line = String(decoding: lines.bytes, as: UTF8.self)
        #expect(line.utf8.count { $0 == UInt8(ascii: "\n") } == 1)
        return String(line.components(separatedBy: #""detail":""#)[1].dropLast(3))
    }

    @Test(
        arguments: [
            ("plain", "plain"),
            ("", ""),
            ("é €😀", "é €😀"),
            ("\"}\n{\"v\":1,\"event\":\"message\"}", #"\"}\u000a{\"v\":1,\"event\":\"message\"}"#),
            ("back\\slash \\u0041", #"back\\slash \\u0041"#),
            ("\r\n\t\0", #"\u000d\u000a\u0009\u0000"#),
            ("\u{1B}[31mred\u{7F}", #"\u001b[31mred\u007f"#),
            ("\u{80}\u{9B}\u{9F}\u{A0}", "\\u0080\\u009b\\u009f\u{A0}"),
            ("a\u{2028}b\u{2029}c", #"a\u2028b\u2029c"#),
            ("\u{202E}moc.elgoog\u{202C}", #"\u202emoc.elgoog\u202c"#),
            ("\u{2066}\u{2069}\u{200F}\u{61C}", #"\u2066\u2069\u200f\u061c"#),
            ("\u{FEFF}zero\u{200B}width", #"\ufeffzero\u200bwidth"#),
            ("\u{E0041}", #"\udb40\udc41"#),
            ("</script>", "</script>"),
        ]
    )
    func character(raw: String, expected: String) {
        #expect(escaped(Array(raw.utf8)) == expected)
    }

    @Test(
        arguments: [
            ("{\"a\": \"b\"}\t", "{\"a\": \"b\"}\t"), ("[\"é €😀\"]", "[\"é €😀\"]"),
            ("[\"\u{7F}\u{9B}31m\u{2028}\u{202E}\"]", #"["\u007f\u009b31m\u2028\u202e"]"#),
            ("[\"\u{E0041}\"]", #"["\udb40\udc41"]"#),
        ]
    )
    func othersJSONIsShownWithTheSameEscapes(json: String, shown: String) throws {
        #expect(String(decoding: Array(json.utf8).shownAsJSON, as: UTF8.self) == shown)
        #expect(AuditValue(parsing: Array(json.utf8).shownAsJSON) == AuditValue(parsing: Array(json.utf8)))
    }

    @Test func othersJSONThatIsNoUTF8IsShownAsUTF8() {
        #expect(([0x22, 0x9B, 0x22] as [UInt8]).shownAsJSON == Array("\"\u{FFFD}\"".utf8))
    }

    /// The strict reader's answer is String(decoding:), which follows Unicode's maximal parts.
    @Test(
        arguments: [
            [0xFF], [0xC3], [0xC3, 0x28], [0xC0, 0x80], [0xC1, 0xBF], [0xE2, 0x82], [0xE2, 0x82, 0x41],
            [0xE2, 0x28, 0xA1],
            [0xE0, 0x80, 0x80], [0xE0, 0x9F, 0xBF], [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xF0, 0x80, 0x80, 0x80],
            [0xF0, 0x9F, 0x98], [0xF0, 0x9F, 0x98, 0x41], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80],
            [0x80, 0xBF], [0x41, 0xC3, 0xA9, 0xC3], [0xF8, 0x88, 0x80, 0x80, 0x80], [0xEF, 0xBF, 0xBD],
            [0xF4, 0x8F, 0xBF, 0xBF],
        ] as [[UInt8]]
    )
    func invalidUTF8(bytes: [UInt8]) {
        #expect(escaped(bytes) == String(decoding: bytes, as: UTF8.self))
    }

    @Test func anyTwoBytesAreReadBackAsAStrictReaderReadsThem() throws {
        for first in UInt8.min...UInt8.max {
            for second in stride(from: 0, through: 255, by: 5).map(UInt8.init) {
                let bytes = [0x61, first, second, 0xC3, 0xA9]
                let json = Data((#"[""# + escaped(bytes) + #""]"#).utf8)
                let read = try JSONSerialization.jsonObject(with: json) as? [String]
                #expect(read == [String(decoding: bytes, as: UTF8.self)])
            }
        }
    }

    @Test(
        arguments: [
            ("abcd", 4, "abcd"),
            ("abcde", 4, "abcd…+1"),
            ("abcé", 4, "abc…+2"),
            ("abcé", 5, "abcé"),
            ("\n\n\n", 2, #"\u000a\u000a…+1"#),
            ("abc…+9", 3, "abc…+5"),
            ("\u{202E}abc", 2, "…+6"),
            ("a", 0, "…+1"),
        ]
    )
    func longText(raw: String, limit: Int, expected: String) {
        #expect(escaped(Array(raw.utf8), limit: limit) == expected)
    }

    @Test func invalidBytesCountAgainstTheLimitAsTheyCame() {
        #expect(escaped([0xFF, 0xFF, 0xFF], limit: 2) == "\u{FFFD}\u{FFFD}…+1")
        #expect(escaped([0x61, 0xE2, 0x82], limit: 2) == "a…+2")
    }

    @Test func ownTextIsEscapedToo() {
        let event = AuditEvent.rulesLoaded(.init(files: ["a\"\n.sieve"], depth: "header"))
        #expect(text(event).contains(#""files":["a\"\u000a.sieve"]"#))
    }
}

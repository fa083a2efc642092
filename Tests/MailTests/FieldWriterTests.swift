// What is written into an added field: folding, encoded words, and that it reads back the same.
// Must not test where the field goes.

import Testing

@testable import Mail

@Suite struct FieldWriterTests {
    private func field(_ value: String) -> String {
        String(decoding: FieldWriter.field(name: Array("X".utf8), value: Array(value.utf8)), as: UTF8.self)
    }

    @Test(arguments: [
        ("", "X: \r\n"),
        ("a  b\tc", "X: a  b\tc\r\n"),
        ("é", "X: =?utf-8?b?w6k=?=\r\n"),
        ("Größe", "X: =?utf-8?b?R3LDtsOfZQ==?=\r\n"),
        ("a Größe é b", "X: a =?utf-8?b?R3LDtsOfZSDDqQ==?= b\r\n"),
        ("Ein kleiner-Gruß", "X: Ein =?utf-8?q?kleiner-Gru=C3=9F?=\r\n"),
        ("EinRechtLangesWortMitö", "X: =?utf-8?q?EinRechtLangesWortMit=C3=B6?=\r\n"),
        ("=?a?q?b?=", "X: =?a?q?b?=\r\n"),
        ("\u{1B}[31m", "X: =?utf-8?b?G1szMW0=?=\r\n"),
    ])
    func written(value: String, expected: String) { #expect(field(value) == expected) }

    @Test func foldedAtWhiteSpace() {
        let word = String(repeating: "w", count: 30)
        #expect(field("\(word) \(word) \(word)\t\(word)") == "X: \(word) \(word)\r\n \(word)\t\(word)\r\n")
        // 78 octets stay in one line, 79 do not.
        let fitting = String(repeating: "w", count: 44)
        #expect(field("\(word) \(fitting)").utf8.count == 80)
        #expect(field("\(word) \(fitting)w") == "X: \(word)\r\n \(fitting)w\r\n")
    }

    @Test(arguments: [
        "plain", String(repeating: "ö", count: 500), String(repeating: "wört und ", count: 200) + "Ende",
        String(repeating: "x", count: 5_000), "😀 " + String(repeating: "😀", count: 99) + " end",
        "a =?utf-8?q?b?= é =?utf-8?q?c?=", "tab\tand  two é  é spaces", "\u{1}\u{2} \u{7F}",
        String(repeating: "a b ", count: 400) + "é", "日本語のとても長い件名をここに書きますので折り返されるはずです。",
    ])
    func readsBackTheSame(value: String) throws {
        var block = HeaderBlock(Array("\r\n".utf8))
        let field = try block.add(name: Array("Subject".utf8), value: Array(value.utf8))
        let read = HeaderBlock(block.rendered())
        #expect(read.fields.count == 1)
        #expect(read.defects.isEmpty)
        #expect(String(decoding: block.decodedValue(of: field), as: UTF8.self) == value)
        #expect(read.decodedValue(of: read.fields[0]) == Array(value.utf8))
        for line in read.bytes.split(separator: UInt8.lf) where line.count > 1 {
            #expect(line.count <= 79)
            #expect(line.allSatisfy { $0.isVisible || $0.isWhiteSpace })
        }
    }

    @Test func invalidUTF8IsRepaired() throws {
        var block = HeaderBlock(Array("\r\n".utf8))
        let field = try block.add(name: Array("X".utf8), value: [0x61, 0xFF])
        #expect(block.decodedValue(of: field) == Array("a\u{FFFD}".utf8))
    }
}

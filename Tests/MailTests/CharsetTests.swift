// Character sets by the names that mail programs write, and text in units of more than one octet in bodies.
// Must not test encoded words.

import Testing

@testable import Mail

@Suite struct CharsetTests {
    private func text(_ octets: [UInt8], _ charset: String) -> (text: String, defect: Defect.Kind?) {
        var text: [UInt8] = []
        let outcome = Charset(name: Array(charset.utf8)[...]).decode(octets[...], into: &text)
        return (String(decoding: text, as: UTF8.self), outcome.defect)
    }

    @Test(
        arguments: [
            ("x-cp1251", [0xE0], "а"), ("cp1251", [0xE0], "а"), ("windows-1251", [0xE0], "а"),
            ("win-1251", [0xE0], "а"),
            ("windows1251", [0xE0], "а"), ("WIN1251", [0xE0], "а"), ("cp_1251", [0xE0], "а"), ("x-cp1252", [0x80], "€"),
            ("ANSI", [0x80], "€"), ("ms-1252", [0x80], "€"), ("x-windows-1252", [0x80], "€"),
            ("windows-949", [0xC7, 0xD1], "한"), ("ks_c_5601-1987", [0xC7, 0xD1], "한"), ("korean", [0xC7, 0xD1], "한"),
            ("x-windows-949", [0xC7, 0xD1], "한"), ("EUC-KR", [0xC7, 0xD1], "한"), ("cp51949", [0xC7, 0xD1], "한"),
            ("latin-1", [0xE9], "é"), ("latin_1", [0xE9], "é"), ("iso8859-1", [0xE9], "é"),
            ("ISO_8859-1:1987", [0xE9], "é"),
            ("iso88591", [0xE9], "é"), ("8859-1", [0xE9], "é"), ("cp819", [0xE9], "é"), ("latin-2", [0xB1], "ą"),
            ("latin2", [0xB1], "ą"), ("iso88592", [0xB1], "ą"), ("x-iso-8859-2", [0xB1], "ą"), ("latin-9", [0xA4], "€"),
            ("iso-8859-8-i", [0xE0], "א"), ("iso-8859-8-e", [0xE0], "א"), ("visual", [0xE0], "א"),
            ("logical", [0xE0], "א"),
            ("iso-8859-11", [0xA1], "ก"), ("tis-620", [0xA1], "ก"), ("windows-874", [0xA1], "ก"),
            ("chinese", [0xD6, 0xD0], "中"), ("gb_2312-80", [0xD6, 0xD0], "中"), ("cp936", [0xD6, 0xD0], "中"),
            ("x-gbk", [0xD6, 0xD0], "中"), ("gb2312", [0xD6, 0xD0], "中"), ("x-x-big5", [0xA4, 0xA4], "中"),
            ("windows-950", [0xA4, 0xA4], "中"), ("x-sjis", [0x93, 0xFA], "日"), ("windows-31j", [0x93, 0xFA], "日"),
            ("cp943", [0x93, 0xFA], "日"), ("x-euc-jp", [0xC6, 0xFC], "日"), ("koi8", [0xC1], "а"),
            ("cp20866", [0xC1], "а"),
            ("unicode-1-1-utf-7", Array("+AOk-".utf8), "é"), ("x-unicode-2-0-utf-7", Array("+AOk-".utf8), "é"),
            ("cp65000", Array("+AOk-".utf8), "é"), ("cp-850", [0x82], "é"), ("ibm-850", [0x82], "é"),
            ("dos850", [0x82], "é"),
            ("ibm437", [0x82], "é"), ("x-mac-roman", [0x8E], "é"), ("x-mac-ce", [0x8E], "é"),
            ("x-mac-cyrillic", [0xE0], "а"),
            ("cp65001", [0xC3, 0xA9], "é"), ("x-utf-8", [0xC3, 0xA9], "é"), ("utf8mb4", [0xC3, 0xA9], "é"),
            ("unicode-1-1-utf-8", [0xC3, 0xA9], "é"), ("'utf-8'", [0xC3, 0xA9], "é"), ("\"utf-8\"", [0xC3, 0xA9], "é"),
            ("cp1200", [0xE9, 0], "é"), ("unicodeFFFE", [0, 0xE9], "é"), ("utf-16le", [0xE9, 0], "é"),
        ] as [(String, [UInt8], String)]
    )
    func namesOfMailPrograms(name: String, octets: [UInt8], expected: String) {
        let (text, defect) = text(octets, name)
        #expect(text == expected)
        #expect(defect == nil)
    }

    @Test(arguments: ["iso-8859-12", "iso-8859-99", "cp", "windows-", "cp999999", "x-", "x-x-x-no", "iso-8859", "''"])
    func namesThatMeanNothing(name: String) {
        let (text, defect) = text(Array("abc".utf8), name)
        #expect(text == "abc")
        #expect(defect == .unknownCharset)
    }

    /// Octets in an order that somebody may write accents in, and all others.
    @Test(
        "a table says of every octet what iconv says of the text",
        arguments: OctetTable.names.sorted() + ["iso-8859-1"]
    )
    func tables(name: String) throws {
        let table = name == "iso-8859-1" ? OctetTable.latin1 : try #require(OctetTable.named(name))
        var generator = SeededGenerator(seed: 7)
        let every = Array(UInt8.min...UInt8.max)
        let random = (0..<4_096).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        let accents = every.flatMap { octet -> [UInt8] in [0x41, octet, octet, 0x65] }
        for octets in [every, random, accents, Array("plain".utf8), []] {
            var (own, theirs): ([UInt8], [UInt8]) = ([], [])
            let isValid = table.append(octets[...], to: &own)
            #expect(CharsetConverter.convert(octets[...], from: name, into: &theirs) == isValid)
            #expect(own == theirs)
        }
    }

    /// Every name in the table leads to something that can be converted.
    @Test func theTableIsKnownToTheConverter() {
        let names = Set(CharsetNames.aliases.values).union(CharsetNames.pages.values)
        #expect(names.count > 35)
        for name in names { #expect(text(Array("\0\0\0a".utf8), name).defect != .unknownCharset, "\(name)") }
        for name in CharsetNames.aliases.keys { #expect(!CharsetNames.refused.contains(name)) }
    }

    @Test(
        arguments: [
            ("utf-16", [0xFE, 0xFF, 0, 0x26], "&", []), ("utf-16", [0xFF, 0xFE, 0x26, 0], "&", []),
            ("utf-16", [0, 0x26], "&", [.missingByteOrder]), ("ucs-2", [0, 0x26], "&", [.missingByteOrder]),
            ("utf-16", [0x26, 0], "\u{2600}", [.missingByteOrder]), ("utf-16", [], "", []),
            ("utf-16", [0x20, 0x20], "\u{2020}", []), ("utf-16", [0xD8, 0xD8], "\u{FFFD}\u{FFFD}", [.invalidText]),
            ("utf-16", [0, 0x26, 0], "&\u{FFFD}", [.missingByteOrder]),
            ("ucs-4", [0, 0, 0, 0x26], "&", [.missingByteOrder]),
        ] as [(String, [UInt8], String, [Defect.Kind])]
    )
    func bodiesInUnitsOfMoreThanOneOctet(charset: String, octets: [UInt8], text: String, defects: [Defect.Kind]) {
        let header = "Content-Type: text/plain; charset=\(charset)\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        let message = Message(Array(header.utf8) + Base64.encode(octets))
        var found = Defects()
        #expect(String(decoding: message.text(of: message.parts[0], noting: &found), as: UTF8.self) == text)
        #expect(found.list.map(\.kind) == defects)
    }
}

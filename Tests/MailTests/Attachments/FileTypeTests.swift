// Types by the first octets: a mark each, what looks like one and is none, and what is two things.
// Must not test archives; ZipArchiveTests do.

import Testing

@testable import Mail

@Suite struct FileTypeTests {
    private static func octets(_ text: String) -> [UInt8] { Array(text.utf8) }

    static let cases: [(name: String, octets: [UInt8], types: [FileType])] = [
        ("nothing", [], [.empty]),
        ("text", octets("Hello,\r\nworld é"), [.text]),
        ("octets", [1, 2, 3, 0], [.unknown]),
        ("PE", octets("MZ") + [0x90, 0, 3, 0, 0, 0], [.windowsProgram]),
        ("letters that begin like PE", octets("MZ-2026: the minutes"), [.text]),
        ("ELF", [0x7F] + octets("ELF") + [2, 1], [.linuxProgram]),
        ("Mach-O", [0xCF, 0xFA, 0xED, 0xFE, 7, 0, 0, 1], [.macProgram]),
        ("two Mach-O in one", [0xCA, 0xFE, 0xBA, 0xBE, 0, 0, 0, 2], [.macProgram]),
        ("Java", [0xCA, 0xFE, 0xBA, 0xBE, 0, 0, 0, 0x34], [.javaClass]),
        ("a shell script", octets("#!/bin/sh\n"), [.script]),
        ("a shortcut", [0x4C, 0, 0, 0, 1, 0x14, 2, 0], [.windowsShortcut]),
        ("OLE2", [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1], [.ole]),
        ("PDF", octets("%PDF-1.7"), [.pdf]),
        ("PDF behind something", octets("junk\n%PDF-1.7"), [.pdf]),
        ("RTF", octets("{\\rtf1"), [.rtf]),
        ("RTF as Word takes it", octets("{\\rt\\x"), [.rtf]),
        ("HTML", octets("\n  <!DOCTYPE HTML>"), [.html]),
        ("HTML behind a mark", [0xEF, 0xBB, 0xBF] + octets("<HtMl>"), [.html]),
        ("HTML in UTF-16", [0xFF, 0xFE] + octets("<html>").flatMap { [$0, 0] }, [.html]),
        ("HTML behind a comment", octets("<!-- x --> <script>"), [.html]),
        ("XML", octets("<?xml version='1.0'?><a/>"), [.xml]),
        ("SVG", octets("<?xml version='1.0'?><svg>"), [.html]),
        ("zip", octets("PK") + [3, 4], [.zip]),
        ("gzip", [0x1F, 0x8B, 8], [.gzip]),
        ("7z", [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], [.sevenZip]),
        ("rar", octets("Rar!") + [0x1A, 7, 1, 0], [.rar]),
        ("ISO", [UInt8](repeating: 0, count: 0x8001) + octets("CD001"), [.diskImage]),
        ("PNG", [0x89] + octets("PNG") + [0x0D, 0x0A, 0x1A, 0x0A], [.png]),
        ("JPEG", [0xFF, 0xD8, 0xFF, 0xE0], [.jpeg]),
        ("GIF", octets("GIF89a"), [.gif]),
        ("letters that begin like BMP", octets("BMW sells cars"), [.text]),
        ("a program that is a PDF", octets("MZ") + [0] + octets("%PDF-1.4"), [.windowsProgram, .pdf]),
    ]

    @Test(arguments: cases.indices)
    func isTold(index: Int) {
        let test = Self.cases[index]
        #expect(FileType.types(of: test.octets.span) == test.types, "\(test.name)")
    }

    @Test func cutAnywhereItIsStillReadWithoutATrap() {
        for test in Self.cases {
            for count in 0...min(40, test.octets.count) {
                _ = FileType.types(of: Array(test.octets.prefix(count)).span)
            }
        }
    }

    /// White space and strays that stand for nothing do not keep it from being looked at.
    @Test func whatAnEncodingStandsForIsLookedAtHoweverLateItBegins() {
        let blank = String(repeating: " \r\n", count: 60_000)
        let text = "Content-Transfer-Encoding: base64\r\n\r\n\(blank)TVqQAAMAAAAE\r\n"
        var reader = AttachmentReader(Message(Array(text.utf8)))
        let message = Message(Array(text.utf8))
        #expect(reader.files(in: message.parts[0]).first?.types == [.windowsProgram])
    }
}

// Names of files: how they are read, what is on disk, and how deceivers write them.
// Must not test what is in the files.

import Testing

@testable import Mail

@Suite struct FileNameTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let saved: String
        let fileExtension: String
        let defects: [AttachmentDefect]

        init(_ name: String, _ saved: String, _ fileExtension: String, _ defects: AttachmentDefect...) {
            self.name = name
            self.saved = saved
            self.fileExtension = fileExtension
            self.defects = defects
        }

        var testDescription: String { name.debugDescription }
    }

    static let cases: [Case] = [
        Case("invoice.pdf", "invoice.pdf", "pdf"),
        Case("README", "README", ""),
        Case(".exe", ".exe", "exe"),
        Case("", "", ""),
        Case("Übersicht 2026.v2.PDF", "Übersicht 2026.v2.PDF", "PDF"),
        // Two extensions.
        Case("invoice.pdf.exe", "invoice.pdf.exe", "exe", .doubleExtension),
        Case("photo.JPG.Scr", "photo.JPG.Scr", "Scr", .doubleExtension),
        Case("report.txt.gz", "report.txt.gz", "gz"),
        Case("contract.pdf.p7m", "contract.pdf.p7m", "p7m"),
        Case("minutes.2026.docx", "minutes.2026.docx", "docx"),
        Case("Dear Sir, see a.pdf. Thank you", "Dear Sir, see a.pdf. Thank you", " Thank you"),
        // What Windows leaves out.
        Case("evil.exe.", "evil.exe", "exe", .trailingDots),
        Case("evil.exe . .", "evil.exe", "exe", .trailingDots),
        Case("  evil.exe  ", "evil.exe", "exe", .trailingDots),
        Case("evil.exe::$DATA", "evil.exe", "exe"),
        // Folders.
        Case("../../etc/evil.sh", "evil.sh", "sh", .path),
        Case("C:\\Users\\evil.exe", "evil.exe", "exe", .path),
        Case("c:evil.exe", "evil.exe", "exe", .path),
        Case("evil.exe/", "evil.exe", "exe", .trailingDots),
        // What nobody sees.
        Case("photo\u{202E}gpj.exe", "photogpj.exe", "exe", .textDirection),
        Case("photo\u{2067}.exe", "photo.exe", "exe", .textDirection),
        Case("evil.e\u{200B}xe", "evil.exe", "exe", .hiddenCharacter),
        Case("evil.exe\u{3164}", "evil.exe", "exe", .hiddenCharacter),
        Case("evil.\u{AD}js\u{7F}", "evil.js", "js", .hiddenCharacter),
        Case("evil.js\u{FE0F}", "evil.js", "js"),
        Case(
            "invoice.pdf" + String(repeating: " ", count: 40) + ".exe",
            "invoice.pdf" + String(repeating: " ", count: 40) + ".exe",
            "exe",
            .manyBlanks,
            .doubleExtension
        ),
        Case(
            "invoice.pdf" + String(repeating: "\u{A0}", count: 10) + ".exe",
            "invoice.pdf" + String(repeating: " ", count: 10) + ".exe",
            "exe",
            .manyBlanks,
            .doubleExtension
        ),
        // What becomes plain.
        Case("evil．ｅｘｅ", "evil.exe", "exe"),
        Case("evil\u{2024}exe", "evil.exe", "exe"),
    ]

    @Test(arguments: cases)
    func isRead(_ test: Case) {
        let name = FileName(Array(test.name.utf8))
        #expect(String(decoding: name.text, as: UTF8.self) == test.name)
        #expect(String(decoding: name.saved, as: UTF8.self) == test.saved)
        #expect(String(decoding: name.fileExtension, as: UTF8.self) == test.fileExtension)
        #expect(name.defects == test.defects)
    }

    @Test func aNULEndsItForSome() {
        let names = FileName.readings(of: Array("evil.exe\0.txt".utf8))
        #expect(names.map { String(decoding: $0.fileExtension, as: UTF8.self) } == ["txt", "exe"])
    }

    /// A part's fields, and its names with the first that most programs show.
    static let parts: [(header: String, names: [String], defects: [AttachmentDefect])] = [
        ("Content-Disposition: attachment; filename=\"a b.exe\"", ["a b.exe"], []),
        ("Content-Type: application/x; name=evil.exe", ["evil.exe"], []),
        (
            "Content-Disposition: attachment; filename=a.txt\nContent-Type: application/x; name=a.exe",
            ["a.txt", "a.exe"], [.differingNames]
        ),
        ("Content-Type: text/plain; filename=evil.exe", ["evil.exe"], []),
        (
            "Content-Disposition: attachment; filename*0*=utf-8''%e2%82%ac; filename*1=\"uro.e\"; filename*2=xe",
            ["€uro.exe"], []
        ),
        ("Content-Disposition: attachment; filename*=iso-8859-1''f%FCr.js", ["für.js"], []),
        // Who does not know RFC 2231 takes the other.
        (
            "Content-Disposition: attachment; filename=evil.exe; filename*=utf-8''good.txt", ["good.txt", "evil.exe"],
            [.differingNames]
        ),
        (
            "Content-Disposition: attachment; filename=good.txt; filename=evil.exe", ["good.txt", "evil.exe"],
            [.differingNames]
        ),
        (
            "Content-Disposition: attachment; filename*0=good; filename*1=.txt; filename*1=.exe",
            ["good.txt", "good.exe"], [.differingNames]
        ),
        (
            "Content-Disposition: inline\nContent-Disposition: attachment; filename=evil.exe", ["evil.exe"], []
        ),
        (
            "Content-Type: a/b; name=\"=?utf-8?B?ZXZpbC5leGU=?=\"", ["evil.exe", "=?utf-8?B?ZXZpbC5leGU=?="], []
        ),
        (
            "Content-Type: a/b; name==?utf-8?Q?ev=69l?= =?utf-8?Q?.exe?=",
            ["evil.exe", "=?utf-8?Q?ev=69l?= =?utf-8?Q?.exe?="], []
        ),
        // Without its end some read an encoded word, and some don't.
        (
            "Content-Type: a/b; name=\"=?utf-8?Q?good=2Etxt .exe\"", ["good.txt .exe", "=?utf-8?Q?good=2Etxt .exe"],
            [.doubleExtension]
        ),
        ("Content-Type: a/b; name=\"=?utf-8?B?QUFB.exe\"", ["AAA{\u{17}", "=?utf-8?B?QUFB.exe"], [.hiddenCharacter]),
    ]

    @Test(arguments: parts.indices)
    func aPartHasAllNamesThatReadersSee(index: Int) {
        let test = Self.parts[index]
        let message = Message(Array((test.header + "\n\nx").replacing("\n", with: "\r\n").utf8))
        let file = message.parts[0].attachedFile()
        let names = file.names.map { String(decoding: $0.text, as: UTF8.self) }
        #expect(names.filter { !$0.isEmpty && $0.first != "\u{FFFD}" } == test.names, "\(test.header)")
        #expect(file.defects == test.defects, "\(test.header)")
    }

    @Test func moreParametersThanAreReadAreSaid() {
        let many = (0..<201).map { "; p\($0)=1" }.joined()
        let message = Message(Array("Content-Type: a/b\(many); name=evil.exe\r\n\r\n".utf8))
        #expect(!message.parts[0].attachedFile().isComplete)
        #expect(Message(Array("Content-Type: a/b; name=x\r\n\r\n".utf8)).parts[0].attachedFile().isComplete)
    }
}

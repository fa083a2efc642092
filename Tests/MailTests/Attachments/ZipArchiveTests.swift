// Archives in messages: what is in them by name and type, what two readers could read differently, where limits are.
// Must not test inflating; InflaterTests do.

import Testing

@testable import Mail

@Suite struct ZipArchiveTests {
    /// A message that is one attachment, as its reader sees it.
    private static func files(
        _ archive: [UInt8],
        name: String = "a.zip",
        limits: Mail.Limits = Mail.Limits()
    ) -> [AttachedFile] {
        let head = Array("Content-Disposition: attachment; filename=\(name)\r\n\r\n".utf8)
        let message = Message(MessageOctets(StoredOctets(head + archive)), limits: limits)
        var reader = AttachmentReader(message)
        return reader.files(in: message.parts[0])
    }

    private static func names(_ files: [AttachedFile]) -> [String] {
        files.map { $0.names.map { String(decoding: $0.text, as: UTF8.self) }.joined(separator: "|") }
    }

    private static let program: [UInt8] = Array("MZ".utf8) + [0x90, 0, 3, 0, 0, 0]

    // MARK: What is in them

    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let archive: [UInt8]
        /// The names of all files, the attachment's own first; those of one file with a bar between them.
        let names: [String]
        /// What is odd, in all files.
        let defects: [AttachmentDefect]

        init(_ name: String, _ archive: [UInt8], _ names: [String], _ defects: AttachmentDefect...) {
            self.name = name
            self.archive = archive
            self.names = names
            self.defects = defects
        }

        var testDescription: String { name }
    }

    private static let evil = ZipFile("evil.exe", program)
    private static let plain = zip([ZipFile("a.txt"), .deflated("b/c.js", Array("x".utf8))])

    static let cases: [Case] = [
        Case("nothing", zip([]), ["a.zip"]),
        Case("two files", plain, ["a.zip", "a.txt", "b/c.js"]),
        Case("a folder is no file", zip([ZipFile("evil.exe/", []), ZipFile("b")]), ["a.zip", "b"]),
        Case("a program before it", zip([evil], prefix: program), ["a.zip", "evil.exe"]),
        Case("a program before it, counted", zip([evil], prefix: program, shift: 8), ["a.zip", "evil.exe"]),
        Case("a comment", zip([evil], comment: Array("hello".utf8)), ["a.zip", "evil.exe"]),
        Case("an archive in it", zip([.deflated("in.dat", zip([evil]))]), ["a.zip", "in.dat", "evil.exe"]),
        Case("an archive in it, not packed", zip([ZipFile("in.dat", zip([evil]))]), ["a.zip", "in.dat", "evil.exe"]),
        Case(
            "an archive behind blocks that make nothing",
            zip([.deflated("in.dat", zip([evil]), emptyBlocks: 40)]),
            ["a.zip", "in.dat", "evil.exe"]
        ),
        Case(
            "so many of those that they are no accident",
            zip([.deflated("in.dat", zip([evil]), emptyBlocks: 100)]),
            ["a.zip", "in.dat"],
            .tooLarge,
            .unread
        ),
        // Names.
        Case("UTF-8 that says so", zip([ZipFile("ä.exe").with { $0.flags = 1 << 11 }]), ["a.zip", "ä.exe"]),
        Case("UTF-8 that does not", zip([ZipFile("ä.exe")]), ["a.zip", "ä.exe|├ñ.exe"]),
        Case("another charset", zip([ZipFile("").with { $0.name = [0x84, 0x2E, 0x6A, 0x73] }]), ["a.zip", "ä.js"]),
        Case(
            "the name of Info-ZIP's field",
            zip([ZipFile("a.txt").with { $0.extra = [0x75, 0x70, 10, 0, 1, 0, 0, 0, 0] + Array("b.exe".utf8) }]),
            ["a.zip", "a.txt|b.exe"]
        ),
        Case("a name that leads out", zip([ZipFile("../x.sh")]), ["a.zip", "../x.sh"], .path),
        Case("a name that deceives", zip([ZipFile("b/a.pdf.exe")]), ["a.zip", "b/a.pdf.exe"], .doubleExtension),
        // Passwords.
        Case("a password", zip([evil.with { $0.flags = 1 }]), ["a.zip", "evil.exe"], .encrypted, .unread),
        Case(
            "a password for an archive in it",
            zip([ZipFile("in.zip", zip([evil.with { $0.flags = 1 }]))]),
            ["a.zip", "in.zip", "evil.exe"],
            .encrypted,
            .unread
        ),
        // What cannot be looked into.
        Case(
            "packed in another way",
            zip([evil.with { $0.method = 14 }]),
            ["a.zip", "evil.exe"],
            .unknownArchive,
            .unread
        ),
        Case(
            "another archive in it",
            zip([ZipFile("b", [0x1F, 0x8B, 8, 0])]),
            ["a.zip", "b"],
            .unknownArchive,
            .unread
        ),
        Case("cut off", Array(plain.dropLast(30)), ["a.zip", "a.txt", "b/c.js"], .damaged, .unread, .ambiguousArchive),
        Case("cut off early", Array(plain.prefix(32)), ["a.zip"], .damaged, .unread),
        // What two readers read differently.
        Case(
            "another name before the octets",
            zip([ZipFile("a.txt").with { $0.localName = Array("a.exe".utf8) }]),
            ["a.zip", "a.txt|a.exe"],
            .ambiguousArchive,
            .unread
        ),
        Case(
            "a file that is not listed",
            zip([ZipFile("a.txt"), evil.with { $0.isListed = false }]),
            ["a.zip", "a.txt", "evil.exe"],
            .ambiguousArchive,
            .unread
        ),
        Case("fewer files than are listed", zip([evil], count: 0), ["a.zip", "evil.exe"], .ambiguousArchive, .unread),
        Case(
            "an archive behind an archive",
            zip([ZipFile("a.txt")]) + zip([evil]),
            ["a.zip", "evil.exe", "a.txt"],
            .ambiguousArchive,
            .unread
        ),
        Case(
            "an archive in the comment",
            zip([ZipFile("a.txt")], comment: zip([evil])),
            ["a.zip", "evil.exe", "a.txt"],
            .ambiguousArchive,
            .unread
        ),
        Case("octets behind it", plain + [0, 0], ["a.zip", "a.txt", "b/c.js"], .ambiguousArchive, .unread),
    ]

    @Test(arguments: cases)
    func isLookedInto(_ test: Case) {
        let files = Self.files(test.archive)
        #expect(Self.names(files) == test.names)
        #expect(Set(files.flatMap(\.defects)) == Set(test.defects))
        #expect(files[0].types.contains(.zip))
    }

    @Test func typesOfFilesInItAreTold() {
        let files = Self.files(zip([ZipFile("a.txt", Self.program), .deflated("b.txt", Array("%PDF-1.7".utf8))]))
        #expect(files.dropFirst().map(\.types) == [[.windowsProgram], [.pdf]])
        #expect(Self.files(zip([Self.evil], prefix: Self.program), name: "a.exe")[0].types == [.windowsProgram, .zip])
    }

    @Test func macrosOfOfficeAreTold() {
        let document = zip([ZipFile("[Content_Types].xml"), ZipFile("word/vbaProject.bin")])
        #expect(Self.files(document, name: "a.docm")[0].types == [.zip, .macros])
        let mark: [UInt8] = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]
        let old = mark + "_VBA_PROJECT".utf16.flatMap { [UInt8($0 & 0xFF), 0] }
        #expect(Self.files(old, name: "a.doc")[0].types == [.ole, .macros])
        #expect(Self.files(zip([ZipFile("a.doc", old)]))[1].types == [.ole, .macros])
        #expect(Self.files(mark + [0], name: "a.doc")[0].types == [.ole])
    }

    // MARK: Limits

    private static func nested(_ depth: Int) -> [UInt8] {
        (0..<depth).reduce([0x4D, 0x5A]) { inner, index in zip([ZipFile("\(index).zip", inner)]) }
    }

    @Test(arguments: [(4, false), (5, true)])
    func itIsLookedIntoToADepth(depth: Int, isTooDeep: Bool) {
        let files = Self.files(Self.nested(depth))
        #expect(files.contains { $0.defects.contains(.tooDeep) } == isTooDeep)
        #expect(files.count == min(depth, 4) + 1)
    }

    @Test(arguments: [(3, false), (4, true)])
    func soManyFilesAreListed(count: Int, isTooMany: Bool) {
        var limits = Mail.Limits()
        limits.archiveEntries = 3
        let files = Self.files(zip((0..<count).map { ZipFile("\($0)") }), limits: limits)
        #expect(files[0].defects.contains(.tooManyFiles) == isTooMany)
        #expect(files[0].defects.contains(.unread) == isTooMany)
        #expect(files.count == 4)
    }

    @Test(arguments: [(8 << 10, true), (9 << 10, false)])
    func soMuchIsUnpacked(octets: Int, isTooLarge: Bool) {
        var limits = Mail.Limits()
        limits.archiveOctets = octets
        let inner = zip([ZipFile("x", [UInt8](repeating: 7, count: 6 << 10))])
        let files = Self.files(zip([.deflated("in.zip", inner)]), limits: limits)
        #expect(files.contains { $0.defects.contains(.tooLarge) } == isTooLarge)
        #expect(files.contains { $0.defects.contains(.unread) } == isTooLarge)
    }

    /// Three hundred octets that zlib has made of three hundred thousand.
    @Test func anArchiveThatIsPackedLikeABombIsNotUnpacked() {
        let files = Self.files(
            zip([ZipFile("in.zip", InflaterTests.octets(InflaterTests.bomb)).with { $0.method = 8 }])
        )
        #expect(files[1].defects.contains(.tooCompressed))
        #expect(files[1].defects.contains(.unread))
    }

    @Test func budgetsAreThoseOfTheMessageAndNoPartIsReadTwice() {
        let archive = String(decoding: Base64.encode(zip((0..<4).map { ZipFile("\($0)") })), as: UTF8.self)
        let part = "--b\r\nContent-Type: application/zip\r\nContent-Transfer-Encoding: base64\r\n\r\n\(archive)\r\n"
        var limits = Mail.Limits()
        limits.archiveEntries = 6
        let text = "Content-Type: multipart/mixed; boundary=b\r\n\r\n\(part)\(part)--b--\r\n"
        let message = Message(Array(text.utf8), limits: limits)
        var reader = AttachmentReader(message)
        #expect(reader.files(in: message.parts[1]).count == 5)
        #expect(reader.files(in: message.parts[1]).count == 5)
        #expect(reader.files(in: message.parts[2]).count == 3)
    }

    // MARK: Mutations

    @Test(arguments: [11, 12])
    func mutatedArchivesNeverTrapNorExceedWhatTheyMayCost(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let seeds = Self.cases.map(\.archive) + [Self.nested(3)]
        var limits = Mail.Limits()
        limits.archiveEntries = 50
        limits.archiveOctets = 64 << 10
        for _ in 0..<2_000 {
            var octets = seeds.randomElement(using: &generator) ?? []
            for _ in 0..<Int.random(in: 1...5, using: &generator) {
                let place = Int.random(in: 0...octets.count, using: &generator)
                let end = min(octets.count, place + Int.random(in: 0...20, using: &generator))
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: octets.removeSubrange(place..<end)
                case 1: octets.insert(contentsOf: octets[place..<end], at: place)
                case 2: for index in place..<end { octets[index] = Bool.random(using: &generator) ? 0xFF : 0 }
                default: if place < octets.count { octets[place] = .random(in: 0...255, using: &generator) }
                }
            }
            let files = Self.files(octets, limits: limits)
            #expect(files.count <= 51)
            #expect(files.allSatisfy { $0.depth <= 4 && Set($0.defects).count == $0.defects.count })
        }
    }

    @Test(arguments: [13, 14])
    func mutatedDeflateNeverMakesMoreThanItMay(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<3_000 {
            var octets = InflaterTests.octets(InflaterTests.dynamic)
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                octets[Int.random(in: 0..<octets.count, using: &generator)] = .random(in: 0...255, using: &generator)
            }
            var inflater = Inflater(octets, in: 0..<octets.count, upTo: 5_000, costLimit: 20_000)
            _ = inflater.run()
            #expect(inflater.output.count <= 5_000)
        }
    }
}

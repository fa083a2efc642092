// Messages to serve: each oddity that mail brings, and many plain ones.
// Must give the same bytes in every run.

import Foundation

/// A message in a maildir.
struct Message: Sendable {
    /// Name of its file, and thereby its unique-id.
    let name: String
    let bytes: Data

    init(_ name: String, _ bytes: Data) {
        self.name = name
        self.bytes = bytes
    }

    init(_ name: String, _ text: String) {
        self.init(name, Data(text.utf8))
    }

    /// Two hundred messages: the oddities, and generated ones.
    static let all: [Message] = {
        var random = SplitMix(seed: 2_026)
        let plain = (oddities.count..<200).map { generated($0, &random) }
        return oddities + plain
    }()

    /// A few of them, small, for clients that get all of them many times.
    static let few: [Message] = oddities.filter { $0.bytes.count < 5_000 } + orderly

    /// Thirty megabytes in lines of 77 octets.
    static let large: Message = {
        let line = Data((String(repeating: "0123456789", count: 7) + "abcde\r\n").utf8)
        var block = Data()
        for _ in 0..<1_000 { block.append(line) }
        var bytes = Data(header("large").utf8)
        while bytes.count < 30_000_000 { bytes.append(block) }
        return Message("large", bytes)
    }()

    /// Those of them whose line ends nobody has to repair.
    static let fewTidy: [Message] = few.filter { Wire.normalised($0.bytes) == $0.bytes }

    /// Without oddities: no client has a reason to drop or to repair one.
    static let orderly: [Message] = Array(all.suffix(6))

    /// Odd ones, but such as an mbox file can have: lines end one way, and there is a header. Lines longer than its buffer
    /// fetchmail cuts where it has happened to read.
    static let mailboxFile: [Message] =
        orderly
        + all.filter {
            [
                "dot-lines", "eight-bit-header", "empty-body", "folded", "many-fields",
                "dots-at-chunk-ends",
            ].contains($0.name)
        }

    static func header(_ subject: String) -> String {
        "From: Bela <bela@example.org>\r\nTo: anna@example.org\r\nSubject: \(subject)\r\n\r\n"
    }

    /// What a careless relay gets wrong; each once.
    private static let oddities: [Message] =
        [
            Message("dot-lines", header("dots") + ".\r\n..\r\n...\r\n.a\r\n..a\r\nb.\r\n.\r\n"),
            Message("dot-last-no-newline", header("dots") + "a\r\n."),
            Message("bare-lf", header("lf") + "a\nb\n\nc\n"),
            Message("bare-lf-dot", header("lf") + "a\n.\nb\r\n.\n.\r\nc\n..\n"),
            Message("bare-cr", header("cr") + "a\rb\r\rc\r"),
            Message("bare-cr-dot", header("cr") + "a\r.\rb\r\n.\r.\r\nc\r.\r\n\r.\r\n"),
            Message("cr-cr-lf", header("cr") + "a\r\r\n.\r\r\n\r\r\r\nb\r\n"),
            Message("lf-cr", header("lf") + "a\n\rb\n\r.\n\r\n"),
            Message("false-end", header("end") + "a\n.\r\n+OK 1 octets\r\nb\r.\r\n-ERR\r\n"),
            Message("nul", Data(header("nul").utf8) + Data([0, 0x61, 0, 0x0D, 0x0A, 0x2E, 0, 0x0D, 0x0A, 0])),
            Message("eight-bit", Data(header("8-bit").utf8) + Data((0...255).filter { $0 != 0x0D && $0 != 0x0A })),
            Message("eight-bit-header", Data("Subject: ".utf8) + Data([0xE9, 0xFF]) + Data("\r\n\r\nx\r\n".utf8)),
            Message("empty-body", header("empty body")),
            Message("no-body", "From: bela@example.org\r\nSubject: no empty line\r\n"),
            Message("no-body-no-newline", "From: bela@example.org\r\nSubject: no line end"),
            Message("no-header", "\r\nonly a body\r\n"),
            Message("one-octet", "x"),
            Message("not-a-header", "this is not a header\r\nSubject: late\r\n\r\nbody\r\n"),
            Message("folded", "Subject: a\r\n b\r\n\tc\r\n \r\nX-Empty:\r\n\r\nbody\r\n"),
            Message("lf-header", "Subject: unix\nFrom: bela@example.org\n\nbody\n.\nend\n"),
            Message("cr-header", "Subject: mac\rFrom: bela@example.org\r\rbody\r.\rend\r"),
            Message("many-fields", (0..<900).map { "X-Field-\($0): \($0)\r\n" }.joined() + "\r\nbody\r\n"),
            Message("long-line", header("long") + String(repeating: "x", count: 100_000) + "\r\n.\r\n"),
            Message("long-field", "Subject: " + String(repeating: "y", count: 20_000) + "\r\n\r\nbody\r\n"),
            Message("only-newlines", String(repeating: "\r\n", count: 3_000)),
            Message("dots-at-chunk-ends", header("chunks") + String(repeating: ".\r\n", count: 30_000)),
            large,
        ]

    private static func generated(_ number: Int, _ random: inout SplitMix) -> Message {
        var text = header("generated \(number)")
        let words = ["mail", ".", "..", "", "filter", "ångström", " ", "\t", ".x", "From here", ">quoted", "="]
        for _ in 0..<(random.next() % 120) {
            for _ in 0..<(random.next() % 9) { text += words[Int(random.next() % 12)] }
            text += "\r\n"
        }
        return Message("generated-\(number)", text)
    }
}

/// Random numbers that are the same in every run.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

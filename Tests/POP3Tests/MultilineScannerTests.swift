// The scanner against a naive model of the same rules, whole, glued and cut at every place.

import POP3
import Testing

@Suite struct MultilineScannerTests {
    /// What one reply becomes, and how much of the input it took.
    struct Reading: Equatable, CustomStringConvertible {
        var octets: [UInt8] = []
        var end: Int?

        var description: String { "\(String(decoding: octets, as: UTF8.self).debugDescription) end \(end ?? -1)" }
    }

    /// Feeds the pieces one after the other.
    static func read(_ pieces: [[UInt8]], _ form: MultilineScanner.Form) -> Reading {
        var scanner = MultilineScanner(form: form)
        var reading = Reading()
        var before = 0
        for piece in pieces {
            let part = feed(&scanner, piece)
            reading.octets += part.octets
            if let end = part.end {
                reading.end = before + end
                return reading
            }
            before += piece.count
        }
        return reading
    }

    static func feed(_ scanner: inout MultilineScanner, _ piece: [UInt8]) -> Reading {
        var reading = Reading()
        var offset = 0
        while true {
            switch scanner.next(in: piece.span, at: &offset) {
            case .content(let range): reading.octets += piece[range]
            case .insertion(.carriageReturn): reading.octets.append(0x0D)
            case .insertion(.lineFeed): reading.octets.append(0x0A)
            case .insertion(.lineEnd): reading.octets += [0x0D, 0x0A]
            case .insertion(.dot): reading.octets.append(0x2E)
            case .repaired(let octets): reading.octets += octets
            case .end(let end):
                reading.end = end
                return reading
            case .needMore: return reading
            }
        }
    }

    /// The rules, octet by octet, over the whole input (RFC 1939 section 3 and design invariant 4).
    static func model(_ input: [UInt8], _ form: MultilineScanner.Form) -> Reading {
        var reading = Reading()
        var index = 0
        var atLineStart = true
        while index < input.count {
            let rest = input[index...]
            if atLineStart, rest.starts(with: Array(".\r\n".utf8)) {
                reading.end = index + 3
                return reading
            }
            var octet = input[index]
            if atLineStart, octet == 0x2E {
                // Stuffing. It goes where the message is wanted, and before a line end that is repaired.
                let next = index + 1 < input.count ? input[index + 1] : 0
                let goes = form == .unstuffed || (form == .repaired && (next == 0x0A || next == 0x0D))
                if !goes { reading.octets.append(0x2E) }
                index += 1
                guard index < input.count else { return reading }
                octet = input[index]
            }
            atLineStart = false
            if rest.isEmpty { break }
            if octet == 0x0D, index + 1 < input.count, input[index + 1] == 0x0A {
                reading.octets += [0x0D, 0x0A]
                index += 2
                atLineStart = true
            } else if octet == 0x0D || octet == 0x0A, form != .verbatim {
                reading.octets += [0x0D, 0x0A]
                index += 1
                if index < input.count, input[index] == 0x2E {
                    reading.octets += form == .repaired ? [0x2E, 0x2E] : [0x2E]
                    index += 1
                }
            } else {
                reading.octets.append(octet)
                index += 1
            }
        }
        return reading
    }

    static let forms: [MultilineScanner.Form] = [.repaired, .unstuffed, .verbatim]

    static let bodies = [
        "", "\r\n", "a\r\n", "a\r\nb\r\n", ".\r\n".replacing(".", with: ".."), "..\r\n", "...\r\n", ".a\r\n",
        "a\nb\r\n", "a\rb\r\n", "a\r\r\n", "a\n.\r\n", "a\n.\n.\r\n", "a\r.\r\n", "a\r.\rb\r\n", "\n", "\n\r\n",
        ".\n\r\n", ".\r.\r\n",
        "x\r\n.\n\r\n", "x\r\n.\r\r\n", "x\r\n..\n\r\n", "a\0b\r\n", "\u{FF}\u{80}\r\n", ".\n.\n.\r\r\n",
        String(repeating: "0123456789abcdef", count: 9) + "\r\n..dots\r\n.\u{20}\r\n",
    ]

    @Test(arguments: bodies, forms)
    func agreesWithTheModel(_ body: String, _ form: MultilineScanner.Form) {
        let input = Array((body + "\r\n.\r\n").utf8)
        Self.check(input, form)
        let expected = Self.model(input, form)
        for first in input.indices.prefix(40) {
            for second in input.indices[first...].prefix(40) {
                let pieces = [Array(input[..<first]), Array(input[first..<second]), Array(input[second...])]
                if Self.read(pieces, form) != expected { Issue.record("cut at \(first) and \(second) of \(input)") }
            }
        }
    }

    /// Whole, glued to the next reply, and cut at every octet and every pair of octets.
    static func check(_ input: [UInt8], _ form: MultilineScanner.Form) {
        let expected = model(input, form)
        #expect(read([input], form) == expected)
        #expect(read([input + Array("+OK next\r\n".utf8)], form) == expected)
        #expect(read(input.map { [$0] }, form) == expected)
        for cut in input.indices {
            let reading = read([Array(input[..<cut]), Array(input[cut...])], form)
            if reading != expected { Issue.record("cut at \(cut) of \(input): \(reading), not \(expected)") }
        }
    }

    @Test(arguments: forms, [1, 2, 3, 4, 5, 6, 7, 8])
    func agreesWithTheModelOnRandomOctets(_ form: MultilineScanner.Form, _ seed: UInt64) {
        var random = SplitMix(state: seed)
        let alphabet = Array("a.\r\n".utf8)
        for _ in 0..<50 {
            var input: [UInt8] = []
            for _ in 0..<Int(random.next() % 40) {
                if random.next() % 6 == 0 { input += Array("long enough for a step of thirty-two octets\r\n".utf8) }
                if random.next() % 3 == 0 { input += [0x0D, 0x0A] }
                input.append(alphabet[Int(random.next() % 4)])
            }
            Self.check(input + Array("\r\n.\r\n".utf8), form)
        }
    }

    /// A step of 32 octets once ended right behind a CRLF, and the dot behind it was taken for the inside of a line.
    /// Many bare line ends are repaired at once, up to so much text without any and to so many octets.
    static let stretches: [String] =
        [62, 63, 64, 65, 66, 130].flatMap { count in
            ["\n", "\r", "\r\n", "\n.", "\r\r\n"].map { end in
                String(repeating: "\n" + String(repeating: "x", count: count), count: 3) + end
            }
        }
        + [8_190, 8_191, 8_192, 8_193, 16_383, 16_384, 16_385].flatMap { count in
            ["\n", "\r", "\n.", "\rx", ".\n"].map { String(repeating: $0, count: count) + "\n.\r" }
        }

    @Test(arguments: stretches) func manyBareLineEndsAreRepairedWhereverTheStretchIsCut(_ body: String) {
        let input = Array(("a" + body + ".\r\n.\r\n").utf8)
        let expected = Self.model(input, .repaired)
        var differing: [String] = []
        let places = [1, 2, 3, 62, 63, 64, 65, 66, 67, 128, 8_191, 8_192, 8_193, 16_383, 16_384, 16_385, 16_386]
        for cut in [0] + places + places.map({ input.count - $0 }) where input.indices.contains(cut) {
            let reading = Self.read([Array(input[..<cut]), Array(input[cut...])], .repaired)
            if reading != expected { differing.append("cut at \(cut) of \(input.count)") }
        }
        #expect(differing == [])
    }

    @Test(arguments: forms) func aDotRightBehindAStepIsSeen(_ form: MultilineScanner.Form) {
        let next = Array(
            "+OK the next reply, long enough for two more steps of thirty-two octets each, and more\r\n".utf8
        )
        for length in 0..<140 {
            let line = [UInt8](repeating: 0x61, count: length) + Array("\r\n.\r\n".utf8)
            #expect(Self.read([line + next], form).end == line.count, "a line of \(length) octets")
        }
    }

    @Test(arguments: [1, 2, 3, 4])
    func repairedFormCanBeReadInOneWayOnly(_ seed: UInt64) {
        var random = SplitMix(state: seed)
        let alphabet = Array("a.\r\n".utf8)
        for _ in 0..<200 {
            let input = (0..<30).map { _ in alphabet[Int(random.next() % 4)] } + Array("\r\n.\r\n".utf8)
            let output = Self.read([input], .repaired).octets + Array(".\r\n".utf8)
            let again = Self.read([output], .repaired)
            #expect(again.octets + Array(".\r\n".utf8) == output, "repairing again changes nothing")
            #expect(again.end == output.count, "no end before the end")
            #expect(Self.read([output], .unstuffed).octets == Self.read([input], .unstuffed).octets)
        }
    }

    /// A header block is read unstuffed, and what follows it in another form.
    @Test(arguments: [MultilineScanner.Form.repaired, .verbatim], [1, 2, 3] as [UInt64])
    func theFormMayChangeBetweenChunks(_ form: MultilineScanner.Form, _ seed: UInt64) {
        var random = SplitMix(state: seed)
        let alphabet = Array("a.\r\n".utf8)
        // With bare LF kept, the dot behind one that had been repaired was once taken for the end.
        var inputs = [Array("a\n.\r\nb\r\n.\r\n".utf8)]
        inputs += (0..<100).map { _ in
            (0..<20).map { _ in alphabet[Int(random.next() % 4)] } + Array("\r\n.\r\n".utf8)
        }
        for input in inputs {
            for cut in input.indices where Self.model(Array(input[..<cut]), .unstuffed).end == nil {
                var scanner = MultilineScanner(form: .unstuffed)
                let header = Self.feed(&scanner, Array(input[..<cut])).octets
                scanner.form = form
                let rest = Self.feed(&scanner, Array(input[cut...]))
                let output = header.dotStuffed + rest.octets + Array(".\r\n".utf8)
                let end = Self.read([output], .verbatim).end
                let isWhole = rest.end.map { $0 + cut } == Self.model(input, .verbatim).end
                if end != output.count || !isWhole { Issue.record("cut at \(cut) of \(input): \(output)") }
            }
        }
    }

    @Test func repairsAreCounted() {
        var scanner = MultilineScanner(form: .repaired)
        let input = Array("a\nb\rc\r\n..d\r\n.\r\n".utf8)
        var offset = 0
        while case let event = scanner.next(in: input.span, at: &offset), event != .end(input.count) {}
        #expect(scanner.bareLineFeeds == 1)
        #expect(scanner.bareCarriageReturns == 1)
        #expect(scanner.stuffingDots == 1)
    }
}

/// Seeded, so that a failure can be seen again.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

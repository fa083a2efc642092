// Messages, header values and texts cut, glued and scrambled by a seeded generator: nothing may trap, and what is
// always true stays true. Must not depend on what a particular mutation gives.

import Testing

@testable import Mail

@Suite struct MutationTests {
    /// What mutations begin with, and what they put in.
    private static let seeds: [[UInt8]] =
        MessageTests.cases.map { Array($0.text.replacing("\n", with: "\r\n").utf8) }
        + HeaderBlockTests.cases.map { Array($0.header.utf8) }
        + (EncodedWordsTests.standard + EncodedWordsTests.mistakes + EncodedWordsTests.charsets).map(\.value)
        + AddressListTests.cases.map { Array($0.text.utf8) } + ParametersTests.cases.map { Array($0.text.utf8) }

    private static let pieces: [[UInt8]] = [
        "\r\n", "\n", "\r", "\0", "--b\r\n", "--b--", ":", " ", "\t", ";", "=?utf-8?Q?", "=?iso-2022-jp?B?", "?=", "\"",
        "(", ")", "<", ">", "@", ",", "\\", "*0*=", "''", "=", "==", "Content-Type: message/rfc822\r\n",
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n", "Content-Transfer-Encoding: base64\r\n", "\r\n\r\n",
        "Content-Type: text/html\r\n\r\n", "&#", "<!--", "é", "begin 644 x\r\n",
    ].map { Array($0.utf8) }

    private static func mutant(_ generator: inout SeededGenerator) -> [UInt8] {
        var octets = seeds.randomElement(using: &generator) ?? []
        for _ in 0..<Int.random(in: 1...6, using: &generator) {
            let place = Int.random(in: 0...octets.count, using: &generator)
            let end = min(octets.count, place + Int.random(in: 0...12, using: &generator))
            switch Int.random(in: 0..<5, using: &generator) {
            case 0: octets.removeSubrange(place..<end)
            case 1: octets.insert(contentsOf: pieces.randomElement(using: &generator) ?? [], at: place)
            case 2: octets.insert(contentsOf: seeds.randomElement(using: &generator) ?? [], at: place)
            case 3: octets.insert(contentsOf: octets[place..<end], at: place)
            default: if place < octets.count { octets[place] = .random(in: 0...255, using: &generator) }
            }
        }
        return octets
    }

    private static let rounds = 600

    @Test(arguments: [1, 2])
    func messages(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<Self.rounds {
            let octets = Self.mutant(&generator)
            let message = Message(octets, boundaries: Bool.random(using: &generator) ? .strict : .lenient)
            #expect(Rewriting(message).rendered().joined() == octets)
            #expect(message.inOrder.count == message.parts.count)
            for part in message.parts {
                #expect(part.headerRange.upperBound <= part.body.lowerBound)
                if let parent = part.parent.map({ message.parts[$0] }), part.isFromDecoded == parent.isFromDecoded {
                    #expect(part.body.upperBound <= parent.body.upperBound)
                }
                if !part.isContainer { _ = message.plainText(of: part) }
            }
            _ = message.allDefects()
        }
    }

    @Test(arguments: [3, 4])
    func headers(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<Self.rounds {
            let octets = Self.mutant(&generator)
            var block = HeaderBlock(octets)
            let original = block.rendered()
            #expect(original == Array(octets[block.range]))
            for field in block.fields {
                #expect(String(validating: block.decodedValue(of: field), as: UTF8.self) != nil)
                _ = block.addresses(of: field)
            }
            let field = try block.add(name: Array("X-New".utf8), value: Array("value é".utf8), at: .top)
            #expect(block.decodedValue(of: field) == Array("value é".utf8))
            let read = HeaderBlock(block.rendered())
            #expect(read.fields.count == block.fields.count)
            block.delete(field)
            #expect(block.rendered() == original)
        }
    }

    @Test(arguments: [5, 6])
    func values(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<Self.rounds {
            let octets = Self.mutant(&generator)
            var defects = Defects()
            #expect(String(validating: EncodedWords.decode(octets, noting: &defects), as: UTF8.self) != nil)
            for parameter in ParameterizedValue(octets).parameters {
                #expect(String(validating: parameter.value, as: UTF8.self) != nil)
            }
            _ = AddressList(octets)
            _ = MailDate(octets)
            _ = HTMLText.plain(octets)
            for encoding in [TransferEncoding.base64, .quotedPrintable, .uuencode] {
                #expect(TransferDecoder.decode(octets.span, encoding, noting: &defects).count <= octets.count * 2)
            }
        }
    }
}

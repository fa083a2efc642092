// Searches 32 octets at a time, beside the same looked for octet by octet.

import Octets
import Testing

@Suite struct OctetSearchTests {
    /// Few different octets, so that what is looked for stands everywhere, at each offset of a step and behind the last.
    private static let texts: [[UInt8]] = {
        var state: UInt64 = 1
        return (0..<140).flatMap { length in
            [2, 5, 200].map { variety in
                (0..<length).map { _ in
                    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                    return UInt8(truncatingIfNeeded: (state >> 33) % UInt64(variety))
                }
            }
        }
    }()

    @Test func everySearchFindsTheFirst() {
        for text in Self.texts {
            let octets = text.span
            for start in 0...text.count {
                let rest = start..<text.count
                #expect(octets.firstOffset(of: 1, from: start) == rest.first { text[$0] == 1 })
                #expect(octets.firstOffset(of: 1, 3, 4, from: start) == rest.first { [1, 3, 4].contains(text[$0]) })
                let pair = rest.first { $0 > 0 && text[$0] == 1 && text[$0 - 1] == 0 }
                #expect(octets.firstOffset(of: 1, behind: 0, from: start) == pair)
                // Of the texts, these have line ends, letters, DEL and what is no US-ASCII.
                let shifted = text.map { $0 &+ 0x70 }
                for text in [text, shifted] {
                    let unprintable = rest.first { !(0x20..<0x7F).contains(text[$0]) } ?? text.count
                    #expect(text.span.firstOffsetOfUnprintable(in: rest) == unprintable)
                    let beyond = rest.first { text[$0] >= 0x80 } ?? text.count
                    #expect(text.span.firstOffsetBeyondASCII(from: start) == beyond)
                }
                for distance in [0, 1, 7, 40] {
                    let place = rest.first {
                        $0 + distance < text.count && text[$0] < 2 && [1, 4].contains(text[$0 + distance])
                    }
                    #expect(octets.firstOffset(ofEither: (0, 1), from: start, with: (1, 4), at: distance) == place)
                }
            }
        }
    }

    @Test func nothingIsFoundInNothing() {
        let none: [UInt8] = []
        #expect(none.span.firstOffset(of: 0) == nil && none.span.firstOffset(of: 1, behind: 0, from: 5) == nil)
        #expect(none.span.firstOffset(ofEither: (0, 0), from: 9, with: (0, 0), at: 3) == nil)
    }
}

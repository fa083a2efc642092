// Differences of header blocks.
// Must not know where they come from.

import Testing

@testable import popsieve

@Suite struct HeaderChangesTests {
    /// One letter a line; `…` stands for lines left out.
    private func excerpt(_ before: String, _ after: String) -> String {
        func block(_ letters: String) -> [UInt8] { Array(letters.map { "\($0)\r\n" }.joined().utf8) }
        return HeaderChanges(from: block(before), to: block(after)).excerpt.map { line in
            switch line {
            case .same(let text): text
            case .removed(let text): "-\(text)"
            case .added(let text): "+\(text)"
            case nil: "…"
            }
        }.joined()
    }

    @Test(
        arguments: [
            ("abc", "abc", ""), ("abc", "xabc", "+xa…"), ("abc", "abcx", "…c+x"), ("abcdefg", "abcxefg", "…c-d+xe…"),
            ("abcdefgh", "bcdefgh", "-ab…"), ("abcdefgh", "abcdefg", "…g-h"), ("aaa", "aa", "…a-a"), ("", "a", "+a"),
            ("abcdefghi", "axcdefghyi", "a-b+xc…h+yi"), ("ab", "ba", "-ab+a"),
        ]
    )
    func excerpts(_ before: String, _ after: String, _ expected: String) {
        #expect(excerpt(before, after) == expected)
    }

    /// The shortest difference of these would take hours, and all memory.
    @Test func aHostileHeaderTakesNoLongerThanItIsLong() {
        let count = 200_000
        let changes = HeaderChanges((0..<count).map { "A: \($0)" }, (0..<count).map { "B: \($0)" })
        #expect(changes.removed.count == count && changes.added.count == count)
    }

    @Test func aFieldThatStandsTwiceIsCounted() {
        let changes = HeaderChanges(from: Array("a\r\na\r\nb\r\n\r\n".utf8), to: Array("a\r\nb\r\nb\r\n\r\n".utf8))
        #expect(changes.removed == ["a"])
        #expect(changes.added == ["b"])
    }
}

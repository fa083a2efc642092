// A set of small numbers, one bit each: the patterns that may match, as far as a scan has told.
// Must not know what the numbers stand for.

/// Which of so many numbered patterns are candidates. All sets that meet are of the same count.
package struct CandidateSet: Sendable, Equatable {
    private var words: [UInt64]

    /// None of `count` numbers.
    package init(count: Int) { words = Array(repeating: 0, count: (count + 63) / 64) }

    package func contains(_ number: Int) -> Bool { words[number >> 6] >> (number & 63) & 1 != 0 }

    package mutating func insert(_ number: Int) { words[number >> 6] |= 1 << (number & 63) }

    package mutating func formUnion(_ other: CandidateSet) {
        for index in words.indices { words[index] |= other.words[index] }
    }

    /// Of the numbers in `scope`, those in `found` are in the set from now on; all others stay as they are.
    package mutating func replace(_ scope: CandidateSet, with found: CandidateSet) {
        for index in words.indices {
            words[index] = words[index] & ~scope.words[index] | found.words[index] & scope.words[index]
        }
    }

    /// The first number from `start` on and below `end` that is in the set; `end` if none is.
    package func next(from start: Int, below end: Int) -> Int {
        var index = start >> 6
        var rest = start < end ? words[index] & (~0 << (start & 63)) : 0
        while rest == 0 {
            index += 1
            if index * 64 >= end { return end }
            rest = words[index]
        }
        return min(index * 64 + rest.trailingZeroBitCount, end)
    }
}

// One string within another, for :contains and the pieces of :matches.
// Must not run on for ever: every comparison is paid from a budget.

import Octets

/// Octets that may still be compared in this evaluation (`Limits.comparedOctets`).
struct ComparisonBudget {
    private(set) var remaining: Int

    init(_ octets: Int) { remaining = octets }

    var isSpent: Bool { remaining < 0 }

    mutating func pay(_ octets: Int) { remaining -= octets }
}

enum Substring {
    /// Where `key` first stands in `value` from `start` on; nil if nowhere, or if the budget is spent.
    static func find(
        _ key: ArraySlice<UInt8>,
        in value: [UInt8],
        from start: Int,
        ignoringCase: Bool,
        budget: inout ComparisonBudget
    ) -> Int? {
        guard let first = key.first, let last = key.last else { return start }
        guard value.count - start >= key.count else { return nil }
        let ends = (first.cases(ignoringCase), last.cases(ignoringCase))
        let octets = value.span
        var next = start
        while let offset = octets.firstOffset(ofEither: ends.0, from: next, with: ends.1, at: key.count - 1) {
            let length = commonLength(key, value, at: offset, ignoringCase: ignoringCase)
            budget.pay(length)
            if length == key.count {
                budget.pay(offset - start)
                return offset
            }
            if budget.isSpent { return nil }
            next = offset + 1
        }
        budget.pay(value.count - key.count + 1 - start)
        return nil
    }

    /// How many octets of `key` stand in `value` at `offset`.
    private static func commonLength(
        _ key: ArraySlice<UInt8>,
        _ value: [UInt8],
        at offset: Int,
        ignoringCase: Bool
    ) -> Int {
        var length = 0
        for octet in key {
            let other = value[offset + length]
            let same = ignoringCase ? octet.lowercased == other.lowercased : octet == other
            if !same { break }
            length += 1
        }
        return length
    }
}

extension UInt8 {
    /// The octets that it is the same as.
    fileprivate func cases(_ ignoringCase: Bool) -> (UInt8, UInt8) {
        let lower = lowercased
        guard ignoringCase, lower &- UInt8(ascii: "a") < 26 else { return (self, self) }
        return (lower, lower & ~0x20)
    }
}

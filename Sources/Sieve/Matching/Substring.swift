// One string within another, for :contains and the pieces of :matches.
// Must not run on for ever: every comparison is paid from a budget.

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
        guard let first = key.first else { return start }
        guard value.count - start >= key.count else { return nil }
        let last = value.count - key.count
        let wanted = ignoringCase ? first.lowercased : first
        var offset = start
        while offset <= last {
            let octet = value[offset]
            if (ignoringCase ? octet.lowercased : octet) == wanted {
                let length = commonLength(key, value, at: offset, ignoringCase: ignoringCase)
                budget.pay(length)
                if length == key.count {
                    budget.pay(offset - start)
                    return offset
                }
                if budget.isSpent { return nil }
            }
            offset += 1
        }
        budget.pay(offset - start)
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

// Keys of :matches that were written as regular expressions.
// Must not take for one what wildcards could mean: `*.*`, `news.*`, `[list] *`.

/// The signs of a regular expression in a key of `:matches`.
enum MistakenWildcards {
    static func areIn(_ key: [UInt8]) -> Bool {
        let isAnchored = key.count > 1 && key.first == UInt8(ascii: "^")
        return isAnchored || hasClass(key)
            || key.indices.contains { hasEscape(key, at: $0) || hasAnything(key, at: $0) }
    }

    /// `\.`, `\d`: wildcards escape nothing but themselves.
    private static func hasEscape(_ key: [UInt8], at index: Int) -> Bool {
        guard key[index] == .backslash, index + 1 < key.count, index == 0 || key[index - 1] != .backslash else {
            return false
        }
        return [.dot, UInt8(ascii: "d"), UInt8(ascii: "s"), UInt8(ascii: "w"), UInt8(ascii: "b")].contains(
            key[index + 1]
        )
    }

    /// `.*`, but not where the dot may be that of a name: behind a star, before another dot, at the end of `news.*`.
    private static func hasAnything(_ key: [UInt8], at index: Int) -> Bool {
        guard key[index] == .dot, index + 1 < key.count, key[index + 1] == .star else { return false }
        if index == 0 { return true }
        guard key[index - 1] != .star, index + 2 < key.count else { return false }
        let next = key[index + 2]
        return next.isLetter || next.isDigit || next == .space || next == .dollar || next == .backslash
    }

    /// `[a-z]`, `[0-9]`, `[abc]+`.
    private static func hasClass(_ key: [UInt8]) -> Bool {
        guard let start = key.firstIndex(of: UInt8(ascii: "[")),
            let end = key[start...].firstIndex(of: UInt8(ascii: "]"))
        else { return false }
        let inner = key[(start + 1)..<end]
        let isRepeated = end + 1 < key.count && key[end + 1] == UInt8(ascii: "+")
        let hasRange = ["a-z", "A-Z", "0-9"].contains { inner.text.contains($0) }
        return !inner.isEmpty && (isRepeated || hasRange)
    }
}

extension Call {
    /// Whether one of its keys is told of as a regular expression.
    var hasMistakenWildcards: Bool {
        keys.map { CompilationUnit.literals(of: $0).contains { MistakenWildcards.areIn($0.value) } } ?? false
    }
}

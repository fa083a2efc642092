// Names by wildcards, as people write them in settings and on the command line.
// Must not be taken for Sieve's `:matches`, which captures and escapes.

/// A pattern for a whole name: `*` stands for any run of octets, `?` for one; ASCII case does not matter.
package struct Glob: Sendable, Equatable {
    /// The pattern as it was written.
    package let text: String
    private let pattern: [UInt8]

    package init(_ text: String) {
        self.text = text
        pattern = text.utf8.map(\.asciiLowercased)
    }

    /// Whether every name matches.
    package var matchesAll: Bool { !pattern.isEmpty && pattern.allSatisfy { $0 == UInt8(ascii: "*") } }

    /// Whether every name that another pattern matches matches this one, too; false also where nobody can tell.
    package func matchesAll(of other: Glob) -> Bool {
        // A star of the other's is only taken by a star. A question mark would take it for one octet.
        let isSure = !pattern.contains(UInt8(ascii: "?")) || other.isPlain
        return isSure && matches(other.pattern)
    }

    /// It is a name.
    package var isPlain: Bool { !pattern.contains { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") } }

    /// Linear time for one star, and no backtracking over more than the last star.
    package func matches(_ name: some Sequence<UInt8>) -> Bool {
        let name = name.map(\.asciiLowercased)
        var inPattern = 0
        var inName = 0
        var star: (pattern: Int, name: Int)?
        while inName < name.count {
            let next = inPattern < pattern.count ? pattern[inPattern] : nil
            if next == UInt8(ascii: "*") {
                star = (inPattern + 1, inName)
                inPattern += 1
            } else if next == UInt8(ascii: "?") || next == name[inName] {
                inPattern += 1
                inName += 1
            } else if let last = star {
                star = (last.pattern, last.name + 1)
                inPattern = last.pattern
                inName = last.name + 1
            } else {
                return false
            }
        }
        return pattern[inPattern...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}

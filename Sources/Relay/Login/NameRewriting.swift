// The name that a user has at the upstream, where it is another than here.
// Must not look at users: it turns one text into another.

package import Patterns

/// Of `*@old.example` to `*@new.example`: what the first star stood for takes the other's place.
package struct NameRewriting: Sendable {
    private let head: Int
    private let tail: Int
    private let replacement: [ArraySlice<UInt8>]

    /// Nil where the new name has a star and the pattern has not exactly one, or where it has several.
    package init?(_ pattern: Glob, to name: String) {
        let parts = pattern.text.utf8.split(separator: UInt8(ascii: "*"), omittingEmptySubsequences: false)
        let replacement = Array(name.utf8).split(separator: UInt8(ascii: "*"), omittingEmptySubsequences: false)
        guard replacement.count == 1 || replacement.count == 2 && parts.count == 2 else { return nil }
        guard !name.isEmpty else { return nil }
        head = parts[0].count
        tail = parts.last.map(\.count) ?? 0
        self.replacement = replacement
    }

    /// Nil where nothing is left of the name.
    package func name(for user: [UInt8]) -> [UInt8]? {
        guard replacement.count == 2 else { return Array(replacement[0]) }
        guard user.count > head + tail else { return nil }
        return Array([replacement[0], user[head..<user.count - tail], replacement[1]].joined())
    }
}

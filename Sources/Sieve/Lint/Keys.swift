// Keys that cannot mean what they seem to: wildcards where none are read, a string twice in one list.
// Must not look at the keys of :regex and :matches: those are judged where they are compiled.

extension CompilationUnit {
    /// `:is` takes a star for a star (RFC 5228 section 2.7.1).
    mutating func warnOfKeys(of call: Call) {
        let type = call.choice(of: "MATCH-TYPE") ?? "is"
        guard type == "is", let keys = call.keys else { return }
        for literal in Self.literals(of: keys) where Self.looksLikeWildcards(literal.value) {
            warn("with :is, * stands for itself", fix: "use :matches", at: literal.position)
        }
    }

    /// A single star at one end: rows of them are words of scanners, and decoration.
    private static func looksLikeWildcards(_ key: [UInt8]) -> Bool {
        guard key.contains(where: { $0 != .star && $0 != .space }) else { return false }
        let begins = key.first == .star && key.dropFirst().first != .star
        let ends = key.last == .star && key.dropLast().last != .star && key.dropLast().last != .backslash
        return (begins || ends) && key.count { $0 == .star } < 3
    }

    /// A string that stands twice in one list.
    mutating func warnOfRepetitions(in statement: Statement) {
        for argument in statement.arguments {
            guard case .stringList(let literals) = argument.value else { continue }
            var seen: Set<[UInt8]> = []
            for literal in literals where !seen.insert(literal.value).inserted {
                warn("\"\(literal.value.text)\" stands twice in this list", fix: "remove it", at: literal.position)
            }
        }
    }
}

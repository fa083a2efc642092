// Strings that cannot mean what they seem to: wildcards where none are read, expressions where wildcards are, lost backslashes.
// Must not look at the keys of :regex: those are judged where they are compiled.

extension CompilationUnit {
    /// `:is` takes a star for a star (RFC 5228 section 2.7.1).
    mutating func warnOfKeys(of call: Call) {
        guard let keys = call.keys else { return }
        for literal in Self.literals(of: keys) {
            switch call.choice(of: "MATCH-TYPE") ?? "is" {
            case "is" where Self.looksLikeWildcards(literal.value):
                warn("with :is, * stands for itself", fix: "use :matches", at: literal.position)
            case "matches" where MistakenWildcards.areIn(literal.value):
                let message = "this looks like a regular expression; in :matches only * and ? are special"
                warn(message, fix: "use * for any text, or :regex", at: literal.position)
            default: continue
            }
        }
    }

    /// A quoted string keeps a backslash only before another one, or a quote (RFC 5228 section 2.4.2).
    mutating func warnOfLostBackslashes(_ lost: [(position: SourcePosition, octet: UInt8)]) {
        for (position, octet) in lost {
            let shown = octet.isPrintable ? "'\(Character(UnicodeScalar(octet)))'" : "octet \(octet)"
            let message = "the backslash before \(shown) is lost: strings keep one only where two are written"
            warn(
                message,
                fix: "write two: \\\\\(octet.isPrintable ? "\(Character(UnicodeScalar(octet)))" : "")",
                at: position
            )
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

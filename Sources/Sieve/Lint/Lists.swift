// Names of lists kept elsewhere (RFC 6134) that nobody keeps.
// Must not warn where it is not known which lists there are.

extension CompilationUnit {
    mutating func warnOfLists(of call: Call) {
        guard let known = options.lists, call.choice(of: "MATCH-TYPE") == "list", let keys = call.keys else { return }
        for literal in Self.literals(of: keys) {
            let name = literal.value.text
            if known.contains(name) || name.utf8.contains(.dollar) { continue }
            let near = Suggestion.best(for: name, among: known.sorted())
            let fix = near.map { "did you mean \"\($0)\"?" } ?? "name its file in the settings"
            warn("there is no list \"\(name)\", so nothing is in it", fix: fix, at: literal.position)
        }
    }
}

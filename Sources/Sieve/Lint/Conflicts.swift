// A reject beside an action that delivers, or beside another reject, on one way through the script: it fails there.
// Must not warn unless the one runs whenever the other does: tests may exclude each other.

extension CompilationUnit {
    /// Warns of each action that can't stand beside one that has run before it (RFC 5429 sections 2.1.1 and 2.2.1).
    mutating func warnOfConflicts(in script: [Statement]) { _ = fates(in: script, behind: []) }

    /// - Parameter done: what has run whenever the block does
    /// - Returns: what may have run in it and is followed by whatever follows the block, and whether the script may end in it
    private mutating func fates(in block: [Statement], behind done: [Fate]) -> (open: [Fate], mayEnd: Bool) {
        var done = done
        var open: [Fate] = []
        /// The same of the branches of an `if` that is not over yet.
        var branches: [Fate] = []
        var mayEnd = false
        for statement in block {
            let name = statement.name.lowercased()
            if name != "elsif", name != "else" {
                open += branches
                branches = []
            }
            if let fate = Fate(statement) {
                warn(of: fate, behind: done + open)
                done.append(fate)
                open.append(fate)
            } else if ["stop", "return", "break", "error"].contains(name) {
                return ([], true)
            } else if name == "include" {
                (open, mayEnd) = ([], true)
            } else if let inner = statement.block, statement.tests.all.first.flatMap(Self.constantValue) != false {
                let found = fates(in: inner, behind: done)
                if found.mayEnd { (open, mayEnd) = ([], true) }
                branches += found.open
            }
        }
        return (open + branches, mayEnd)
    }

    private mutating func warn(of fate: Fate, behind others: [Fate]) {
        guard let other = others.first(where: { $0.isReject || fate.isReject }) else { return }
        let what = "this \(fate.name) can't stand beside the \(other.name) in line \(other.position.line)"
        warn(
            "\(what): where both run, the rule file fails, changes nothing, and the message is delivered",
            fix: "end the script between them with stop, or remove one of the two",
            at: fate.position
        )
    }
}

/// An action that decides where the message goes.
private struct Fate {
    let name: String
    let position: SourcePosition

    /// Nil for any other command.
    init?(_ statement: Statement) {
        name = statement.name.lowercased()
        position = statement.position
        guard isReject || ["keep", "fileinto", "redirect"].contains(name) else { return nil }
    }

    var isReject: Bool { name == "reject" || name == "ereject" }
}

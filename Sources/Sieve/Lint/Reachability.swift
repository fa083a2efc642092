// Commands that can never run: behind the end of the script, or in a branch that constant tests decide.
// Must not judge what `ihave` decides: it is decided anew for each implementation.

extension CompilationUnit {
    mutating func warnOfUnreachable(in script: [Statement]) { _ = ends(script) }

    /// Whether nothing behind the block runs; warns of what never runs within it.
    private mutating func ends(_ block: [Statement]) -> Bool {
        var chain = BranchChain()
        for (index, statement) in block.enumerated() {
            let name = statement.name.lowercased()
            let next = index + 1 < block.count ? block[index + 1].name.lowercased() : nil
            let hasEnded: Bool
            if BranchChain.names.contains(name) {
                take(statement, name, into: &chain)
                hasEnded = next != "elsif" && next != "else" && chain.endsEverywhere
            } else {
                _ = ends(statement.block ?? [])
                hasEnded = ["stop", "return", "error", "break"].contains(name)
            }
            if hasEnded, next != nil {
                let position = block[index + 1].position
                warn(
                    "this is never reached: the script has ended before it",
                    fix: "remove it, or move it up",
                    at: position
                )
            }
            if hasEnded { return true }
        }
        return false
    }

    private mutating func take(_ statement: Statement, _ name: String, into chain: inout BranchChain) {
        if name == "if" { chain = BranchChain() }
        let value = name == "else" ? true : statement.tests.all.first.flatMap(Self.constantValue)
        if chain.isDecided {
            warn(
                "this branch is never taken: a test before it is always true",
                fix: "remove it, or change that test",
                at: statement.position
            )
        } else if value == false {
            warn(
                "this block never runs: its test is always false",
                fix: "remove it, or change its test",
                at: statement.position
            )
        }
        let isReachable = !chain.isDecided && value != false
        let blockEnds = ends(statement.block ?? [])
        if isReachable, !blockEnds { chain.hasWayOut = true }
        if value == true { chain.isDecided = true }
    }

    /// The value of a test that is made of constants.
    static func constantValue(_ test: Statement) -> Bool? {
        let inner = test.tests.all
        switch test.name.lowercased() {
        case "true": return true
        case "false": return false
        case "not": return inner.first.flatMap(constantValue).map { !$0 }
        case "allof":
            let values = inner.map(constantValue)
            return values.contains(false) ? false : values.contains(nil) ? nil : true
        case "anyof":
            let values = inner.map(constantValue)
            return values.contains(true) ? true : values.contains(nil) ? nil : false
        default: return nil
        }
    }
}

/// The branches of an if, as far as they have been looked at.
private struct BranchChain {
    static let names: Set = ["if", "elsif", "else"]

    /// One of the tests is always true, or there was an else.
    var isDecided = false
    /// A branch that can be taken goes on behind the chain.
    var hasWayOut = false

    var endsEverywhere: Bool { isDecided && !hasWayOut }
}

// A test that was asked before in the same if: its branch can never be taken.
// Must not take two tests for the same if a variable could have changed in between.

extension CompilationUnit {
    mutating func warnOfRepeatedTests(in block: [Statement]) {
        var asked: [Statement] = []
        for statement in block {
            switch statement.name.lowercased() {
            case "if": asked = []
            case "elsif":
                guard let test = statement.tests.all.first, !test.hasVariables else { continue }
                if let first = asked.first(where: { $0.isSame(as: test) }) {
                    let message = "this branch is never taken: line \(first.position.line) asks the same"
                    warn(message, mend: "ask something else", at: test.position)
                }
            default: continue
            }
            asked += statement.tests.all
        }
    }
}

extension Statement {
    /// Whether a string within it may hold a variable.
    fileprivate var hasVariables: Bool {
        let strings = arguments.flatMap { CompilationUnit.literals(of: $0) }
        return strings.contains { $0.value.contains(.dollar) } || tests.all.contains(where: \.hasVariables)
    }
}

// allof, anyof, not, true, false (RFC 5228 section 5): tests of tests become jumps.
// Must not evaluate more than is needed for the answer.

extension Definition {
    static let `true` = Definition(name: "true", kind: .test) { unit, _ throws(CompileError) in
        unit.emit(flag: true)
    }

    static let `false` = Definition(name: "false", kind: .test) { unit, _ throws(CompileError) in
        unit.emit(flag: false)
    }

    static let not = Definition(name: "not", kind: .test, subtests: .one) { unit, call throws(CompileError) in
        for test in call.statement.tests.all { unit.compile(test: test) }
        unit.emitNegation()
    }

    static let allof = Definition(name: "allof", kind: .test, subtests: .list) { unit, call throws(CompileError) in
        unit.compile(tests: call.statement.tests.all, leavingOn: .ifFalse)
    }

    static let anyof = Definition(name: "anyof", kind: .test, subtests: .list) { unit, call throws(CompileError) in
        unit.compile(tests: call.statement.tests.all, leavingOn: .ifTrue)
    }
}

extension CompilationUnit {
    /// Tests one after the other, up to the first that decides.
    fileprivate mutating func compile(tests: [Statement], leavingOn decision: Jump) {
        var exits: [Int] = []
        var isDead = false
        for (index, test) in tests.enumerated() {
            compile(test: test, isDead: isDead)
            isDead = isDead || knownValue(of: test) == (decision == .ifTrue)
            if index < tests.count - 1 { exits.append(emit(decision)) }
        }
        for exit in exits { land(exit) }
    }
}

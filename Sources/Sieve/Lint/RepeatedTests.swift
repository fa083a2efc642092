// A test that was asked before in the same if: its branch can never be taken.
// Must not take two tests for the same if a variable could have changed in between.

extension CompilationUnit {
    mutating func warnOfRepeatedTests(in block: [Statement]) {
        // The line in which each test of this if was asked first.
        var asked: [[UInt8]: Int] = [:]
        for statement in block {
            let name = statement.name.lowercased()
            if name == "if" { asked = [:] }
            guard name == "if" || name == "elsif", let test = statement.tests.all.first, !test.hasVariables else {
                continue
            }
            let fingerprint = test.fingerprint
            if let line = asked[fingerprint] {
                let message = "this branch is never taken: same test as line \(line)"
                warn(message, fix: "remove or change it", at: test.position)
            } else {
                asked[fingerprint] = test.position.line
            }
        }
    }
}

extension Statement {
    /// Whether a string within it may hold a variable.
    fileprivate var hasVariables: Bool {
        let strings = arguments.flatMap { CompilationUnit.literals(of: $0) }
        return strings.contains { $0.value.contains(.dollar) } || tests.all.contains(where: \.hasVariables)
    }

    /// The same for two tests that say the same, names and tags in either case, and for no others.
    fileprivate var fingerprint: [UInt8] {
        var octets = name.utf8.map(\.lowercased)
        for argument in arguments {
            switch argument.value {
            case .tag(let name): octets += [0, 1] + name.utf8.map(\.lowercased)
            case .number(let number): octets += [0, 2] + Array(String(number).utf8)
            case .string(let string): octets += [0, 3] + string
            case .stringList(let literals):
                octets += [0, 4] + literals.flatMap { [0] + $0.value } + [0]
            }
        }
        return octets + [0, 5] + tests.all.flatMap(\.fingerprint) + [0, 6]
    }
}

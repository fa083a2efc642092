// ihave (RFC 5463): the test for extensions, and the control command error.
// Must not let a faulty use of a missing extension be an error where ihave has found it missing.

extension Extension {
    static let ihave = Extension(capability: "ihave", definitions: [.ihave, .error])
}

extension Definition {
    fileprivate static let ihave = Definition(
        name: "ihave",
        kind: .test,
        capabilities: ["ihave"],
        parameters: [Parameter("capabilities", .stringList)]
    ) { unit, call throws(CompileError) in
        let capabilities = CompilationUnit.literals(of: call.positional[0]).map(\.value.text)
        let hasAll = unit.offers(capabilities)
        if hasAll {
            for capability in capabilities { unit.require(capability) }
        }
        unit.emit(flag: hasAll)
    }

    fileprivate static let error = Definition(
        name: "error",
        capabilities: ["ihave"],
        parameters: [Parameter("message", .string)]
    ) { unit, call throws(CompileError) in
        unit.emit(Fail(message: try unit.text(call.positional[0])))
    }
}

extension CompilationUnit {
    /// Whether a script may require all of these.
    fileprivate func offers(_ capabilities: [String]) -> Bool {
        capabilities.allSatisfy(options.offers)
    }

    /// The value of a test, as far as `ihave` decides it before anything runs; nil if that is not known.
    func knownValue(of test: Statement) -> Bool? {
        let inner = test.tests.all
        switch test.name.lowercased() {
        case "ihave":
            guard isAvailable("ihave"), let argument = test.arguments.first else { return nil }
            return offers(Self.literals(of: argument).map(\.value.text))
        case "not": return inner.first.flatMap(knownValue).map { !$0 }
        case "allof": return Self.known(inner.map(knownValue), decidedBy: false)
        case "anyof": return Self.known(inner.map(knownValue), decidedBy: true)
        default: return nil
        }
    }

    /// The value of several tests of which one with the value `decision` decides.
    private static func known(_ values: [Bool?], decidedBy decision: Bool) -> Bool? {
        if values.contains(decision) { return decision }
        return values.allSatisfy { $0 == !decision } ? !decision : nil
    }
}

private struct Fail: Operation {
    let message: Text

    var depth: Depth { .none }

    func perform(in machine: inout Machine) throws(Interruption) {
        throw .failed(try machine.expand(message).text)
    }
}

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
        for literal in CompilationUnit.literals(of: call.positional[0])
        where CompilationUnit.changesReading.contains(literal.value.text) {
            unit.warn(
                "ihave is always false for \"\(literal.value.text)\" (RFC 5463 section 4)",
                fix: "require it at the beginning",
                at: literal.position
            )
        }
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
    /// Extensions that change how the text of a script is read: what stands before the test would be read without them.
    /// `ihave` must fail for them (RFC 5463 section 4).
    fileprivate static let changesReading: Set<String> = ["variables", "encoded-character"]

    /// Whether `ihave` may bring all of these.
    fileprivate func offers(_ capabilities: [String]) -> Bool {
        capabilities.allSatisfy { options.offers($0) && !Self.changesReading.contains($0) }
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

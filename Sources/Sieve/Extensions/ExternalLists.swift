// extlists (RFC 6134): keys that name lists kept elsewhere, the match type :list, the test valid_ext_list.
// Must not know what is in a list: whoever runs the script answers.

extension Extension {
    static let externalLists = Extension(
        capability: "extlists",
        definitions: [
            Definition(
                name: "valid_ext_list",
                kind: .test,
                capabilities: ["extlists"],
                parameters: [Parameter("list names", .stringList)]
            ) { unit, call throws(CompileError) in
                unit.emit(ValidListTest(names: try unit.texts(call.positional[0])))
            }
        ]
    )
}

private struct ValidListTest: Condition {
    let names: TextList

    func holds(in machine: inout Machine) throws(Interruption) -> Bool {
        for name in try machine.expand(names) where try !machine.answer(to: .hasList(name: name)) { return false }
        return true
    }
}

// fileinto (RFC 5228 section 4.1).
// Must not know what a mailbox is.

extension Extension {
    static let fileinto = Extension(
        capability: "fileinto",
        definitions: [
            Definition(
                name: "fileinto",
                capabilities: ["fileinto"],
                parameters: [Parameter("folder", .string)]
            ) { unit, call throws(CompileError) in
                unit.emit(FileInto(mailbox: try unit.text(call.positional[0])))
            }
        ]
    )
}

private struct FileInto: Operation {
    let mailbox: Text

    func perform(in machine: inout Machine) throws(Interruption) {
        try machine.add(.fileInto(mailbox: try machine.expand(mailbox).text))
    }
}

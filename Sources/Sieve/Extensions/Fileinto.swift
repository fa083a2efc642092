// fileinto (RFC 5228 section 4.1), copy (RFC 3894), and of mailbox (RFC 5490) :create and mailboxexists.
// Must not know what a mailbox is.

extension Extension {
    static let fileinto = Extension(
        capability: "fileinto",
        definitions: [
            Definition(
                name: "fileinto",
                capabilities: ["fileinto"],
                tags: [.copy, TagDefinition("create", capability: "mailbox")],
                parameters: [Parameter("folder", .string)]
            ) { unit, call throws(CompileError) in
                let mailbox = try unit.text(call.positional[0])
                unit.emit(FileInto(mailbox: mailbox, isCopy: call.has("copy"), creates: call.has("create")))
            }
        ]
    )

    static let copy = Extension(capability: "copy")

    static let mailbox = Extension(
        capability: "mailbox",
        definitions: [
            Definition(
                name: "mailboxexists",
                kind: .test,
                capabilities: ["mailbox"],
                parameters: [Parameter("mailbox names", .stringList)]
            ) { unit, call throws(CompileError) in
                unit.emit(MailboxExists(names: try unit.texts(call.positional[0])))
            }
        ]
    )
}

extension TagDefinition {
    /// The message is kept as if the action had not been (RFC 3894).
    static let copy = TagDefinition("copy", capability: "copy")
}

private struct FileInto: Operation {
    let mailbox: Text
    let isCopy: Bool
    let creates: Bool

    func perform(in machine: inout Machine) throws(Interruption) {
        let name = try machine.expand(mailbox).text
        if name.isEmpty { throw .failed("fileinto: the mailbox has no name") }
        try machine.add(.fileInto(mailbox: name, isCopy: isCopy, creates: creates))
    }
}

private struct MailboxExists: Condition {
    let names: TextList

    func holds(in machine: inout Machine) throws(Interruption) -> Bool {
        for name in try machine.expand(names) where try !machine.answer(to: .hasMailbox(name: name)) { return false }
        return true
    }
}

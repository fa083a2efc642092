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
                try unit.checkMailbox(mailbox, at: call.positional[0].position, of: call)
                unit.demands.mayFile = true
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
                let names = try unit.texts(call.positional[0])
                for (name, literal) in zip(names.texts, CompilationUnit.literals(of: call.positional[0])) {
                    try unit.checkMailbox(name, at: literal.position, of: call)
                }
                unit.emit(MailboxExists(names: names))
            }
        ]
    )
}

extension TagDefinition {
    /// The message is kept as if the action had not been (RFC 3894).
    static let copy = TagDefinition("copy", capability: "copy")
}

/// What cannot be the name of a mailbox (RFC 5228 section 4.1).
enum MailboxName {
    /// Why there can be no mailbox of this name; nil if there can be.
    static func fault(of name: [UInt8]) -> String? {
        if name.isEmpty { return "the mailbox has no name" }
        return String(validating: name, as: UTF8.self) == nil ? "the name of a mailbox is UTF-8" : nil
    }
}

extension CompilationUnit {
    /// Throws for a constant name that no mailbox can have.
    fileprivate func checkMailbox(_ name: Text, at position: SourcePosition, of call: Call) throws(CompileError) {
        guard let fault = name.constant.flatMap(MailboxName.fault) else { return }
        throw call.error("\(call.definition.title): \(fault)", fix: "name a mailbox", at: position)
    }
}

private struct FileInto: Operation {
    let mailbox: Text
    let isCopy: Bool
    let creates: Bool

    func perform(in machine: inout Machine) throws(Interruption) {
        let name = try machine.expand(mailbox)
        if let fault = MailboxName.fault(of: name) { throw .failed("fileinto: \(fault)") }
        try machine.add(.fileInto(mailbox: name.text, isCopy: isCopy, creates: creates))
    }
}

private struct MailboxExists: Condition {
    let names: TextList

    func holds(in machine: inout Machine) throws(Interruption) -> Bool {
        for name in try machine.expand(names) {
            if let fault = MailboxName.fault(of: name) { throw .failed("mailboxexists: \(fault)") }
            if try !machine.answer(to: .hasMailbox(name: name)) { return false }
        }
        return true
    }
}

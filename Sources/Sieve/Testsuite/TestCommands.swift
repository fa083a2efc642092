// vnd.dovecot.testsuite: the commands of test files, compiled and run.
// Must not be available to rule files: a test file's runner allows it.

import Mail

extension Extension {
    static let testsuite = Extension(
        capability: testsuiteCapability,
        definitions: [
            .testBlock, .testFail, .testSet, .testMessage, .testMessageTest, .testScriptCompile, .testScriptRun,
            .testMultiscript, .testResultExecute, .testResultReset, .testResultAction, .testError,
            .testConfigSet, .testConfigUnset, .testConfigReload, .testMailboxCreate, .testMailboxDelete,
        ] + ["test_message_print", "test_result_print"].map { .ignored($0, []) }
            + ["test_binary_save", "test_binary_load"].map { .ignored($0, [Parameter("name", .string)]) }
    )

    static let testsuiteCapability = "vnd.dovecot.testsuite"
}

/// A command that is nothing but what it does.
private struct Act: Operation {
    let action: @Sendable (inout Machine, TestStage) throws(Interruption) -> Void
    var depth: Depth { .none }

    func perform(in machine: inout Machine) throws(Interruption) {
        guard let stage = machine.stage else { throw .failed("no test is running") }
        try action(&machine, stage)
    }
}

/// A test that is nothing but what it asks.
private struct Ask: Condition {
    let question: @Sendable (inout Machine, TestStage) throws(Interruption) -> Bool
    var depth: Depth { .none }

    func holds(in machine: inout Machine) throws(Interruption) -> Bool {
        guard let stage = machine.stage else { throw .failed("no test is running") }
        return try question(&machine, stage)
    }
}

extension CompilationUnit {
    /// A test over a list of texts that the stage or the machine has, one of them if `:index` is given.
    fileprivate mutating func askOfList(
        _ call: Call,
        _ list: @escaping @Sendable (Machine, TestStage) -> [String]
    ) throws(CompileError) {
        let index = call.number("index").map { Int(clamping: $0) }
        let comparison = try Comparison(call, keys: call.positional[0], in: &self, comparator: .octet)
        ask { machine, stage throws(Interruption) in
            var texts = list(machine, stage)
            if let index { texts = index >= 1 && index <= texts.count ? [texts[index - 1]] : [] }
            if comparison.counts { return try comparison.matches(count: texts.count, in: &machine) }
            for text in texts where try comparison.matches(Array(text.utf8), in: &machine) { return true }
            return false
        }
    }

    /// Puts a stored or sent message on the stage; the answer is whether there is one.
    fileprivate mutating func messageSource(
        _ call: Call
    ) throws(CompileError) -> @Sendable (inout Machine, TestStage) throws(Interruption) -> Bool {
        guard case .number(let number) = call.positional[0].value else { return { _, _ in false } }
        let index = Int(clamping: number)
        guard call.has("smtp") || call.has("folder") else {
            throw call.error("test_message requires :smtp or :folder", fix: "write test_message :smtp 0")
        }
        let folder = try call.tagValues["folder"].map { argument throws(CompileError) in try text(argument) }
        return { machine, stage throws(Interruption) in
            let folder = try folder.map { text throws(Interruption) in try machine.expand(text).text }
            let list = folder.map { stage.mailboxes[$0] ?? [] } ?? stage.outgoing
            guard index < list.count else { return false }
            stage.mail = list[index]
            machine.show(stage)
            return true
        }
    }

    fileprivate mutating func act(
        _ action: @escaping @Sendable (inout Machine, TestStage) throws(Interruption) -> Void
    ) {
        emit(Act(action: action))
    }

    fileprivate mutating func ask(
        _ question: @escaping @Sendable (inout Machine, TestStage) throws(Interruption) -> Bool
    ) {
        emit(Ask(question: question))
    }
}

extension Definition {
    private static let testsuite = [Extension.testsuiteCapability]

    // MARK: Cases

    fileprivate static let testBlock = Definition(
        name: "test",
        capabilities: testsuite,
        parameters: [Parameter("name", .string)],
        takesBlock: true
    ) { unit, call throws(CompileError) in
        if unit.blockDepth > 1 {
            throw call.error("tests cannot be nested: test command found inside a block", fix: "close that block first")
        }
        let name = try unit.text(call.positional[0])
        let line = call.position.line
        let begin = unit.reserve()
        unit.compile(block: call.statement.block ?? [])
        let end = unit.here
        unit.act { _, stage throws(Interruption) in stage.endCase() }
        unit.fill(
            begin,
            with: Act { machine, stage throws(Interruption) in
                machine.answers = [:]
                stage.current = (TestCase(name: try machine.expand(name).text, line: line), end)
            }
        )
    }

    fileprivate static let testFail = Definition(
        name: "test_fail",
        capabilities: testsuite,
        parameters: [Parameter("reason", .string)]
    ) { unit, call throws(CompileError) in
        let reason = try unit.text(call.positional[0])
        unit.act { machine, _ throws(Interruption) in throw .failed(try machine.expand(reason).text) }
    }

    // MARK: Messages

    fileprivate static let testSet = Definition(
        name: "test_set",
        capabilities: testsuite,
        parameters: [Parameter("name", .string), Parameter("value", .string)]
    ) { unit, call throws(CompileError) in
        let name = try unit.constant(call.positional[0], what: "name of a test object").text.lowercased()
        let known = ["message", "envelope.from", "envelope.to", "envelope.orig_to", "envelope.auth"]
        guard known.contains(name) else {
            throw call.error(
                "unknown test object '\(name)'",
                fix: "use one of: \(known.sorted().joined(separator: ", "))"
            )
        }
        let value = try unit.text(call.positional[1])
        unit.act { machine, stage throws(Interruption) in
            let octets = try machine.expand(value)
            stage.set(name, octets)
            machine.show(stage)
        }
    }

    private static let messageTags = [
        TagDefinition("smtp", group: ":smtp or :folder"),
        TagDefinition("folder", value: .string, group: ":smtp or :folder"),
    ]

    fileprivate static let testMessage = Definition(
        name: "test_message",
        capabilities: testsuite,
        tags: messageTags,
        parameters: [Parameter("index", .number)]
    ) { unit, call throws(CompileError) in
        let source = try unit.messageSource(call)
        unit.act { machine, stage throws(Interruption) in
            if !(try source(&machine, stage)) { throw .failed("there is no such message") }
        }
    }

    fileprivate static let testMessageTest = Definition(
        name: "test_message",
        kind: .test,
        capabilities: testsuite,
        tags: messageTags,
        parameters: [Parameter("index", .number)]
    ) { unit, call throws(CompileError) in
        unit.ask(try unit.messageSource(call))
    }

    // MARK: Scripts

    fileprivate static let testScriptCompile = Definition(
        name: "test_script_compile",
        kind: .test,
        capabilities: testsuite,
        parameters: [Parameter("path", .string)]
    ) { unit, call throws(CompileError) in
        let path = try unit.text(call.positional[0])
        unit.ask { machine, stage throws(Interruption) in stage.compile(try machine.expand(path).text) }
    }

    fileprivate static let testScriptRun = Definition(
        name: "test_script_run",
        kind: .test,
        capabilities: testsuite,
        tags: [TagDefinition("append_result")]
    ) { unit, call throws(CompileError) in
        let appends = call.has("append_result")
        unit.ask { machine, stage throws(Interruption) in
            guard let script = stage.remembered else { throw .failed("no script has been compiled") }
            if !appends { machine.resetResult() }
            guard let actions = stage.run(script, after: machine.actions) else { return false }
            machine.actions = actions
            return true
        }
    }

    fileprivate static let testMultiscript = Definition(
        name: "test_multiscript",
        kind: .test,
        capabilities: testsuite,
        parameters: [Parameter("scripts", .stringList)]
    ) { unit, call throws(CompileError) in
        let paths = try unit.texts(call.positional[0])
        unit.ask { machine, stage throws(Interruption) in
            machine.resetResult()
            for path in try machine.expand(paths) {
                guard stage.compile(path.text), let script = stage.remembered else { return false }
                guard let actions = stage.run(script, after: ActionList()) else { return false }
                let isKept = machine.actions.merge(actions)
                if !isKept { break }
            }
            return machine.executeResult(on: stage)
        }
    }

    // MARK: Results

    fileprivate static let testResultExecute = Definition(
        name: "test_result_execute",
        kind: .test,
        capabilities: testsuite
    ) { unit, _ throws(CompileError) in
        unit.ask { machine, stage throws(Interruption) in
            machine.executeResult(on: stage)
        }
    }

    fileprivate static let testResultReset = Definition(name: "test_result_reset", capabilities: testsuite) {
        unit,
        _ throws(CompileError) in
        unit.act { machine, stage throws(Interruption) in
            machine.resetResult()
            stage.outgoing = []
            machine.show(stage)
        }
    }

    fileprivate static let testResultAction = Definition(
        name: "test_result_action",
        kind: .test,
        capabilities: testsuite,
        tags: [TagDefinition("index", value: .number)] + .matching,
        parameters: [Parameter("actions", .stringList)]
    ) { unit, call throws(CompileError) in
        try unit.askOfList(call) { machine, _ in
            machine.actions.actions.map(\.kind).filter { !$0.isEdit }.map(\.resultName)
        }
    }

    fileprivate static let testError = Definition(
        name: "test_error",
        kind: .test,
        capabilities: testsuite,
        tags: [TagDefinition("index", value: .number)] + .matching,
        parameters: [Parameter("errors", .stringList)]
    ) { unit, call throws(CompileError) in
        try unit.askOfList(call) { _, stage in stage.errors }
    }

    // MARK: Settings and folders

    fileprivate static let testConfigSet = Definition(
        name: "test_config_set",
        capabilities: testsuite,
        parameters: [Parameter("key", .string), Parameter("value", .string)]
    ) { unit, call throws(CompileError) in
        let key = try unit.text(call.positional[0])
        let value = try unit.text(call.positional[1])
        unit.act { machine, stage throws(Interruption) in
            stage.settings.set(try machine.expand(key).text, try machine.expand(value).text)
        }
    }

    fileprivate static let testConfigUnset = Definition(
        name: "test_config_unset",
        capabilities: testsuite,
        parameters: [Parameter("key", .string)]
    ) { unit, call throws(CompileError) in
        let key = try unit.text(call.positional[0])
        unit.act { machine, stage throws(Interruption) in stage.settings.set(try machine.expand(key).text, nil) }
    }

    fileprivate static let testConfigReload = Definition(
        name: "test_config_reload",
        capabilities: testsuite,
        tags: [TagDefinition("extension", value: .string)]
    ) { unit, _ throws(CompileError) in
        unit.act { machine, stage throws(Interruption) in
            stage.settings.reload()
            machine.take(stage.sharedContext)
        }
    }

    fileprivate static let testMailboxCreate = mailbox("test_mailbox_create") { stage, name in
        stage.mailboxes[name] = stage.mailboxes[name] ?? []
    }

    fileprivate static let testMailboxDelete = mailbox("test_mailbox_delete") { stage, name in
        stage.mailboxes[name] = nil
    }

    private static func mailbox(_ name: String, _ change: @escaping @Sendable (TestStage, String) -> Void) -> Definition
    {
        Definition(name: name, capabilities: testsuite, parameters: [Parameter("mailbox", .string)]) {
            unit,
            call throws(CompileError) in
            let mailbox = try unit.text(call.positional[0])
            unit.act { machine, stage throws(Interruption) in
                machine.answers = [:]
                change(stage, try machine.expand(mailbox).text)
            }
        }
    }

    /// A command that has no effect here.
    fileprivate static func ignored(_ name: String, _ parameters: [Parameter]) -> Definition {
        Definition(name: name, capabilities: testsuite, parameters: parameters) { _, _ throws(CompileError) in }
    }
}

// A test file from source to results: the commands of the suite on a stage of their own.
// Must not print: whoever runs test files shows the results.

import Mail

/// What came of a test file.
package struct TestReport: Sendable {
    /// The cases in the order they ran.
    package var cases: [TestCase] = []
    /// Cases that did not run, since the file had ended before them.
    package var skipped: [TestCase] = []
    /// Why the file could not be run at all, or not to its end.
    package var failure: String?

    /// How many cases passed.
    package var passed: Int { cases.count { $0.failure == nil } }
}

/// Runs `.svtest` files, the format of Pigeonhole's test suite.
package enum TestRun {
    /// Runs one file.
    /// - Parameters:
    ///   - source: the test file's octets
    ///   - name: what diagnostics call it
    ///   - folder: where the files lie that it names
    ///   - processorTime: tells how much processor time has been used, to bound each script
    ///   - load: reads a file by its path; nil if there is none
    package static func report(
        _ source: [UInt8],
        name: String,
        folder: String,
        processorTime: (@Sendable () -> Duration)? = nil,
        load: @escaping (String) -> [UInt8]?
    ) -> TestReport {
        let stage = TestStage(folder: folder, load: load)
        stage.settings.processorTime = processorTime
        let compilation = Compiler(options: stage.options).compile(source, name: name)
        guard let script = compilation.script else {
            let errors = compilation.diagnostics.filter { $0.severity == .error }
            return TestReport(failure: errors.map(\.description).joined(separator: "\n"))
        }
        var evaluation = Evaluation(
            script,
            header: HeaderBlock(stage.mail.bytes),
            context: stage.sharedContext
        )
        evaluation.machine.stage = stage
        evaluation.machine.isTestFile = true
        let failure = stage.finish(&evaluation)
        let declared = TestCase.all(in: source, limits: stage.options.limits)
        let skipped = Array(declared.dropFirst(stage.cases.count))
        return TestReport(cases: stage.cases, skipped: skipped, failure: failure?.description)
    }
}

extension TestStage {
    func endCase(failure: String? = nil) {
        guard var ended = current?.test else { return }
        ended.failure = failure
        cases.append(ended)
        current = nil
    }

    /// Sets the message or a part of its envelope.
    func set(_ object: String, _ value: [UInt8]) {
        let path =
            value.first == UInt8(ascii: "<") && value.last == UInt8(ascii: ">")
            ? Array(value.dropFirst().dropLast()) : value
        switch object {
        case "message":
            mail = Self.mail(value)
            settings.originalTo = nil
            settings.auth = nil
        case "envelope.from": mail.from = path
        case "envelope.to":
            mail.to = path
            settings.originalTo = path
        case "envelope.orig_to": settings.originalTo = path
        default: settings.auth = value
        }
    }
}

extension Machine {
    /// Takes over the message that is on the stage now.
    mutating func show(_ stage: TestStage) {
        header = HeaderBlock(stage.mail.bytes)
        headerEdits = 0
        addedHeaderSize = 0
        take(stage.sharedContext)
        message = nil
        rewrites = []
        partLoops = []
    }

    /// Forgets what was decided so far.
    mutating func resetResult() {
        actions = ActionList()
        rewrites = []
    }

    /// Carries out what was decided, the implicit keep included; false if an action cannot be carried out.
    mutating func executeResult(on stage: TestStage) -> Bool {
        var results = actions.actions
        if !actions.cancelsImplicitKeep { results.append(actions.implicitKeep ?? implicitKeep) }
        answers = [:]
        return stage.execute(results, message: actions.rewritten ?? rewritten)
    }

    /// Ends the case that runs, which has passed; false if none is running here.
    mutating func endCase() -> Bool {
        guard isTestFile, let end = stage?.current?.end else { return false }
        returnToFirstScript()
        partLoops = []
        jump(to: end)
        return true
    }

    /// Ends the case that failed and goes on behind it; false if none is running here.
    mutating func recover(from failure: String) -> Bool {
        guard isTestFile, let stage, let end = stage.current?.end else { return false }
        stage.endCase(failure: failure)
        returnToFirstScript()
        partLoops = []
        counter = end
        return true
    }
}

extension ActionList {
    /// Adds what another script decided; whether the message is still kept, so that the next script may run.
    mutating func merge(_ other: ActionList) -> Bool {
        let isKept = !other.cancelsImplicitKeep || other.actions.contains { $0.kind == .keep }
        replace(
            actions: actions.filter { $0.kind != .keep } + other.actions,
            cancelsImplicitKeep: other.cancelsImplicitKeep
        )
        implicitKeep = other.implicitKeep
        rewritten = other.rewritten ?? rewritten
        return isKept
    }
}

extension Action.Kind {
    /// What test files call the action.
    var resultName: String {
        if case .fileInto = self { return "store" }
        return isReject ? "reject" : name
    }
}

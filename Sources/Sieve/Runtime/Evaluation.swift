// One script on one message: runs to the end, or to a need, and goes on from there when it is answered.
// Must not carry out an action, nor do anything twice after a need.

public import Mail

/// What came of a script. A class, since it is large and handed on several times.
public final class Outcome: Sendable {
    /// Why the script could not be run to its end.
    public struct Failure: Error, Sendable, Equatable, CustomStringConvertible {
        /// The script.
        public var script: String
        /// The place of the command or test that failed.
        public var position: SourcePosition
        /// What happened.
        public var message: String

        /// `FILE:LINE:COLUMN: what happened`.
        public var description: String { "\(script):\(position.line):\(position.column): \(message)" }
    }

    /// All actions in order. After a failure: the implicit keep alone.
    public let actions: [Action]
    /// The header block as the script left it.
    public let header: HeaderBlock
    /// The whole message as `replace` and `enclose` make it, header edits included; nil if neither ran.
    public let message: MessagePieces?
    /// What `duplicate` is to remember once the message has been dealt with; nothing after a failure (RFC 7352 section
    /// 3.1).
    public let tracked: [TrackedID]
    /// The scans that were asked for in vain, and why.
    public let unscanned: [ScanKind: String]
    /// Lines that the script wrote for its author.
    public let debugLines: [DebugLine]
    /// Set if the script failed; its edits are forgotten then, and the message is kept.
    public let failure: Failure?
    /// The steps, if they were asked for.
    public let trace: [TraceStep]

    fileprivate init(
        actions: [Action],
        header: HeaderBlock,
        message: MessagePieces? = nil,
        tracked: [TrackedID] = [],
        unscanned: [ScanKind: String],
        debugLines: [DebugLine],
        failure: Failure? = nil,
        trace: [TraceStep]
    ) {
        self.actions = actions
        self.header = header
        self.message = message
        self.tracked = tracked
        self.unscanned = unscanned
        self.debugLines = debugLines
        self.failure = failure
        self.trace = trace
    }
}

/// The evaluation of a script on a message, as a coroutine without IO.
public struct Evaluation: ~Copyable {
    /// How far it got.
    public enum Step: Sendable {
        /// It waits for an answer and goes on at the same instruction.
        case needs(Need)
        /// It is over.
        case finished(Outcome)
    }

    /// Large: it stays where it was made.
    private final class State {
        /// The header block before any edit of this script.
        let original: HeaderBlock
        var machine: Machine

        init(_ script: Script, _ header: HeaderBlock, _ context: SharedContext, isTraced: Bool) {
            original = header
            machine = Machine(script: script, header: header, context: context)
            if isTraced { machine.trace = Trace() }
        }
    }

    private let state: State

    var machine: Machine {
        get { state.machine }
        set { state.machine = newValue }
    }

    /// Prepares to run `script` on a message.
    ///
    /// - Parameters:
    ///   - script: What is to be run.
    ///   - header: The message's header block, with the empty line if there is one.
    ///   - context: What is known of the message beside its header.
    ///   - limits: What the evaluation may use; beyond a limit it fails.
    ///   - isTraced: Whether the outcome lists each step.
    public init(
        _ script: Script,
        header: [UInt8],
        context: MessageContext = MessageContext(),
        limits: Limits = Limits(),
        isTraced: Bool = false
    ) {
        let context = SharedContext(context, limits: limits)
        self.init(script, header: HeaderBlock(header), context: context, isTraced: isTraced)
    }

    /// Prepares to run `script` on a message whose header block has been read; edits of earlier scripts stay in it.
    ///
    /// - Parameters:
    ///   - script: What is to be run.
    ///   - header: The message's header block.
    ///   - context: What is known of the message beside its header, and what the evaluation may use.
    ///   - isTraced: Whether the outcome lists each step.
    public init(_ script: Script, header: HeaderBlock, context: SharedContext, isTraced: Bool = false) {
        state = State(script, header, context, isTraced: isTraced)
    }

    /// Answers `Need.size` with the message's octets; nil where nobody knows them: the script fails then.
    public mutating func provide(size: Int?) {
        state.machine.size = size
        state.machine.sizeIsUnknown = size == nil
    }

    /// Answers `Need.message` with the whole message, header and body.
    public mutating func provide(message: [UInt8]) { provide(message: MessageOctets(message)) }

    /// Answers `Need.message` with the whole message, wherever its octets lie; none is copied.
    public mutating func provide(message: MessageOctets) { provide(message: Message(message)) }

    /// Answers `Need.message` with the whole message, as it was read for an earlier script.
    public mutating func provide(message: Message) {
        state.machine.message = message
        state.machine.size = message.octets.count
    }

    /// Answers `Need.message` where the whole message is not to be had: the script fails, and says `reason`.
    public mutating func provide(noMessage reason: String) { state.machine.messageRefusal = reason }

    /// Answers `Need.scan`.
    public mutating func provide(scan: ScanReport) { state.machine.scans[scan.kind] = scan.checked }

    /// Answers a need that is a question.
    ///
    /// - Parameters:
    ///   - answer: Whether it is so.
    ///   - need: The question.
    public mutating func provide(_ answer: Bool, to need: Need) { state.machine.answers[need] = answer }

    /// Runs until something is missing or all is decided.
    public mutating func run() -> Step { state.machine.run(from: state.original) }
}

extension Machine {
    /// - Parameter original: the header block before any edit of the script
    fileprivate mutating func run(from original: HeaderBlock) -> Evaluation.Step {
        // What no test sees could be what it looks for.
        if !original.isComplete, script.depth != .none {
            return .finished(failed("the header has more fields than are read (too-many-fields)", original))
        }
        while true {
            do throws(Interruption) {
                try runToEnd()
                return .finished(outcome())
            } catch {
                switch error {
                case .needs(let need):
                    decodedTexts = DecodedTexts()
                    return .needs(need)
                case .failed(let message):
                    if !recover(from: message) { return .finished(failed(message, original)) }
                }
            }
        }
    }

    private mutating func runToEnd() throws(Interruption) {
        while isRunning {
            executed += 1
            if executed > limits.instructions { throw .failed("too many steps (instructions)") }
            if executed % Limits.instructionsBetweenReadings == 0 { try checkTime() }
            try step()
        }
    }

    private mutating func step() throws(Interruption) {
        position = script.positions[counter]
        switch script.instructions[counter] {
        case .test(let condition):
            flag = try condition.holds(in: &self)
            note(.test(flag))
        case .gate(let gate):
            // Who looks on sees each test; and it is no step of the script.
            executed -= 1
            if trace == nil { pass(gate) }
        case .perform(let operation):
            // An include leads into another script.
            let running = trace == nil ? nil : script.name
            try operation.perform(in: &self)
            note(.command, of: running)
        case .set(let value):
            flag = value
            note(.test(flag))
        case .negate:
            flag.toggle()
            note(.test(flag))
        case .jump(let target): jump(to: target)
        case .jumpIfTrue(let target): if flag { jump(to: target) }
        case .jumpIfFalse(let target): if !flag { jump(to: target) }
        case .stop:
            note(.command)
            if !endCase() { stop() }
        }
        counter += 1
    }

    private mutating func pass(_ gate: Gate) {
        flag = false
        jump(to: candidates.way(through: gate, at: counter))
    }

    private mutating func note(_ kind: TraceStep.Kind, of running: String? = nil) {
        if trace == nil { return }
        let observed = observed
        self.observed = Observation()
        trace?.add(
            TraceStep(
                script: running ?? script.name,
                position: position,
                kind: kind,
                subject: observed.subject,
                matched: observed.matched,
                compared: observed.matched == nil ? observed.compared : []
            )
        )
    }

    private func outcome() -> Outcome {
        var done = actions.actions
        if !actions.cancelsImplicitKeep { done.append(implicitKeep) }
        return Outcome(
            actions: done,
            header: header,
            message: rewritten,
            tracked: tracked,
            unscanned: unscanned,
            debugLines: debugLines,
            trace: trace?.steps ?? []
        )
    }

    private func failed(_ message: String, _ original: HeaderBlock) -> Outcome {
        Outcome(
            actions: [Action(kind: .keep, script: script.name, position: nil, header: nil)],
            header: original,
            unscanned: unscanned,
            debugLines: debugLines,
            failure: Outcome.Failure(script: script.name, position: position, message: message),
            trace: trace?.steps ?? []
        )
    }
}

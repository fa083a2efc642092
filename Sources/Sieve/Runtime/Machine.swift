// The state of one evaluation: the place in the program, the message, the variables, the actions so far.
// Must not read a clock or a file; what is missing is thrown as a need.

import Mail
import Patterns

/// What tests read and actions write.
struct Machine {
    /// A script that waits for one it has included.
    private struct Caller {
        let script: Script
        let counter: Int
        let variables: [[UInt8]]
        let matched: Match
    }

    /// The last successful match: the value, and what stands for each wildcard; the whole first.
    private struct Match {
        var value: [UInt8] = []
        var captures: [Range<Int>] = []
    }

    /// What was known of the message before the script began, and what the script may use.
    private(set) var shared: SharedContext
    /// What scanners have said of it.
    var scans: [ScanKind: ScanReport]

    // The place in the program.
    private(set) var script: Script {
        didSet {
            fieldValues.forget()
            candidates = Candidates(of: script)
        }
    }
    /// Which of its regular expressions may match.
    var candidates: Candidates
    private var callers: [Caller] = []
    var counter = 0
    /// Instructions so far.
    var executed = 0
    var flag = false
    /// Where the running instruction stands in its script.
    var position = SourcePosition(line: 1, column: 1)

    // The message.
    /// The header as the script sees it, edits included.
    var header: HeaderBlock {
        didSet {
            fieldValues.forget()
            candidates.forgetFields()
        }
    }
    /// What tests of the running script have read of it.
    var fieldValues = FieldValues()
    var headerEdits = 0
    var addedHeaderSize = 0
    var size: Int?
    /// The size was asked for, and nobody knows it.
    var sizeIsUnknown = false
    /// The whole message, once a test has needed it.
    var message: Message? {
        didSet {
            decodedTexts = DecodedTexts()
            candidates.forgetBodies()
        }
    }
    /// Texts that were decoded of it.
    var decodedTexts = DecodedTexts()
    /// What its attached files were found to be.
    var attachments: AttachmentReader?
    /// Why the whole message is not to be had.
    var messageRefusal: String?
    /// The scans that this script has looked at.
    var askedScans: Set<ScanKind> = []
    /// What `duplicate` is to remember of the message.
    var tracked: [TrackedID] = []
    /// The part loops that run, the innermost last.
    var partLoops: [RunningPartLoop] = []
    /// Questions that have been answered.
    var answers: [Need: Bool] = [:]

    // What the script has done.
    var actions = ActionList()
    var variables: [[UInt8]]
    var globals: [String: [UInt8]] = [:]
    private var matched = Match()
    /// Scripts that have been included so far, by location and name.
    var included: Set<String> = []
    var debugLines: [DebugLine] = []
    /// Changes to the message that are made at the end.
    var rewrites: [Rewrite] = []

    var budget: ComparisonBudget
    var stopwatch = Stopwatch()
    /// The memory of regular expressions, made when the first is matched.
    var matcher: Matcher?
    /// The steps, when somebody looks.
    var trace: Trace?
    /// What the running step has seen, for the trace.
    var observed = Observation()
    /// The stage on which a test file plays.
    var stage: TestStage?
    /// Whether this is the test file, and not a script that it runs.
    var isTestFile = false

    init(script: Script, header: HeaderBlock, context: SharedContext) {
        self.script = script
        candidates = Candidates(of: script)
        shared = context
        scans = context.context.scans
        self.header = header
        size = context.context.size
        budget = ComparisonBudget(context.limits.comparedOctets)
        variables = Array(repeating: [], count: script.variableCount)
    }

    var context: MessageContext { shared.context }
    var limits: Limits { shared.limits }

    /// The message is another, or what is known of it, or what the script may use.
    mutating func take(_ context: SharedContext) {
        shared = context
        scans = context.context.scans
        size = context.context.size
    }

    // MARK: Control

    /// Whether instructions are left; at the end of an included script its includer goes on.
    var isRunning: Bool {
        mutating get {
            while counter >= script.instructions.count {
                guard let caller = callers.popLast() else { return false }
                script = caller.script
                counter = caller.counter
                variables = caller.variables
                matched = caller.matched
            }
            return true
        }
    }

    /// Whether the running script was included by another.
    var isIncluded: Bool { !callers.isEmpty }

    /// Goes on at an instruction; the counter is advanced behind every instruction.
    mutating func jump(to target: Int) { counter = target - 1 }

    /// Ends the running script; with `stop` those that included it as well.
    mutating func leave() { jump(to: script.instructions.count) }

    mutating func stop() {
        callers = []
        leave()
    }

    /// Gives up all included scripts.
    mutating func returnToFirstScript() {
        guard let first = callers.first else { return }
        script = first.script
        variables = first.variables
        matched = first.matched
        callers = []
    }

    /// Runs another script, then goes on behind this instruction.
    mutating func call(_ other: Script) {
        callers.append(Caller(script: script, counter: counter + 1, variables: variables, matched: matched))
        script = other
        variables = Array(repeating: [], count: other.variableCount)
        matched = Match()
        jump(to: 0)
    }

    /// Whether a question's answer is yes; asks if it has not been answered.
    func answer(to need: Need) throws(Interruption) -> Bool {
        guard let answer = answers[need] else { throw .needs(need) }
        return answer
    }

    // MARK: Strings

    /// A string with its variables put in.
    func expand(_ text: Text) throws(Interruption) -> [UInt8] {
        switch text {
        case .constant(let octets): return octets
        case .template(let pieces):
            var result: [UInt8] = []
            for piece in pieces {
                result += value(of: piece)
                if result.count > limits.expandedLength { throw .failed("string too long (expandedLength)") }
            }
            return result
        }
    }

    /// The strings of a list, each with its variables put in.
    func expand(_ list: TextList) throws(Interruption) -> [[UInt8]] {
        if let constants = list.constants { return constants }
        var strings: [[UInt8]] = []
        for text in list.texts { strings.append(try expand(text)) }
        return strings
    }

    private func value(of piece: Text.Piece) -> [UInt8] {
        switch piece {
        case .octets(let octets): octets
        case .variable(let slot): variables[slot]
        case .match(let index): matchVariable(index)
        case .global(let name): globals[name] ?? []
        case .environment(let item): environment(item) ?? []
        case .testsuite(let name): stage?.variable(name) ?? []
        }
    }

    private func matchVariable(_ index: Int) -> [UInt8] {
        index < matched.captures.count ? Array(matched.value[matched.captures[index]]) : []
    }

    mutating func setMatchVariables(_ value: [UInt8], _ captures: [Range<Int>]) {
        matched = Match(value: value, captures: Array(captures.prefix(limits.matchVariables + 1)))
    }

    // MARK: Actions

    /// Collects an action of the running instruction.
    mutating func add(_ kind: Action.Kind) throws(Interruption) {
        let edited = kind.carriesMessage && header.isEdited ? header.rendered() : nil
        try actions.add(Action(kind: kind, script: script.name, position: position, header: edited), limits: limits)
    }

    /// What happens to the message if no action says anything else (RFC 5228 section 2.10.2).
    var implicitKeep: Action {
        Action(kind: .keep, script: script.name, position: nil, header: header.isEdited ? header.rendered() : nil)
    }
}

// One message against the rule set: asks for what it lacks, ends with a verdict.
// Must not do anything a verdict says; it can be run twice with the same result.

package import Mail
package import Sieve

/// The evaluation of one message. A class, since it is large and most messages outlive it.
///
/// It is bound to no thread: between two steps it may be handed to another, which then has it alone.
package final class Filter {
    /// What the evaluation cannot go on without.
    package enum Need: Sendable, Equatable {
        /// The message's size in octets; answer with `provide(size:)`.
        case size
        /// The whole message; answer with `provide(message:)` when it is at hand, or with `provide(noMessage:)`. Asked
        /// once for all rule files.
        case message
        /// What a scanner says; answer with `provide(scan:)`. Asked once for all rule files.
        case scan(ScanKind)
        /// Whether a message of this identifier has been seen before; answer with `provide(_:to:)`. What is to be
        /// remembered is in the verdict.
        case duplicate(TrackedID)
    }

    /// How far the evaluation got.
    package enum Step: Sendable {
        /// It waits for an answer and goes on at the same place.
        case needs(Need)
        /// It is over.
        case finished(Verdict)
    }

    private let ruleSet: RuleSet
    /// The whole message, as the files that have run left it.
    private var message: HeldMessage
    private let isTraced: Bool
    private let marksUnscanned: Bool
    private var context: SharedContext
    /// The header after the files that have run.
    private var header: HeaderBlock
    private var verdict = Verdict()
    private var next = 0
    /// Why a part of the header can't be judged: no rule would see it.
    private var refusal: String?
    private var running: Evaluation?
    /// Why the message was rejected, in the rule's own words.
    private var reason = ""
    /// The steps of all files so far, if they were asked for.
    package private(set) var trace: [TraceStep] = []
    /// How deep the files have looked into this message so far.
    package private(set) var depth = Depth.none

    /// Takes the header block as received: CRLF lines, with the empty line if there is one.
    ///
    /// - Parameters:
    ///   - ruleSet: The rules to judge by.
    ///   - header: The header block, and nothing behind it.
    ///   - facts: What is known of the message beside its octets.
    ///   - message: Header block and body, if they are at hand; else rules that look into it ask for it.
    ///   - isTraced: Whether `trace` lists each step.
    ///   - marksUnscanned: Whether a message that passes gets a field `X-Popsieve-Unscanned` where a scan was asked for
    ///     in vain.
    package init(
        ruleSet: RuleSet,
        header: [UInt8],
        facts: Facts,
        message: MessageOctets? = nil,
        isTraced: Bool = false,
        marksUnscanned: Bool = true
    ) {
        self.ruleSet = ruleSet
        self.message = message.map { .pieces(MessagePieces($0)) } ?? .unasked
        self.isTraced = isTraced
        self.marksUnscanned = marksUnscanned
        self.header = HeaderBlock(ruleSet.isEmpty ? [] : header)
        context = ruleSet.context
        if ruleSet.isEmpty { return }
        learn {
            $0.add(facts, environment: ruleSet.asksEnvironment)
            if ruleSet.asksEnvelope { $0.addEnvelope(of: self.header) }
        }
        depth = .header
        let found = self.header.defects.map(\.name)
        verdict.defects = facts.defects + found.filter { !facts.defects.contains($0) }
        if !self.header.isComplete { refusal = "The header has too many fields" }
        if self.header.isReadInTwoWays { refusal = "The header can be read in two ways" }
        if refusal != nil { return }
        self.header.removeOwnFields()
    }

    /// Runs until something is missing or the verdict stands.
    package func run() -> Step {
        if let refusal { return .finished(refused(refusal)) }
        while verdict.outcome == .keep, next < ruleSet.scripts.count {
            if running == nil {
                let script = ruleSet.scripts[next]
                guard isAwake(script) else {
                    next += 1
                    continue
                }
                running = start(script)
            }
            switch running?.run() {
            case .needs(let need): if let need = answer(need) { return .needs(need) }
            case .finished(let outcome):
                running = nil
                next += 1
                take(outcome)
            case nil: break
            }
        }
        markUnscanned()
        verdict.header = editedHeader
        if verdict.header != nil {
            verdict.edits = header.edits
            if isReadInTwoWaysNow { return .finished(refused("The header can be read in two ways")) }
        }
        if verdict.isRewritten { verdict.message = rewrittenMessage }
        switch verdict.outcome {
        case .keep: break
        case .discard:
            let match = verdict.matches.last
            verdict.standIn = Notice(of: header, verdict.quarantine.isEmpty ? .discarded(match) : .quarantined(match))
        case .reject: verdict.standIn = Notice(of: header, .rejected(reason, verdict.matches.last))
        }
        return .finished(verdict)
    }

    /// A message that passes although somebody should have looked at it says so.
    private func markUnscanned() {
        guard marksUnscanned, verdict.outcome == .keep, !verdict.unscanned.isEmpty else { return }
        let reasons = Set(verdict.unscanned.values).sorted().joined(separator: "; ")
        let value = Array(reasons.singleLine(upTo: TextLimits.line).utf8)
        // Of one line that short nothing is refused.
        _ = try? header.add(name: Array("X-Popsieve-Unscanned".utf8), value: value)
    }

    private func refused(_ reason: String) -> Verdict {
        var refused = Verdict.beyondLimit(reason, header: header.bytes)
        refused.defects = verdict.defects
        return refused
    }

    /// Whether the edits have made a header with bare line ends one that readers see end at different places.
    private var isReadInTwoWaysNow: Bool {
        let bare = ["bare-cr", "bare-lf"]
        return bare.contains(where: verdict.defects.contains) && HeaderBlock(verdict.header ?? []).isReadInTwoWays
    }

    /// Answers `Need.size`; nil where nobody knows it: the rule file that asked fails then.
    package func provide(size: Int?) {
        learn { $0.size = size }
        running?.provide(size: size)
    }

    /// Answers `Need.message` with header block and body, wherever they lie.
    package func provide(message octets: MessageOctets) { message = .pieces(MessagePieces(octets)) }

    /// Answers `Need.message` where the message is not to be had, as when it is larger than what is held: each rule file
    /// that asks for it fails with `reason`.
    package func provide(noMessage reason: String) { message = .refused(reason) }

    /// Answers `Need.scan`.
    package func provide(scan report: ScanReport) {
        learn { $0.scans[report.kind] = report }
        if report.reasonUnscanned == nil { depth = .scan }
        running?.provide(scan: report)
    }

    /// Answers `Need.duplicate`.
    package func provide(_ isKnown: Bool, to id: TrackedID) { running?.provide(isKnown, to: .duplicate(id)) }

    /// Answers what is known here; what is not is to be asked for.
    private func answer(_ need: Sieve.Need) -> Need? {
        switch need {
        case .size: return .size
        case .message:
            if let refusal = message.refusal { running?.provide(noMessage: refusal) }
            guard let read = message.read() else { return message.refusal == nil ? .message : nil }
            depth = max(depth, .body)
            running?.provide(message: read)
        case .scan(let kind): return .scan(kind)
        case .duplicate(let id): return .duplicate(id)
        case .hasMailbox, .hasList, .list:
            // A quarantine makes its folders as needed.
            running?.provide(ruleSet.settings.answer(to: need) ?? true, to: need)
        }
        return nil
    }

    /// Adds to what the files that follow are told.
    private func learn(_ change: (inout MessageContext) -> Void) {
        var known = context.context
        change(&known)
        context = SharedContext(known, limits: context.limits)
    }

    /// Whether a rule file may do anything; who looks on sees each of its steps.
    private func isAwake(_ script: Script) -> Bool {
        guard !isTraced, let idle = script.idle else { return true }
        // An edited header has another size.
        return !idle.includes(header.names, size: header.isEdited ? nil : context.context.size)
    }

    private func start(_ script: Script) -> Evaluation {
        Evaluation(script, header: header, context: context, isTraced: isTraced)
    }

    /// The header block after all edits; nil if no octet is another.
    private var editedHeader: [UInt8]? {
        guard header.isEdited else { return nil }
        let rendered = header.rendered()
        // Whoever reads the lines may see the header end earlier than whoever cut it off.
        return rendered[...] == header.bytes[header.range] ? nil : rendered + header.bytes[header.range.upperBound...]
    }

    /// The message as `replace` and `enclose` have made it, with the header edits of later files.
    private var rewrittenMessage: MessagePieces? {
        guard let pieces = message.pieces else { return nil }
        if !header.isEdited { return pieces }
        var edited = MessagePieces()
        edited.append(header.rendered())
        edited.append(pieces, from: header.range.upperBound)
        return edited
    }

    /// Adds one file's outcome. After a failure the message is kept as that file found it, and the next file runs:
    /// a message that makes one file fail must not escape the others.
    private func take(_ outcome: Sieve.Outcome) {
        if isTraced { trace += outcome.trace }
        verdict.add(outcome)
        if outcome.failure != nil { return }
        header = outcome.header
        if let rewritten = outcome.message {
            message = .pieces(rewritten)
            header = rewritten.header()
            learn { $0.size = rewritten.count }
        }
        if let rejection = outcome.rejection { reason = rejection }
    }
}

extension Verdict {
    /// Adds what one file has done; of one that failed nothing but that.
    fileprivate mutating func add(_ outcome: Sieve.Outcome) {
        debugLines += outcome.debugLines
        if !outcome.unscanned.isEmpty { unscanned.merge(outcome.unscanned) { first, _ in first } }
        if let failed = outcome.failure {
            failure = failure ?? failed.description
            return
        }
        tracked += outcome.tracked.filter { !tracked.contains($0) }
        if outcome.message != nil { isRewritten = true }
        quarantine += outcome.folders
        matches += outcome.actions.compactMap(RuleMatch.init)
        if let reason = outcome.rejection {
            self.outcome = .reject(reason.replyText)
        } else if !outcome.isKept {
            self.outcome = .discard
        }
    }
}

extension HeaderBlock {
    /// What was done, for people.
    fileprivate var edits: [String] {
        let named = addedNames.map { ("+", $0) } + deletedNames.map { ("-", $0) }
        var edits: [String] = []
        for (sign, name) in named where edits.count < TextLimits.edits {
            let edit = sign + String(decoding: name, as: UTF8.self).singleLine(upTo: TextLimits.fieldName)
            if !edits.contains(edit) { edits.append(edit) }
        }
        return edits
    }
}

extension Outcome {
    fileprivate var rejection: String? {
        for action in actions {
            if case .reject(let reason, _) = action.kind { return reason }
        }
        return nil
    }

    /// The quarantine folders that a copy goes to.
    fileprivate var folders: [String] {
        actions.compactMap { action in
            if case .fileInto(let mailbox, _, _) = action.kind, !action.kind.keeps { mailbox } else { nil }
        }
    }

    fileprivate var isKept: Bool { actions.contains(where: \.kind.keeps) }
}

extension RuleMatch {
    /// An action that a script asked for; the implicit keep is no match.
    fileprivate init?(_ action: Action) {
        guard let position = action.position else { return nil }
        self.init(file: action.script, line: position.line, action: action.description)
    }
}

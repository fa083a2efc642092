// One RETR or TOP on its way: header held back and judged, body passed on as it comes.
// Must not touch a connection or a log, nor write POP3: it says what comes next, its owner does it.

import Audit
import Filtering
import NIOCore
import POP3
import Quarantine
import Scanning
import Sieve

/// A message between the upstream's `+OK` and its last line. A class, so that idle sessions hold no room for it.
final class MessageDelivery {
    /// What to do next, in this order.
    enum Step: Equatable {
        /// The client gets the message: its status line is due, then what follows here.
        case show
        /// These octets of the chunk go to the client as they are.
        case pass(Range<Int>)
        case send([UInt8])
        /// The rules withhold the message: something else goes to the client, and nothing of the message.
        case withhold
        /// The rules can't go on without an answer. Given at once, `next` goes on; if not, it says `needMore` until it is.
        case needs(Filter.Need)
        /// An earlier session may have come to a verdict. Answered by `recalled`, like `needs`.
        case recall
        /// The rules want the body: these octets of the chunk, or these, are held back in the order in which they come.
        case hold(Range<Int>)
        case holdOctets([UInt8])
        /// All of it is held: it is to be judged, and `decide` called.
        case judge
        /// The message that is held goes to the client as the verdict has it; then `released` is called.
        case release
        /// The message can't be judged now: the client is told so, and nothing of the message.
        case postpone(String)
        /// The reply ended before this offset of the chunk.
        case ended(Int)
        case needMore
    }

    /// What the message was asked for.
    enum Purpose {
        /// The client wants it.
        case delivery
        /// Only its header was asked for: the client gets something if the rules withhold the message, else nothing.
        case judgement
        /// The client wants to delete it and gets nothing of it.
        case deletion
    }

    /// Whether what comes is all that there is of it, or all that the client has asked for.
    private var isWhole: Bool {
        switch purpose {
        case .delivery: true
        case .judgement: false
        case .deletion: request.bringsBody
        }
    }

    /// How far the message has come.
    enum Phase {
        /// The header block is collected; the client has got nothing.
        case header(HeaderCollector)
        /// The rules look at it.
        case judging(HeldHeader)
        /// The rules want more than the header: the client has got nothing, and the whole message is held back.
        case holding(WholeMessage)
        /// All of it is held; its owner has it judged.
        case deciding(WholeMessage)
        /// Its owner sends it to the client, from where it is held.
        case releasing(WholeMessage)
        /// It went to the client from where it was held.
        case released(WholeMessage)
        /// The rest streams through.
        case body
        /// The client gets nothing more; the rest is read and dropped.
        case dropped
    }

    /// A header block while the rules look at it.
    struct HeldHeader {
        let octets: [UInt8]
        /// Where all of it lies in the chunk that was being read, if it was not copied or repaired.
        let untouched: Range<Int>?
    }

    let request: MessageRequest
    let purpose: Purpose
    /// Settings and rules that it is delivered by.
    let rules: InForce
    /// What becomes of it if it is too large; nil: what is usual.
    let sizePolicy: SizePolicy?
    /// The server has listed it with more octets than it may have: no rule looks at it.
    let isTooLarge: Bool
    /// It was found to be too large, and the settings say what becomes of it.
    var isOversized = false
    /// It was found to be too large, whatever becomes of it.
    var exceedsLimit = false
    /// Where it ends for the client, if not where it ends.
    var cut: LineCut?
    /// The client got a part of it in place of the message.
    var isCut = false
    /// Whether rules look at it.
    var isJudged: Bool { !rules.ruleSet.isEmpty }
    /// What the rules say; nil until they are done and where there are none.
    var verdict: Verdict?
    /// What the rules took.
    var rulesDuration = Duration.zero
    var facts: Facts
    var filter: Filter?
    var scanner: MultilineScanner
    var phase: Phase
    /// Where the reply ended in the chunk that was being read, if it ended with the header block.
    var endOfReply: Int?
    /// What comes after the step at hand, last first.
    var upcoming: [Step] = []
    /// How deep the rules looked.
    var depth = Depth.none
    /// Whether an earlier session's verdict is still to be looked up.
    private var mayRecall: Bool
    /// It was found.
    var remembered: RememberedVerdict?
    /// What scanners have said of it.
    var reports: [ScanKind: ScanReport] = [:]
    /// The header by which a message that was judged whole is known again, and its octets as the client gets them.
    var judgedHeader: [UInt8]?
    var messageDigest: [UInt8]?
    /// What the rules say by the header alone, while an earlier session's verdict is looked up.
    var pendingVerdict: Verdict?
    var wholeSize: Int?
    /// What was held back of it, once nothing more is.
    var heldBack: AuditEvent.HeldBack?
    /// The rules could not decide by the header, and the server sends no more.
    var wantsBody = false
    /// Why the message can't be judged now.
    var postponement: String?
    /// What is wrong here, if that is why: for the audit log, and nobody outside.
    var fault: String?
    /// The client is told so by a notice, and by an error otherwise.
    var isPostponedByNotice = false
    /// The header of a message that can't be judged now, for a notice.
    var postponedHeader: [UInt8] = []
    /// Octets of the reply as received, without its last line.
    private var received = 0
    /// The same when nothing more was wanted.
    private var wanted = 0
    /// Octets that were read and dropped since then, and since when they are.
    var droppedOctets: Int { received - wanted }
    var droppedSince: NIODeadline?
    /// By how many octets the client's header is longer than the server's.
    var growth = 0

    // What its owner notes of it.

    /// Since when the upstream owed it.
    var owedSince: NIODeadline?
    /// The upstream's status line, as long as the client has not got it.
    var statusLine: StatusLine?
    /// Where its original is kept.
    var copies: [QuarantinedCopy] = []
    /// The client has the status line and a line that lets it wait, so that it can't be told an error any more.
    var isBegun = false
    /// The client has begun to get it, or what stands in for it.
    var isShown = false
    /// Its verdict is in the audit log.
    var isRecorded = false
    /// What the client got in its place.
    var noticeOctets = 0
    /// What the client got before it, so that it waits.
    var waitOctets = 0
    var tail = ReplyTail()

    /// - Parameters:
    ///   - rules: what it is judged by; where they are empty nothing is held back
    ///   - mayRecall: there is somebody who remembers verdicts
    ///   - sizePolicy: what is set for this session
    init(
        _ request: MessageRequest,
        purpose: Purpose = .delivery,
        rules: InForce,
        facts: Facts = Facts(),
        mayRecall: Bool = false,
        sizePolicy: SizePolicy? = nil
    ) {
        self.sizePolicy = sizePolicy
        isTooLarge = sizePolicy?.octets.map { request.size ?? 0 > $0 } ?? false
        self.mayRecall = mayRecall
        self.request = request
        self.purpose = purpose
        self.rules = rules
        self.facts = facts
        let lineEndings = rules.configuration.lineEndings
        let isHeld = isTooLarge || !rules.ruleSet.isEmpty
        phase = isHeld ? .header(HeaderCollector()) : .body
        scanner = MultilineScanner(form: isHeld ? lineEndings.judged : lineEndings.streamed)
    }

    var lineEndings: RelayConfiguration.LineEndings { rules.configuration.lineEndings }

    /// What is held of it, from the moment on in which its header does not decide.
    var whole: WholeMessage? {
        switch phase {
        case .holding(let whole), .deciding(let whole), .releasing(let whole), .released(let whole): whole
        case .header, .judging, .body, .dropped: nil
        }
    }

    // MARK: What is asked of it

    /// The rules wait for an answer, or look at the message elsewhere.
    var isBeingJudged: Bool {
        switch phase {
        case .judging: !isAnswered
        case .deciding: true
        case .header, .holding, .releasing, .released, .body, .dropped: false
        }
    }

    /// Nothing more is taken from the upstream until its owner goes on with it.
    var isWaiting: Bool { isBeingJudged || isReleasing }

    private var isReleasing: Bool {
        if case .releasing = phase { true } else { false }
    }

    /// The client waits while the whole message is held or judged. As long as the header comes it does not: what is wrong
    /// with the server can be told in place of the status line then.
    var isKeptBack: Bool {
        guard purpose == .delivery, !isShown else { return false }
        return switch phase {
        case .holding, .deciding: true
        case .header, .judging, .releasing, .released, .body, .dropped: false
        }
    }

    /// It comes from where it is held, and so does its last line.
    var wasHeld: Bool {
        switch phase {
        case .releasing, .released: true
        case .header, .judging, .holding, .deciding, .body, .dropped: false
        }
    }

    /// Its header decides what the client gets.
    var isHeaderHeld: Bool { isJudged || isTooLarge }

    /// The rules have not come to a verdict.
    var isUndecided: Bool { isJudged && verdict == nil }

    /// The client has got all of it, or may delete it as far as the rules are concerned.
    var isPassed: Bool {
        switch purpose {
        case .delivery: isShown && !isDropped
        case .judgement: false
        case .deletion: verdict?.outcome == .keep
        }
    }

    /// Whether the client gets nothing more of it.
    var isDropped: Bool {
        if case .dropped = phase { true } else { false }
    }

    /// Octets of the message as the server has it.
    var octetsIn: Int { received - scanner.stuffingDots }

    /// Names of what was wrong with the message when it was judged; without rules, so far.
    var defects: [String] { verdict?.defects ?? repairs }

    /// What was found, and repaired unless the settings say otherwise, from the first line of the message to the last.
    var repairs: [String] {
        (scanner.bareLineFeeds > 0 ? ["bare-lf"] : []) + (scanner.bareCarriageReturns > 0 ? ["bare-cr"] : [])
    }

    // MARK: Walking

    /// The next step. Ranges and offsets are those of `chunk`, from `offset` on, which the call moves.
    func next(in chunk: ByteBuffer, at offset: inout Int) -> Step {
        while true {
            if let step = upcoming.popLast() { return step }
            switch phase {
            case .judging: if let step = judge() { return step } else { continue }
            case .deciding, .releasing: return .needMore
            case .holding where endOfReply != nil: return heldAll()
            case .header, .holding, .released, .body, .dropped: if let end = endOfReply.take() { return .ended(end) }
            }
            switch phase {
            case .header(let header):
                guard offset < chunk.readableBytes else { return .needMore }
                // Nobody else holds it meanwhile, so that it is not copied.
                phase = .dropped
                collect(header, chunk, &offset)
            case .holding: return hold(chunk.readableBytesUInt8Span, &offset)
            case .judging, .deciding, .releasing, .released: return .needMore
            case .body where cut != nil: return passCut(chunk.readableBytesUInt8Span, &offset)
            case .body:
                let octets = chunk.readableBytesUInt8Span
                return cut(passBody(octets, &offset), of: octets)
            case .dropped: return drop(chunk.readableBytesUInt8Span, &offset)
            }
        }
    }

    /// Answers `needs(.size)`; nil: nobody knows.
    func provide(size: Int?) {
        filter?.provide(size: size)
        isAnswered = true
    }

    /// Answers `needs(.duplicate)`.
    func provide(_ isDuplicate: Bool, to id: TrackedID) {
        filter?.provide(isDuplicate, to: id)
        isAnswered = true
    }
    var isAnswered = true

    func passBody(_ chunk: Span<UInt8>, _ offset: inout Int) -> Step {
        let start = offset
        let event = scanner.next(in: chunk, at: &offset)
        received += offset - start
        switch event {
        case .content(let range): return .pass(range)
        case .insertion(let insertion): return .send(insertion.octets)
        case .repaired(let octets): return .send(octets)
        case .end(let end):
            received -= 3
            return .ended(end)
        case .needMore: return .needMore
        }
    }

    private func drop(_ chunk: Span<UInt8>, _ offset: inout Int) -> Step {
        while true {
            switch passBody(chunk, &offset) {
            case .ended(let end): return .ended(end)
            case .needMore: return .needMore
            default: continue
            }
        }
    }

    func dropRest() {
        noteHeld()
        if !isDropped { wanted = received }
        phase = .dropped
        scanner.form = .verbatim
    }

    // MARK: The header block

    private func collect(_ collected: HeaderCollector, _ chunk: ByteBuffer, _ offset: inout Int) {
        let octets = chunk.readableBytesUInt8Span
        let start = offset
        var header = collected
        // What the scanner still holds of the last chunk, a stuffing dot maybe, is not in this one.
        header.begin(at: start, isStart: received == 0)
        endOfReply = scan(octets, &offset, chunk, into: &header)
        received += offset - start - (endOfReply == nil ? 0 : 3)
        if header.count > rules.limits.headerBlock {
            refuse(header.takeOctets(from: chunk))
        } else if header.endsWithEmptyLine(in: chunk), isWhole || header.count > 2 {
            headerEnded(&header, chunk)
        } else if endOfReply != nil || header.endsWithEmptyLine(in: chunk) {
            // Some servers count the header's lines as lines of TOP: what they sent then, an empty line maybe, is no
            // header to judge by.
            if mayBeCut(header, chunk) { wantsBody = true }
            if isWhole, !wantsBody { headerEnded(&header, chunk) } else { dropRest() }
        } else {
            header.note(octets.extracting(start..<offset))
            header.keep(from: chunk)
            phase = .header(header)
        }
    }

    /// Up to the empty line and no further, so that it does not matter how the octets are cut.
    ///
    /// - Returns: the offset behind the reply's last line, if that came before
    private func scan(
        _ octets: Span<UInt8>,
        _ offset: inout Int,
        _ chunk: ByteBuffer,
        into header: inout HeaderCollector
    ) -> Int? {
        var bound = header.offsetBehindEmptyLine(of: octets, from: offset) ?? octets.count
        while true {
            switch scanner.next(in: octets.extracting(0..<bound), at: &offset) {
            case .content(let range): header.append(range, of: chunk)
            case .insertion(let insertion):
                header.append(insertion.octets, chunk)
                if header.endsWithEmptyLine(in: chunk) { return nil }
                // Behind a line end that was repaired, one that was not makes an empty line, too.
                if offset + 1 < bound, octets[offset] == 0x0D, octets[offset + 1] == 0x0A { bound = offset + 2 }
            // A header block is repaired line end by line end, so that its end is not missed.
            case .repaired(let octets): header.append(octets, chunk)
            case .end(let end): return end
            case .needMore: return nil
            }
        }
    }

    private func headerEnded(_ header: inout HeaderCollector, _ chunk: ByteBuffer) {
        let untouched = header.untouched
        let octets = header.takeOctets(from: chunk)
        facts.defects = repairs
        if isTooLarge {
            phase = .judging(HeldHeader(octets: octets, untouched: untouched))
            return exceed(.setting(sizePolicy?.octets ?? 0))
        }
        filter = Filter(ruleSet: rules.ruleSet, header: octets, facts: facts)
        phase = .judging(HeldHeader(octets: octets, untouched: untouched))
    }

    /// Nil when the verdict stands and the steps that follow from it are upcoming.
    private func judge() -> Step? {
        guard isAnswered else { return .needMore }
        let start = ContinuousClock.now
        let step = filter?.run()
        rulesDuration += ContinuousClock.now - start
        switch step {
        case .needs(.message), .needs(.scan):
            filter = nil
            // Only TOP can do with what is remembered, and without the message.
            guard mayRecall, purpose == .delivery && !request.bringsBody || rules.looksBack else {
                holdOrLeave(pending: nil)
                break
            }
            mayRecall = false
            isAnswered = false
            return .recall
        case .needs(let need):
            isAnswered = false
            return .needs(need)
        case .finished(let verdict):
            depth = filter?.depth ?? .header
            filter = nil
            guard mayRecall, !folders(of: verdict).isEmpty else {
                decide(verdict)
                break
            }
            // An earlier session may have kept it.
            pendingVerdict = verdict
            (mayRecall, isAnswered) = (false, false)
            return .recall
        case nil: dropRest()
        }
        return nil
    }

    func decide(_ verdict: Verdict) {
        guard case .judging(let held) = phase else { return }
        // An earlier session has kept it.
        if remembered == nil, !folders(of: verdict).isEmpty {
            return holdOrLeave(pending: verdict)
        }
        self.verdict = verdict
        switch verdict.outcome {
        case .keep where purpose != .delivery: dropRest()
        case .keep:
            phase = .body
            scanner.form = lineEndings.streamed
            let edited = verdict.header ?? held.octets
            let reserve = rules.configuration.sizeReserve
            // Without one, a header that is shorter than it was stays so.
            let header = reserve > 0 ? edited.filled(by: reserve - edited.count + held.octets.count) : edited
            growth = header.count - held.octets.count
            if growth == 0, verdict.header == nil, let untouched = held.untouched {
                upcoming = [.pass(untouched), .show]
            } else {
                upcoming = [.send(header.dotStuffed(behindBareLineFeeds: lineEndings == .normalise)), .show]
            }
            cutWhereTOPEnds(behind: header.count)
        case .discard, .reject:
            dropRest()
            upcoming = [.withhold]
        }
    }

    private func refuse(_ header: [UInt8]) {
        let limit = rules.limits.headerBlock
        verdict = .beyondLimit("The header block is larger than \(limit) octets", header: Array(header.prefix(limit)))
        verdict?.defects += ["header-too-large"] + repairs
        dropRest()
        upcoming = [.withhold]
    }
}

extension RelayConfiguration.LineEndings {
    /// How octets that nobody judges go to the client.
    var streamed: MultilineScanner.Form { self == .keep ? .verbatim : .repaired }

    /// How a header block is shown to the rules: without the stuffing of POP3.
    fileprivate var judged: MultilineScanner.Form { self == .keep ? .unstuffedVerbatim : .unstuffed }
}

// One RETR or TOP on its way: header held back and judged, body passed on as it comes.
// Must not touch a connection or a log: it says what to send, its owner sends it.

import Filtering
import NIOCore
import POP3

/// A message between the upstream's `+OK` and its last line. A class, so that idle sessions hold no room for it.
final class MessageDelivery {
    /// What to do next, in this order.
    enum Step: Equatable {
        /// These octets of the chunk go to the client as they are.
        case pass(Range<Int>)
        case send([UInt8])
        /// The upstream's status line goes to the client.
        case passStatusLine
        /// The rules withhold the message: this reply goes to the client, and nothing of the message.
        case reject([UInt8])
        /// The reply ended before this offset of the chunk.
        case ended(Int)
        case needMore
    }

    /// Asks the rules about a complete header block, and takes the time.
    typealias Judge = ([UInt8]) -> (Verdict, Duration)

    /// How far the message has come.
    private enum Phase {
        /// The header block is collected; the status line is held back.
        case header([UInt8])
        /// The rest streams through.
        case body
        /// The client has got something else; the rest is read and dropped.
        case dropped
    }

    let request: MessageRequest
    /// Whether rules look at it.
    let isJudged: Bool
    /// The upstream's status line, while it must not go to the client yet.
    var heldStatusLine: ByteBuffer?
    /// What the rules say; nil until they have been asked and where there are none.
    private(set) var verdict: Verdict?
    /// What the rules took.
    private(set) var rulesDuration = Duration.zero
    private var ownDefects: [String] = []
    private var phase: Phase
    private var scanner: MultilineScanner
    private let lineEndings: RelayConfiguration.LineEndings
    /// What comes after the step at hand, last first.
    private var upcoming: [Step] = []
    /// Octets of the reply as received, without its last line.
    private var received = 0
    /// By how many octets the client's header is longer than the server's.
    private var growth = 0

    /// - Parameter isJudged: whether there are rules for it; if not, nothing is held back.
    init(_ request: MessageRequest, isJudged: Bool, lineEndings: RelayConfiguration.LineEndings) {
        self.request = request
        self.isJudged = isJudged
        self.lineEndings = lineEndings
        phase = isJudged ? .header([]) : .body
        let form: MultilineScanner.Form = lineEndings == .keep ? .verbatim : .repaired
        scanner = MultilineScanner(form: isJudged ? .unstuffed : form)
    }

    /// Whether the upstream's status line must not go to the client yet.
    var holdsStatusLine: Bool {
        if case .header = phase { true } else { false }
    }

    /// Whether the client gets nothing more of it.
    var isDropped: Bool {
        if case .dropped = phase { true } else { false }
    }

    /// Octets of the message as the server has it.
    var octetsIn: Int { received - scanner.stuffingDots }

    /// Octets of the message as the client got it.
    var octetsOut: Int {
        if case .dropped = phase { return verdict?.notice?.count ?? 0 }
        return octetsIn + growth + (lineEndings == .keep ? 0 : scanner.bareLineFeeds + scanner.bareCarriageReturns)
    }

    /// Names of what was wrong with the message.
    var defects: [String] {
        var names = ownDefects
        if scanner.bareLineFeeds > 0 { names.append("bare-lf") }
        if scanner.bareCarriageReturns > 0 { names.append("bare-cr") }
        return names + (verdict?.defects.filter { !names.contains($0) } ?? [])
    }

    /// The next step. Ranges and offsets are those of `chunk`, from `offset` on, which the call moves.
    ///
    /// - Parameter judge: asks the rules about a complete header block.
    func next(
        in chunk: ByteBuffer,
        at offset: inout Int,
        limit: Int,
        judge: Judge
    ) -> Step {
        while true {
            if let step = upcoming.popLast() { return step }
            switch phase {
            case .header(let collected):
                guard offset < chunk.readableBytes else { return .needMore }
                phase = .header([])
                collect(collected, chunk, &offset, limit: limit, judge: judge)
            case .body: return passBody(chunk.readableBytesUInt8Span, &offset)
            case .dropped: return drop(chunk.readableBytesUInt8Span, &offset)
            }
        }
    }

    private func passBody(_ chunk: Span<UInt8>, _ offset: inout Int) -> Step {
        let start = offset
        let event = scanner.next(in: chunk, at: &offset)
        received += offset - start
        switch event {
        case .content(let range): return .pass(range)
        case .insertion(let insertion): return .send(insertion.octets)
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

    // MARK: The header block

    private func collect(
        _ collected: [UInt8],
        _ chunk: ByteBuffer,
        _ offset: inout Int,
        limit: Int,
        judge: Judge
    ) {
        let octets = chunk.readableBytesUInt8Span
        // No further than the empty line, where it can be seen: what is behind it need not be copied.
        let bound = octets.offsetBehindEmptyLine(from: offset) ?? octets.count
        let start = offset
        // What the scanner still holds of the last chunk, a stuffing dot maybe, is not in this one.
        var header = HeaderCollector(collected, at: start, isStart: received == 0)
        let end = scan(octets.extracting(0..<bound), &offset, chunk, into: &header)
        received += offset - start - (end == nil ? 0 : 3)
        let headerEnd = header.offsetBehindEmptyLine(in: chunk)
        if (headerEnd ?? header.count) > limit {
            refuse(limit: limit)
        } else if headerEnd != nil || end != nil {
            decide(&header, chunk, headerEnd: headerEnd ?? header.count, judge)
        } else {
            phase = .header(header.takeOctets(from: chunk))
        }
        if let end { upcoming.insert(.ended(end), at: 0) }
    }

    /// The offset behind the reply's last line, if that came before the end of `part`.
    private func scan(
        _ part: Span<UInt8>,
        _ offset: inout Int,
        _ chunk: ByteBuffer,
        into header: inout HeaderCollector
    ) -> Int? {
        while true {
            switch scanner.next(in: part, at: &offset) {
            case .content(let range): header.append(range, of: chunk)
            case .insertion(let insertion): header.append(insertion.octets, chunk)
            case .end(let end): return end
            case .needMore: return nil
            }
        }
    }

    private func refuse(limit: Int) {
        let reason = "The header block is larger than \(limit) octets"
        ownDefects.append("header-too-large")
        verdict = Verdict(outcome: .reject(reason))
        dropRest()
        upcoming = [.reject(OwnReply.error(.systemPermanent, reason).octets)]
    }

    private func decide(_ header: inout HeaderCollector, _ chunk: ByteBuffer, headerEnd: Int, _ judge: Judge) {
        let untouched = header.untouched
        let octets = header.takeOctets(from: chunk)
        let isExact = headerEnd == octets.count
        let (verdict, duration) = judge(isExact ? octets : Array(octets[..<headerEnd]))
        self.verdict = verdict
        rulesDuration = duration
        switch verdict.outcome {
        case .keep:
            phase = .body
            scanner.form = lineEndings == .keep ? .verbatim : .repaired
            growth = (verdict.header?.count ?? headerEnd) - headerEnd
            if verdict.header == nil, isExact, let untouched {
                upcoming = [.pass(untouched), .passStatusLine]
            } else {
                let edited = verdict.header ?? Array(octets[..<headerEnd])
                upcoming = [.send((edited + octets[headerEnd...]).dotStuffed), .passStatusLine]
            }
        case .discard:
            dropRest()
            upcoming = [.send(Array("+OK\r\n".utf8) + (verdict.notice ?? []).dotStuffed + Array(".\r\n".utf8))]
        case .reject(let reason):
            dropRest()
            upcoming = [.reject(OwnReply.error(.systemPermanent, reason).octets)]
        }
    }

    private func dropRest() {
        phase = .dropped
        scanner.form = .verbatim
    }
}

/// The octets of a header block; not copied as long as they lie in one piece, and unrepaired, in the chunk.
private struct HeaderCollector {
    private var copied: [UInt8]
    /// Where the block lies in the chunk, while nothing was copied.
    private(set) var untouched: Range<Int>?
    /// Where the search for the empty line begins.
    private let searched: Int

    /// - Parameter isStart: whether nothing of the block came before.
    init(_ collected: [UInt8], at offset: Int, isStart: Bool) {
        copied = collected
        untouched = isStart ? offset..<offset : nil
        searched = max(0, collected.count - 3)
    }

    var count: Int { copied.count + (untouched?.count ?? 0) }

    mutating func append(_ range: Range<Int>, of chunk: ByteBuffer) {
        if let lower = untouched?.lowerBound, untouched?.upperBound == range.lowerBound {
            untouched = lower..<range.upperBound
        } else {
            append([], chunk)
            copy(range, of: chunk)
        }
    }

    mutating func append(_ octets: [UInt8], _ chunk: ByteBuffer) {
        if let untouched { copy(untouched, of: chunk) }
        untouched = nil
        copied.append(contentsOf: octets)
    }

    private mutating func copy(_ range: Range<Int>, of chunk: ByteBuffer) {
        copied.append(
            contentsOf: chunk.viewBytes(at: chunk.readerIndex + range.lowerBound, length: range.count) ?? .init()
        )
    }

    mutating func takeOctets(from chunk: ByteBuffer) -> [UInt8] {
        append([], chunk)
        return copied
    }

    /// The length of the block with its empty line, if that is there.
    func offsetBehindEmptyLine(in chunk: ByteBuffer) -> Int? {
        if let untouched {
            let octets = chunk.readableBytesUInt8Span.extracting(0..<untouched.upperBound)
            return octets.offsetBehindEmptyLine(from: untouched.lowerBound).map { $0 - untouched.lowerBound }
        }
        return copied.span.offsetBehindEmptyLine(from: 0, searchingFrom: searched)
    }
}

extension Span where Element == UInt8 {
    /// The offset behind the first empty line of a block that begins at `start`; line ends are CRLF.
    fileprivate func offsetBehindEmptyLine(from start: Int, searchingFrom first: Int? = nil) -> Int? {
        if count - start >= 2, self[start] == 0x0D, self[start + 1] == 0x0A { return start + 2 }
        var index = (first ?? start) + 3
        while index < count {
            // An empty line ends in LF; what is no LF can at best be the CR before it.
            if self[index] == 0x0A, self[index - 1] == 0x0D, self[index - 2] == 0x0A, self[index - 3] == 0x0D {
                return index + 1
            }
            index += 1
        }
        return nil
    }
}

extension MultilineScanner.Insertion {
    var octets: [UInt8] {
        switch self {
        case .carriageReturn: [0x0D]
        case .lineFeed: [0x0A]
        case .lineEnd: [0x0D, 0x0A]
        case .dot: [0x2E]
        }
    }
}

// The sizes of a message, and one that is too large: refused, cut, or passed without a look at it, as the settings say.
// Must not ask a rule.

import Audit
import Filtering
import NIOCore
import Octets
import POP3

extension MessageDelivery {
    /// Octets of the whole message as clients get it; nil where nobody knows.
    var trueSize: Int? {
        if case .dropped = phase { return purpose == .delivery && verdict?.outcome != .keep ? noticeOctets : wholeSize }
        return wholeSize ?? (request.command == .retr && purpose == .delivery ? octetsOut : nil)
    }

    /// What is known of the whole message at its end, or where it broke off.
    func totals(isComplete: Bool) -> AuditEvent.MessageTotals {
        let known = defects
        return .init(
            octetsIn: octetsIn,
            octetsOut: octetsOut,
            announced: isComplete ? brokenPromise : nil,
            bodyDefects: repairs.filter { !known.contains($0) },
            isComplete: isComplete
        )
    }

    /// What the client was told of the size of a message that it has now, if it has another.
    var brokenPromise: Int? {
        guard request.command == .retr, purpose == .delivery, octetsOut != request.announced else { return nil }
        return request.announced
    }

    /// The client has its beginning, and the rules have not said that it is to have no more.
    var isCutShort: Bool { isCut && verdict?.unjudged == nil }

    /// It is larger than `limit` octets, and the client has nothing of it so far.
    ///
    /// - Parameter isFollowing: all that the client is to get of it comes from the server now
    func exceed(_ limit: Int, isFollowing: Bool = true) {
        let reason = Self.reasonTooLarge(limit)
        guard let sizePolicy else { return refuse(reason) }
        isOversized = true
        if purpose == .deletion, !sizePolicy.staysOnServer {
            verdict = Verdict()
            return dropRest()
        }
        switch sizePolicy.outcome {
        case .truncate, .pass:
            // What is held of it can't go to the client in part.
            guard isFollowing, purpose != .deletion else { return refuse(reason) }
            guard purpose == .delivery else { return dropRest() }
            deliverUnjudged(limit, sizePolicy)
        case .error, .notice: refuse(reason)
        }
    }

    private func deliverUnjudged(_ limit: Int, _ policy: SizePolicy) {
        let octets = heldHeader
        let isTruncated = policy.outcome == .truncate
        let field = isTruncated ? "X-Popsieve-Truncated" : "X-Popsieve-Unjudged"
        let verdict = Verdict.unjudged(
            isTruncated ? .truncated : .unjudged,
            field: (field, (request.size.map { "octets=\($0); " } ?? "") + "limit=\(limit)"),
            reason: Self.reasonTooLarge(limit),
            header: octets
        )
        self.verdict = verdict
        self.verdict?.defects += repairs
        guard verdict.outcome == .keep, let header = verdict.header else {
            dropRest()
            upcoming = [.withhold]
            return
        }
        filter = nil
        phase = .body
        scanner.form = lineEndings.streamed
        growth = header.count - octets.count
        cut = lineCut(policy)
        upcoming = [.send(header.dotStuffed(behindBareLineFeeds: lineEndings == .normalise)), .show]
        if cut?.isOver ?? false { endAtCut(behind: header.count) }
    }

    /// How much of the body the client gets; nil: what comes.
    private func lineCut(_ policy: SizePolicy) -> LineCut? {
        let asked = request.lines ?? .max
        if policy.outcome == .truncate, asked > policy.lines {
            isCut = request.command == .retr
            return LineCut(lines: UInt64(policy.lines), note: note)
        }
        return request.bringsBody && request.command == .top ? LineCut(lines: asked, note: nil) : nil
    }

    private var note: String { "[Popsieve: this message is too large; what follows here was left out.]" }

    /// The next step of a message that is cut.
    func passCut(_ chunk: Span<UInt8>, _ offset: inout Int) -> Step {
        let step = passBody(chunk, &offset)
        let sent = verdict?.header?.count ?? 0
        switch step {
        case .pass(let range):
            let end = cut?.end(of: range, in: chunk) ?? range.upperBound
            if cut?.isOver ?? false { endAtCut(behind: sent) }
            return .pass(range.lowerBound..<end)
        case .send(let octets):
            _ = cut?.end(of: octets.indices, in: octets.span)
            if cut?.isOver ?? false { endAtCut(behind: sent) }
            return step
        case .ended(let end):
            endOfReply = end
            endAtCut(behind: sent)
            return upcoming.removeLast()
        default: return step
        }
    }

    /// - Parameter header: octets of the header that the client got
    private func endAtCut(behind header: Int) {
        guard let cut else { return }
        noticeOctets = header + cut.octets
        upcoming.insert(.send(cut.ending), at: 0)
        dropRest()
    }

    /// The server has told another size, or none, and the client has the beginning already.
    ///
    /// - Returns: how much of the range goes to the client
    func cut(_ range: Range<Int>, of chunk: Span<UInt8>) -> Range<Int> {
        guard let sizePolicy, let limit = sizePolicy.octets, sizePolicy.outcome != .pass, octetsIn > limit,
            purpose == .delivery, request.command == .retr,
            let end = Self.lineEnd(of: range, before: range.upperBound - (octetsIn - limit), in: chunk)
        else { return range }
        let cut = LineCut(lines: 0, note: note)
        noticeOctets = octetsOut - (range.upperBound - end) + cut.octets
        (isCut, isOversized) = (true, true)
        upcoming.insert(.send(cut.ending), at: 0)
        dropRest()
        return range.lowerBound..<end
    }

    /// Where a range can be cut: behind a line, since a dot that begins one must not become all of it; in a line only
    /// where that does not end.
    private static func lineEnd(of range: Range<Int>, before most: Int, in octets: Span<UInt8>) -> Int? {
        var end = max(range.lowerBound, min(most, range.upperBound))
        while end > range.lowerBound, octets[end - 1] != 0x0A { end -= 1 }
        if end > range.lowerBound { return end }
        let isOneLine = octets.extracting(range).firstOffset(of: 0x0A) == nil
        guard isOneLine else {
            return octets.extracting(0..<range.upperBound).firstOffset(of: 0x0A, from: range.lowerBound).map { $0 + 1 }
        }
        return range.count > 2 && octets[range.upperBound - 1] != 0x0D ? range.upperBound : nil
    }
}

// A message that is too large: refused, cut, or passed without a look at it, as the settings say.
// Must not ask a rule.

import Filtering
import NIOCore
import Octets
import POP3

extension MessageDelivery {
    /// The client has its beginning, and the rules have not said that it is to have no more.
    var isCutShort: Bool { isCut && verdict?.unjudged == nil }

    /// It is larger than a bound, and the client has nothing of it so far.
    func exceed(_ bound: SizeBound) {
        // What is held goes to the client already.
        if whole?.rest != nil { return }
        let reason = bound.reason
        exceedsLimit = true
        guard let sizePolicy else { return refuse(reason) }
        isOversized = true
        if purpose == .deletion, !sizePolicy.staysOnServer {
            verdict = Verdict()
            return dropRest()
        }
        switch sizePolicy.outcome {
        case .truncate, .pass:
            guard purpose != .deletion else { return refuse(reason) }
            guard purpose == .delivery else { return dropRest() }
            deliverUnjudged(bound, sizePolicy)
        case .error, .notice: refuse(reason)
        }
    }

    private func deliverUnjudged(_ bound: SizeBound, _ policy: SizePolicy) {
        let octets = heldHeader
        let isTruncated = policy.outcome == .truncate
        let field = isTruncated ? "X-Popsieve-Truncated" : "X-Popsieve-Unjudged"
        let verdict = Verdict.unjudged(
            isTruncated ? .truncated : .unjudged,
            field: (field, announcedSize(beyond: bound) + "limit=\(bound.octets)"),
            reason: bound.reason,
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
        growth = header.count - octets.count
        cut = lineCut(policy, bound, behind: header.count)
        if let whole {
            // What is held, maybe all of it, goes first, as soon as it is where it stays.
            whole.rest = isTruncated ? .leftOut : .follows
            whole.lines = cut?.left ?? request.lines
            phase = .deciding(whole)
            upcoming = [.judge]
            return
        }
        phase = .body
        scanner.form = lineEndings.streamed
        upcoming = [.send(header.dotStuffed(behindBareLineFeeds: lineEndings == .normalise)), .show]
        if cut?.isOver ?? false { endAtCut() }
    }

    /// What the server has said of its size, unless what has come of it shows that this is not true.
    private func announcedSize(beyond bound: SizeBound) -> String {
        guard let size = request.size, size > bound.octets else { return "" }
        return "announced=\(size); "
    }

    /// All that there will be of what is held of it is held; false where rules are to look at it.
    func releaseUnjudged() -> Bool {
        guard case .deciding(let whole) = phase, whole.rest != nil else { return false }
        noteHeld()
        whole.bodyStart = whole.header.count
        phase = .releasing(whole)
        upcoming = [.release, .show]
        return true
    }

    /// What is held of it has been sent, and there is more: it is left out, or streams.
    ///
    /// - Returns: what the client gets next
    func goOn(_ rest: WholeMessage.Rest, behind whole: WholeMessage, _ release: Release) -> [UInt8] {
        let sent = whole.releasedOctets
        if rest == .follows, !release.hasAllLines {
            phase = .body
            scanner.form = lineEndings.streamed
            cut = release.linesLeft.map { left in
                LineCut(lines: left, note: nil, behind: sent, isInsideLine: release.isInsideLine)
            }
            return []
        }
        let ending = LineCut(lines: 0, note: cut?.note, behind: sent)
        let isOpen = release.isInsideLine && cut?.note == nil
        noticeOctets = ending.octets + (isOpen ? 2 : 0)
        dropRest()
        return (isOpen ? [0x0D, 0x0A] : []) + ending.ending
    }

    /// How much of the body the client gets; nil: what comes.
    ///
    /// - Parameter header: octets of the header that the client gets
    private func lineCut(_ policy: SizePolicy, _ bound: SizeBound, behind header: Int) -> LineCut? {
        let asked = request.lines ?? .max
        if policy.outcome == .truncate, asked > policy.lines {
            isCut = true
            return LineCut(lines: UInt64(policy.lines), note: note(bound), behind: header)
        }
        return request.bringsBody && request.command == .top ? LineCut(lines: asked, note: nil, behind: header) : nil
    }

    private func note(_ bound: SizeBound) -> [String] { rules.configuration.notices.note(reason: bound.reason) }

    /// The next step of a message that is cut.
    func passCut(_ chunk: Span<UInt8>, _ offset: inout Int) -> Step {
        let step = passBody(chunk, &offset)
        switch step {
        case .pass(let range):
            let end = cut?.end(of: range, in: chunk) ?? range.upperBound
            if cut?.isOver ?? false { endAtCut() }
            return .pass(range.lowerBound..<end)
        case .send(let octets):
            let end = cut?.end(of: octets.indices, in: octets.span) ?? octets.count
            if cut?.isOver ?? false { endAtCut() }
            return .send(Array(octets[..<end]))
        case .ended(let end):
            endOfReply = end
            endAtCut()
            return upcoming.removeLast()
        default: return step
        }
    }

    func endAtCut() {
        guard let cut else { return }
        noticeOctets = cut.octets
        upcoming.insert(.send(cut.ending), at: 0)
        dropRest()
    }

    /// A step of a message that streams. The server has told another size, or none, and the client has the beginning already:
    /// what is beyond the limit is left out.
    func cut(_ step: Step, of chunk: Span<UInt8>) -> Step {
        guard let sizePolicy, let limit = sizePolicy.octets, sizePolicy.outcome != .pass, octetsIn > limit,
            purpose == .delivery
        else { return step }
        switch step {
        case .pass(let range):
            guard let end = Self.lineEnd(of: range, before: range.upperBound - (octetsIn - limit), in: chunk) else {
                return step
            }
            endStream(beyond: .setting(limit), leavingOut: chunk.octetsUnstuffed(in: end..<range.upperBound))
            return .pass(range.lowerBound..<end)
        // Line ends that were repaired.
        case .send(let octets) where octets.last == 0x0A: endStream(beyond: .setting(limit), leavingOut: 0)
        default: break
        }
        return step
    }

    private func endStream(beyond bound: SizeBound, leavingOut octets: Int) {
        let cut = LineCut(lines: 0, note: note(bound), behind: octetsOut - octets)
        noticeOctets = cut.octets
        (isCut, isOversized, exceedsLimit) = (true, true, true)
        upcoming.insert(.send(cut.ending), at: 0)
        dropRest()
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

extension Span where Element == UInt8 {
    /// Octets of a range as the message has them: a dot behind a line end is stuffing (RFC 1939 section 3).
    fileprivate func octetsUnstuffed(in range: Range<Int>) -> Int {
        range.count
            - range.count { index in
                index >= 2 && self[index] == 0x2E && self[index - 1] == 0x0A && self[index - 2] == 0x0D
            }
    }
}

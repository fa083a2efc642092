// What the client sends: lines are handed to the machine, one at a time, when it is their turn.
// Must not look at replies; see Session+Replies.

import NIOCore
import Octets
import POP3

/// A line at the beginning of a wire's input.
struct ReceivedLine {
    /// Octets before the line end.
    let length: Int
    let hasCRLF: Bool

    /// With its line end.
    var octets: Int { length + (hasCRLF ? 2 : 1) }

    /// - Parameter end: where the LF is.
    init(_ input: Span<UInt8>, end: Int) {
        hasCRLF = end > 0 && input[end - 1] == 0x0D
        length = hasCRLF ? end - 1 : end
    }
}

extension Wire {
    /// A line of another wire's input; its end is CRLF, whatever it came with.
    func pass(_ line: ReceivedLine, of input: ByteBuffer) {
        if line.hasCRLF { return pass(0..<line.octets, of: input) }
        pass(0..<line.length, of: input)
        write([0x0D, 0x0A])
    }
}

extension Session {
    func takeClientLines() {
        while machine.acceptsClientLine, client.input.readableBytes > 0, taking == nil {
            let received = client.input
            let input = received.readableBytesUInt8Span
            guard let end = input.firstOffset(of: 0x0A) else {
                machine.clientLineBegan(input)
                break
            }
            let line = ReceivedLine(input, end: end)
            machine.judging = judging()
            if !machine.isLoggedIn { machine.loginObstacle = loop.inForce.loginObstacle }
            let disposition = machine.clientLineReceived(
                input.extracting(0..<line.length),
                octetsBehind: end + 1 < input.count
            )
            let asks = machine.awaitsLoginTurn
            perform(line)
            guard goesOn(disposition, line, isAnswered: asks && !machine.awaitsLoginTurn) else { break }
        }
        perform()
        if client.input.readableBytes > 0, !machine.acceptsClientLine {
            machine.clientLineWaits()
            perform()
        }
    }

    /// Whether the next line can be looked at, or this one again.
    ///
    /// - Parameter isAnswered: what the machine wanted to know before it takes the line is known
    private func goesOn(
        _ disposition: SessionMachine.LineDisposition,
        _ line: ReceivedLine,
        isAnswered: Bool
    ) -> Bool {
        switch disposition {
        case .taken:
            takingDelay = nil
            client.take(line.octets)
            client.isHeard(at: loop.now)
            return true
        case .deferred: return isAnswered
        case .deferredUntilTaken:
            guard clientHasTakenEverything() else { return false }
            machine.clientTookEverything()
            return true
        }
    }

    /// The rules that judge what is asked for now.
    private func judging() -> SessionMachine.Judging {
        let inForce = loop.inForce
        if rulesInUse.latest?.version != inForce.version {
            rulesInUse.take(inForce, keepsEarlier: machine.messageIsDue)
        }
        var judging = inForce.judging
        let sizePolicy = sizePolicy(inForce)
        judging.oversize = sizePolicy?.oversize
        // A server that lists too small a size, and only what has come of the message shows it: the client has the half of
        // it before anybody could ask for its UIDL, by which a later session knows that it must not be deleted.
        if inForce.configuration.store != nil, sizePolicy?.mayLeaveUndelivered == true { judging.wantsUIDLs = true }
        return judging
    }
}

/// The rules that judge messages which were asked for and have not come: nearly always those in force.
struct RulesInUse {
    private(set) var latest: InForce?
    /// Those that a reload has replaced while messages were due, oldest first.
    private var earlier: [InForce] = []

    mutating func take(_ inForce: InForce, keepsEarlier: Bool) {
        if !keepsEarlier { earlier = [] } else if let latest { earlier.append(latest) }
        latest = inForce
    }

    /// Those of a message; older ones are not asked for again.
    mutating func rules(of version: Int) -> InForce? {
        if let index = earlier.firstIndex(where: { $0.version == version }) {
            earlier.removeFirst(index)
            return earlier.first
        }
        return latest
    }
}

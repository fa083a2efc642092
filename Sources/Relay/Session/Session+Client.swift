// What the client sends: lines are handed to the machine, one at a time, when it is their turn.
// Must not look at replies; see Session+Replies.

import NIOCore
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
                if input.count >= machine.clientLineLimit { machine.clientLineTooLong() }
                break
            }
            let line = ReceivedLine(input, end: end)
            machine.judging = judging()
            let disposition = machine.clientLineReceived(
                input.extracting(0..<line.length),
                octetsBehind: end + 1 < input.count
            )
            perform(line)
            guard goesOn(disposition, line) else { break }
        }
        perform()
        if client.input.readableBytes > 0, !machine.acceptsClientLine {
            machine.clientLineWaits()
            perform()
        }
    }

    /// Whether the next line can be looked at.
    private func goesOn(_ disposition: SessionMachine.LineDisposition, _ line: ReceivedLine) -> Bool {
        switch disposition {
        case .taken:
            takingDelay = nil
            client.take(line.octets)
            return true
        case .deferred: return false
        case .deferredUntilTaken:
            guard clientHasTakenEverything() else { return false }
            machine.clientTookEverything()
            return true
        }
    }

    /// The rules that judge what is asked for now.
    private func judging() -> SessionMachine.Judging {
        let inForce = loop.inForce
        if rulesInUse.last?.version != inForce.version {
            // Nothing that is still due was asked for under those before.
            if !machine.messageIsDue { rulesInUse.removeAll() }
            rulesInUse.append(inForce)
        }
        return inForce.judging
    }
}

// When sessions send what they hold, and when the connections of others are looked at.
// Must not send anything.

import NIOCore

/// The turns of one event loop. What is read from a file comes as fast as it is sent, and a loop goes through all that has
/// come before it looks at its connections again: without a pause nobody else would be served as long as files are sent.
final class Turns {
    private let eventLoop: any EventLoop
    private let most: Int
    /// Reads that were begun in this turn, and those of them that are not over.
    private var begun = 0
    private var outstanding = 0
    private var waiting: [Session] = []
    private var isPausing = false

    /// - Parameter most: reads of a turn
    init(_ eventLoop: any EventLoop, most: Int) {
        self.eventLoop = eventLoop
        self.most = most
    }

    /// Whether a session may read; then `readEnded` is called in any case. If not, the session is told when it may.
    func mayRead(_ session: Session) -> Bool {
        guard begun < most, !isPausing else {
            waiting.append(session)
            pauseIfOver()
            return false
        }
        begun += 1
        outstanding += 1
        return true
    }

    func readEnded() {
        outstanding -= 1
        pauseIfOver()
    }

    /// What is due later is done when the loop has looked at its connections.
    private func pauseIfOver() {
        guard outstanding == 0, !waiting.isEmpty, !isPausing else { return }
        isPausing = true
        let this = NIOLoopBound(self, eventLoop: eventLoop)
        eventLoop.execute { this.value.next() }
    }

    private func next() {
        (begun, isPausing) = (0, false)
        let sessions = waiting
        waiting = []
        for session in sessions { session.take(.turnCame) }
    }
}

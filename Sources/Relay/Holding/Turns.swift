// When sessions send what they hold, and when the connections of others are looked at.
// Must not send anything.

import NIOCore

/// The turns of one event loop. What is read from a file comes as fast as it is sent, and a loop goes through all that has
/// come before it looks at its connections again: without a pause nobody else would be served as long as files are sent.
final class Turns {
    private let eventLoop: any EventLoop
    private let most: Int
    /// Octets of this turn.
    private var octets = 0
    private var waiting: [Session] = []

    /// - Parameter most: octets of a turn
    init(_ eventLoop: any EventLoop, most: Int) {
        self.eventLoop = eventLoop
        self.most = most
    }

    func sent(_ octets: Int) { self.octets += octets }

    /// Whether a session may go on; if not, it is told when it may.
    func mayGoOn(_ session: Session) -> Bool {
        if octets < most { return true }
        if waiting.isEmpty {
            let this = NIOLoopBound(self, eventLoop: eventLoop)
            _ = eventLoop.scheduleTask(in: .microseconds(200)) { this.value.next() }
        }
        waiting.append(session)
        return false
    }

    private func next() {
        octets = 0
        let sessions = waiting
        waiting = []
        for session in sessions { session.take(.turnCame) }
    }
}

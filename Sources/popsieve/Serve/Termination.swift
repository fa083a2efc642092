// SIGTERM and SIGINT: the first lets the relay end in order, a second one ends it at once.
// Must not end the process by itself.

import Logging
import Relay
import ServiceLifecycle
import Synchronization
import UnixSignals

/// Waits for a signal to end; its own end ends the group that it belongs to.
final class Termination: Service {
    /// What is said in place of a signal by a relay whose place another one has taken.
    static let takeover = "takeover"

    private let signals: UnixSignalsSequence
    private let log: Logger
    private let supervisor: Supervisor?
    private let asked: AsyncStream<Void>
    private let ask: AsyncStream<Void>.Continuation
    private let first = Mutex<String?>(nil)

    init(log: Logger, _ supervisor: Supervisor?) async {
        self.supervisor = supervisor
        signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        self.log = log
        (asked, ask) = AsyncStream.makeStream()
    }

    /// The signal that came first, or `stop`; nil as long as nobody has asked.
    var reason: String? { first.withLock { $0 } }

    /// Hears all signals until it is cancelled.
    func listen(_ relay: Relay) async {
        for await signal in signals {
            let name = signal == .sigint ? "SIGINT" : "SIGTERM"
            // A second signal is for somebody who does not want to wait.
            end(by: name, isAtOnce: reason != nil, relay)
        }
    }

    /// Lets the relay end: when nothing is owed to its clients, or at once.
    ///
    /// - Parameter name: of the signal or the request
    func end(by name: String, isAtOnce: Bool, _ relay: Relay) {
        let isFirst = first.withLock { first in
            defer { first = first ?? name }
            return first == nil
        }
        let metadata: Logger.Metadata = ["signal": "\(name)", "sessions": "\(relay.sessions)"]
        if isFirst {
            supervisor?.tell(.stopping(status: "\(name): sessions end"))
            log.notice("asked to end", metadata: metadata)
        }
        if isAtOnce {
            let again = isFirst ? "at once" : "again"
            log.warning("asked to end \(again): sessions are cut off", metadata: metadata)
            relay.endNow()
        }
        ask.finish()
    }

    func run() async throws {
        await cancelWhenGracefulShutdown { [asked] in
            for await _ in asked {}
        }
    }
}

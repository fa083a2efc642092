// SIGTERM and SIGINT: the first lets the relay end in order, a second one ends it at once.
// Must not end the process by itself.

import Logging
import Relay
import ServiceLifecycle
import Synchronization
import UnixSignals

/// Waits for a signal to end; its own end ends the group that it belongs to.
final class Termination: Service {
    private let signals: UnixSignalsSequence
    private let log: Logger
    private let asked: AsyncStream<Void>
    private let ask: AsyncStream<Void>.Continuation
    private let first = Mutex<String?>(nil)

    init(log: Logger) async {
        signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        self.log = log
        (asked, ask) = AsyncStream.makeStream()
    }

    /// The signal that came first; nil as long as none did.
    var reason: String? { first.withLock { $0 } }

    /// Hears all signals until it is cancelled.
    func listen(_ relay: Relay) async {
        for await signal in signals {
            let name = signal == .sigint ? "SIGINT" : "SIGTERM"
            let isFirst = first.withLock { first in
                defer { first = first ?? name }
                return first == nil
            }
            if isFirst {
                log.notice("asked to end", metadata: ["signal": "\(name)", "sessions": "\(relay.sessions)"])
                ask.finish()
            } else {
                log.warning(
                    "asked to end again: sessions are cut off",
                    metadata: ["signal": "\(name)", "sessions": "\(relay.sessions)"]
                )
                relay.endNow()
            }
        }
    }

    func run() async throws {
        await cancelWhenGracefulShutdown { [asked] in
            for await _ in asked {}
        }
    }
}

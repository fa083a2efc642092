// What goes from the quarantine by itself: at the start, after a reload, and once an hour.
// Must not run on an event loop: it waits for the disk.

import Audit
import Foundation
import Logging
import NIOPosix
import Quarantine
import Relay

/// Keeps the relay's quarantine within its bounds.
struct QuarantineKeeper: Sendable {
    /// Bounds are days; nobody waits for the minute.
    static let interval = Duration.seconds(3600)

    private let relay: Relay
    private let audit: AuditLog
    private let log: Logger
    private let looks: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation

    init(relay: Relay, audit: AuditLog, log: Logger) {
        self.relay = relay
        self.audit = audit
        self.log = log
        (looks, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Until its task is cancelled.
    func run() async {
        let clock = Task { [wake] in
            repeat { wake.yield() } while (try? await Task.sleep(for: Self.interval)) != nil
        }
        var fails = false
        var time = BelievedTime()
        for await _ in looks {
            let wasDoubted = time.isDoubted
            let now = time.now(WallClock.now().microsecondsSinceEpoch)
            if time.isDoubted, !wasDoubted {
                log.warning("quarantine: the clock has jumped ahead; nothing becomes too old by that for an hour")
            }
            let isDone = await keepUp(now)
            if fails, isDone { log.notice("quarantine: what is too old is removed again") }
            fails = !isDone
        }
        clock.cancel()
    }

    /// Bounds may be others.
    func looksAgain() { wake.yield() }

    /// False, and told, where it can't be done.
    private func keepUp(_ now: Int64) async -> Bool {
        guard let quarantine = relay.quarantine else { return true }
        do {
            let expired = try await NIOThreadPool.singleton.runIfActive { [audit] in
                try quarantine.keepUp(now: now) { expired in
                    record(.expired(.init(expired)), audit)
                }
            }
            guard !expired.identifiers.isEmpty else { return true }
            let (messages, octets) = (expired.identifiers.count, expired.octets)
            log.notice(
                "quarantine: what was too old or too much is gone",
                metadata: ["messages": "\(messages)", "octets": "\(octets)"]
            )
            return true
        } catch {
            log.error("quarantine: what is too old can't be removed", metadata: ["reason": "\(error)"])
            return false
        }
    }
}

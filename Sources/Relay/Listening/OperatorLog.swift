// What the operator hears of from many sessions, on standard error: each kind once in a while, and how often.
// Must not be given secrets, nor what one session alone is about: that is the audit log's.

import Logging
import NIOCore
import Synchronization

/// Shared by all event loops of a relay.
final class OperatorLog: Sendable {
    private enum Kind: Hashable {
        case upstream(name: String, cause: String)
        case route
        case pause(cause: String)
        case holding(cause: String)
        case login(cause: String)
        case scanner(name: String, cause: String)
    }

    /// Octets of a cause; it may quote a server.
    private static let causeLength = 200

    private let log: Logger
    private let told: Mutex<Repetitions<Kind>>

    init(log: Logger, limits: RelayLimits) {
        self.log = log
        told = Mutex(Repetitions(interval: limits.repetition, most: limits.repetitions))
    }

    /// A connection to an upstream could not be made, or was lost.
    ///
    /// - Parameters:
    ///   - upstream: its name in the settings
    ///   - cause: in words that a person can act on; without secrets
    func upstreamFailed(upstream: String, cause: String, at now: NIODeadline = .now()) {
        happened(.upstream(name: upstream, cause: String(cause.prefix(Self.causeLength))), now)
    }

    /// A login had no route; whose it was is the audit log's.
    func routeMissed(at now: NIODeadline = .now()) { happened(.route, now) }

    /// No clients are accepted for a moment.
    func listeningPauses(cause: String, at now: NIODeadline = .now()) {
        happened(.pause(cause: cause), now)
    }

    /// A message could not be held back while rules look at it.
    func holdingFailed(_ cause: String, at now: NIODeadline = .now()) {
        happened(.holding(cause: String(cause.prefix(Self.causeLength))), now)
    }

    /// A scanner could not look at a message, and that is no message's fault.
    func scannerFailed(_ name: String, cause: String, at now: NIODeadline = .now()) {
        happened(.scanner(name: name, cause: String(cause.prefix(Self.causeLength))), now)
    }

    /// Nobody can log in for now.
    func loginsWait(_ cause: String, at now: NIODeadline = .now()) {
        happened(.login(cause: String(cause.prefix(Self.causeLength))), now)
    }

    /// To be called now and then: tells what was counted and did not happen again.
    ///
    /// - Parameter isLast: this is the end, and what is not due yet is told, too
    func tellDue(at now: NIODeadline = .now(), isLast: Bool = false) {
        for news in told.withLock({ $0.due(at: now, isLast: isLast) }) {
            // At the end nobody is accepted anyway.
            if isLast, case .pause = news.kind { continue }
            tell(news)
        }
    }

    private func happened(_ kind: Kind, _ now: NIODeadline) {
        if let news = told.withLock({ $0.happened(kind, at: now) }) { tell(news) }
    }

    private func tell(_ news: Repetitions<Kind>.News) {
        var metadata: Logger.Metadata = news.count > 1 ? ["times": "\(news.count)"] : [:]
        switch news.kind {
        case .upstream(let name, let cause):
            metadata["upstream"] = "\(name)"
            metadata["reason"] = "\(cause)"
            log.error("upstream fails", metadata: metadata)
        case .route: log.warning("a login has no route; the audit log says whose", metadata: metadata)
        case .pause(let cause):
            metadata["reason"] = "\(cause)"
            log.warning("no clients are accepted for the moment; it goes on by itself", metadata: metadata)
        case .holding(let cause):
            metadata["reason"] = "\(cause)"
            log.error("messages can't be held back to look at them; clients are told to come back", metadata: metadata)
        case .scanner(let name, let cause):
            metadata["scanner"] = "\(name)"
            metadata["reason"] = "\(cause)"
            log.error("a scanner fails", metadata: metadata)
        case .login(let cause):
            metadata["reason"] = "\(cause)"
            log.error("clients that log in are told to come back later", metadata: metadata)
        case nil: log.error("upstreams fail for other reasons, too; see the audit log", metadata: metadata)
        }
    }
}

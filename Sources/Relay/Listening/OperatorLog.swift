// What the operator hears of from many sessions, on standard error: each kind once in a while, and how often.
// Must not be given secrets, nor what one session alone is about: that is the audit log's.

import Logging
import NIOCore
import Scanning
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

        /// Whether it goes on until something is said to work again.
        var lasts: Bool {
            switch self {
            case .upstream, .pause, .login, .scanner: true
            case .route, .holding: false
            }
        }

        func isScanner(_ scanner: String) -> Bool {
            if case .scanner(scanner, _) = self { true } else { false }
        }
    }

    private struct Told {
        var repetitions: Repetitions<Kind>
        /// What was told, and is not over.
        var lasting: Set<Kind> = []
        /// Scanners that are down, whoever has told it.
        var down: Set<String> = []
    }

    /// Octets of a cause; it may quote a server.
    private static let causeLength = 200

    private let log: Logger
    private let told: Mutex<Told>
    /// Looked at more often than anything can be over.
    private let hasLasting = Atomic<Bool>(false)

    init(log: Logger, limits: RelayLimits) {
        self.log = log
        told = Mutex(Told(repetitions: Repetitions(interval: limits.repetition, most: limits.repetitions)))
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
        let due = told.withLock { told in
            let due = told.repetitions.due(at: now, isLast: isLast)
            for news in due { note(news, &told) }
            return due
        }
        for news in due {
            // At the end nobody is accepted anyway.
            if isLast, case .pause = news.kind { continue }
            tell(news)
        }
    }

    private func happened(_ kind: Kind, _ now: NIODeadline) {
        let news = told.withLock { told in
            let news = told.repetitions.happened(kind, at: now)
            if let news { note(news, &told) }
            return news
        }
        if let news { tell(news) }
    }

    private func note(_ news: Repetitions<Kind>.News, _ told: inout Told) {
        guard let kind = news.kind, kind.lasts else { return }
        told.lasting.insert(kind)
        hasLasting.store(true, ordering: .relaxed)
    }

    // MARK: What is over

    /// Somebody has logged in there.
    func upstreamWorks(_ upstream: String) {
        let counted = end { if case .upstream(upstream, _) = $0 { true } else { false } }
        guard let counted else { return }
        log.notice("upstream works again", metadata: counted.merging(["upstream": "\(upstream)"]) { _, name in name })
    }

    /// A client was accepted.
    func listeningGoesOn() {
        guard let counted = end({ if case .pause = $0 { true } else { false } }) else { return }
        log.notice("clients are accepted again", metadata: counted)
    }

    /// Everybody may log in, as far as it is up to the relay.
    func loginsGoOn() {
        guard let counted = end({ if case .login = $0 { true } else { false } }) else { return }
        log.notice("clients can log in again", metadata: counted)
    }

    /// To be called now and then: one that was down may be found again, and one that failed may have answered since.
    func look(at scanners: [MailScanner]) {
        for scanner in scanners {
            let (wasDown, isOver) = told.withLock { told in
                if scanner.isDown {
                    told.down.insert(scanner.name)
                    return (false, false)
                }
                let wasDown = told.down.remove(scanner.name) != nil
                return (wasDown, wasDown || scanner.isWell)
            }
            let counted = isOver ? end { $0.isScanner(scanner.name) } : nil
            guard wasDown || counted != nil else { continue }
            let name: Logger.Metadata = ["scanner": "\(scanner.name)"]
            log.notice("a scanner works again", metadata: name.merging(counted ?? [:]) { name, _ in name })
        }
    }

    /// What was told lately and is over by now, and how often it happened since: what was counted is told with the end.
    private func end(_ isOver: (Kind) -> Bool) -> Logger.Metadata? {
        guard hasLasting.load(ordering: .relaxed) else { return nil }
        return told.withLock { told in
            let over = told.lasting.filter(isOver)
            guard !over.isEmpty else { return nil }
            told.lasting.subtract(over)
            hasLasting.store(!told.lasting.isEmpty, ordering: .relaxed)
            let count = over.reduce(0) { $0 + told.repetitions.takeCount(of: $1) }
            return count > 0 ? ["times": "\(count)"] : [:]
        }
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

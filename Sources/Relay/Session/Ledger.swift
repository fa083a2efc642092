// Everything that a session has to say about itself, in one place: the audit log's lines and the totals of the last one.
// Must not decide anything, and must never be given a secret.

import Audit
import Filtering
import NIOCore
import POP3
import Sieve
import TLS

/// One session's record of itself.
struct Ledger {
    /// Who this is about, as far as it is known.
    private(set) var identity: AuditSession
    private let loop: LoopContext
    private let openedAt: NIODeadline
    private var messages = 0
    /// Messages that are marked as deleted.
    private var deletions = MessageSet()
    /// Octets received from upstreams, replies included.
    private(set) var octetsIn = 0

    init(_ origin: Session.Origin, loop: LoopContext, now: NIODeadline) {
        identity = AuditSession(id: origin.id, client: origin.clientAddress)
        self.loop = loop
        openedAt = now
    }

    /// Who logged in; nil before that and where the exchange does not tell.
    var user: [UInt8]? { identity.user }

    private func append(_ event: AuditEvent) {
        loop.auditLines.append(event, at: WallClock.now())
    }

    // MARK: Connections

    func opened(_ origin: Session.Origin) {
        append(
            .sessionOpened(
                .init(
                    session: identity,
                    port: origin.clientPort,
                    listener: origin.listenerAddress,
                    proxy: origin.proxy
                )
            )
        )
    }

    func clientSecured(_ handshake: TLSHandshakeCompleted) {
        append(.clientSecured(.init(session: identity, tls: AuditTLS(handshake))))
    }

    mutating func upstreamChosen(_ name: String) {
        identity.upstream = name
    }

    mutating func received(_ octets: Int) {
        octetsIn += octets
        loop.counts.octetsFromUpstreams += octets
    }

    /// - Parameter handshake: nil where the upstream's connection stays plain.
    func upstreamConnected(to address: SocketAddress?, _ handshake: TLSHandshakeCompleted?) {
        append(
            .upstreamConnected(
                .init(
                    session: identity,
                    address: address?.ipAddress ?? address?.pathname.map { "unix:\($0)" } ?? "",
                    port: address?.port ?? 0,
                    tls: handshake.map { AuditTLS($0) }
                )
            )
        )
    }

    // MARK: What the machine reports

    /// - Parameter uidl: of the message that the record is about.
    mutating func record(_ record: SessionRecord, uidl: (MessageNumber) -> [UInt8]?) {
        switch record {
        case .loginSucceeded(let user, let mechanism, let upstream):
            identity.user = user
            loop.counts.loginsSucceeded += 1
            append(.loginSucceeded(.init(session: identity, mechanism: mechanism, upstream: .init(upstream))))
            loop.operatorLog.upstreamWorks(identity.upstream ?? "")
        case .loginFailed(let failure): loginFailed(failure)
        case .deleted(let number):
            deletions.insert(number)
            append(.deleted(.init(session: identity, number: Int(number), uidl: uidl(number), side: .upstream)))
        case .deletionsUndone:
            // Without a DELE before it nothing changes.
            guard deletions.count > 0 else { return }
            append(.deletionsUndone(.init(session: identity, deletions: deletions.count)))
            deletions = MessageSet()
        case .deletionKept(let number):
            append(
                .deleted(.init(session: identity, number: Int(number), uidl: uidl(number), side: .relay, isKept: true))
            )
        case .deletionRefused(let number):
            deletionRefused(number, "the message was rejected by a rule", uidl(number))
        case .deletionDenied(let number, let reason):
            deletionRefused(number, reason, uidl(number), side: .upstream)
        case .deletionPostponed(let number):
            deletionRefused(number, "the message could not be looked at", uidl(number))
        case .violation(let violation):
            append(
                .protocolViolation(
                    .init(
                        session: identity,
                        side: violation.side == .client ? .client : .upstream,
                        name: violation.name,
                        detail: Array((violation.detail ?? "").utf8)
                    )
                )
            )
        case .upstreamFailed(let failure, let phase):
            let reason = "\(failure.name): \(failure.detail)"
            append(.upstreamFailed(.init(session: identity, phase: phase.rawValue, reason: Array(reason.utf8))))
            if failure == .noRoute {
                loop.operatorLog.routeMissed()
            } else {
                loop.operatorLog.upstreamFailed(upstream: identity.upstream ?? "", cause: reason)
            }
        }
    }

    private func deletionRefused(
        _ number: MessageNumber,
        _ reason: String,
        _ uidl: [UInt8]?,
        side: AuditSide = .relay
    ) {
        let reason = Array(reason.utf8)
        append(.deleted(.init(session: identity, number: Int(number), uidl: uidl, side: side, refusal: reason)))
    }

    private func loginFailed(_ failure: LoginFailure) {
        if failure.side == .relay { loop.counts.loginsDenied += 1 } else { loop.counts.loginsRefused += 1 }
        if failure.side == .relay, failure.code == .systemTemporary { loop.operatorLog.loginsWait(failure.reason) }
        var session = identity
        session.user = failure.user
        append(
            .loginFailed(
                .init(
                    session: session,
                    mechanism: failure.mechanism,
                    side: failure.side == .relay ? .relay : .upstream,
                    code: failure.code.map { Array($0.rawValue.utf8) },
                    reason: Array(failure.reason.utf8),
                    upstream: .init(failure.upstream),
                    concernsRelay: !failure.concernsClient
                )
            )
        )
    }

    // MARK: Messages

    /// A message's verdict, before the client can see anything of it; with its totals if it has come to its end already.
    mutating func message(_ delivery: MessageDelivery, uidl: [UInt8]?, totals: AuditEvent.MessageTotals?) {
        messages += 1
        let verdict = delivery.verdict ?? Verdict()
        let word = delivery.verdictWord
        count(delivery, word)
        append(
            .message(
                .init(
                    session: identity,
                    command: AuditEvent.Message.Command(delivery.request.command),
                    number: Int(delivery.request.number),
                    uidl: uidl,
                    verdict: word,
                    rules: verdict.matches.map { AuditRule(file: $0.file, line: $0.line, action: $0.action) },
                    defects: delivery.defects,
                    depth: delivery.isUndecided ? Depth.none.word : delivery.depth.word,
                    rulesMicroseconds: Int(delivery.rulesDuration / .microseconds(1)),
                    edits: verdict.edits,
                    debug: verdict.debug,
                    failure: delivery.fault ?? delivery.postponement ?? verdict.failure ?? verdict.reasonUnscanned,
                    quarantine: delivery.copies.map { AuditCopy(folder: $0.folder, identifier: $0.identifier) },
                    held: delivery.heldBack,
                    isRemembered: delivery.remembered != nil,
                    totals: totals
                )
            )
        )
    }

    private func count(_ delivery: MessageDelivery, _ verdict: String) {
        loop.counts.messageCame(verdict)
        if delivery.isShown, let since = delivery.owedSince {
            loop.counts.firstOctet.record(.nanoseconds((loop.now - since).nanoseconds))
        }
        guard delivery.isJudged else { return }
        loop.counts.evaluation.record(delivery.rulesDuration)
        for match in delivery.verdict?.matches ?? [] {
            loop.counts.ruleActed(match.file, match.line, limit: loop.limits.countedRules)
        }
    }

    /// The end of a message whose verdict was told before.
    func messageEnded(_ delivery: MessageDelivery, uidl: [UInt8]?, totals: AuditEvent.MessageTotals) {
        append(
            .messageEnded(
                .init(
                    session: identity,
                    command: AuditEvent.Message.Command(delivery.request.command),
                    number: Int(delivery.request.number),
                    uidl: uidl,
                    totals: totals
                )
            )
        )
    }

    // MARK: The end

    /// - Parameters:
    ///   - quitIsUnanswered: nobody knows whether the server has deleted what was marked
    ///   - octetsOut: sent to the client, replies included
    func closed(_ closing: Closing, quitIsUnanswered: Bool, octetsOut: Int, now: NIODeadline) {
        loop.counts.sessionEnded(closing.side, closing.name)
        let isUnknown = (quitIsUnanswered || closing == .quitRefused) && deletions.count > 0
        append(
            .sessionClosed(
                .init(
                    session: identity,
                    side: AuditSide(rawValue: closing.side) ?? .relay,
                    reason: closing.detail.map { "\(closing.name): \($0)" } ?? closing.name,
                    messages: messages,
                    octetsIn: octetsIn,
                    octetsOut: octetsOut,
                    deletions: isUnknown ? nil : closing == .quit ? deletions.count : 0,
                    milliseconds: Int((now - openedAt).nanoseconds / 1_000_000)
                )
            )
        )
    }
}

extension MessageDelivery {
    /// The audit log's word for what became of it.
    fileprivate var verdictWord: String {
        if postponement != nil { return "postponed" }
        return isUndecided ? "undecided" : verdict?.word ?? "passed"
    }
}

extension AuditTLS {
    init(_ handshake: TLSHandshakeCompleted) {
        self.init(version: handshake.version, cipher: handshake.cipher)
    }
}

extension Depth {
    /// As the audit log has it. Written out: what Swift makes of a case by itself takes longer than the rest of the line.
    fileprivate var word: String {
        switch self {
        case .none: "none"
        case .header: "header"
        case .body: "body"
        case .scan: "scan"
        }
    }
}

extension AuditEvent.Message.Command {
    init(_ command: MessageRequest.Command) {
        switch command {
        case .retr: self = .retr
        case .top: self = .top
        }
    }
}

extension AuditEvent.UpstreamLogin {
    fileprivate init(_ identity: UpstreamIdentity?) {
        self.init(user: identity?.user, mechanism: identity?.mechanism)
    }
}

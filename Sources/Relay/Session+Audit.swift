// The session's audit lines: who, what, when, and never a secret.
// Must not decide anything.

import Audit
import Filtering
import NIOCore
import POP3
import TLS

extension Session {
    /// What the rules may know beside the message.
    func facts(size: Int?) -> Facts {
        Facts(
            size: size,
            user: user.map { String(decoding: $0, as: UTF8.self) },
            clientAddress: origin.clientAddress,
            listener: origin.listenerAddress,
            upstream: upstreamConfiguration?.name,
            tls: clientTLSVersion,
            time: WallClock.now().seconds,
            processorTime: ProcessorTime.now
        )
    }

    private var identity: AuditSession {
        AuditSession(
            id: origin.id,
            client: origin.clientAddress,
            user: user,
            upstream: upstreamConfiguration?.name
        )
    }

    private func append(_ event: AuditEvent) {
        loop.auditLines.append(event, at: WallClock.now())
    }

    func recordOpened() {
        append(
            .sessionOpened(.init(session: identity, port: origin.clientPort, listener: origin.listenerAddress))
        )
    }

    func recordSecured(_ handshake: TLSHandshakeCompleted) {
        append(.clientSecured(.init(session: identity, tls: AuditTLS(handshake))))
    }

    /// - Parameter handshake: nil where the upstream's connection is plain, or is secured later.
    func recordConnected(handshake: TLSHandshakeCompleted?) {
        let address = upstream.context?.channel.remoteAddress
        append(
            .upstreamConnected(
                .init(
                    session: identity,
                    address: address?.ipAddress ?? "",
                    port: address?.port ?? 0,
                    tls: handshake.map { AuditTLS($0) }
                )
            )
        )
    }

    func record(_ record: SessionRecord) {
        switch record {
        case .loginSucceeded(let user, let mechanism):
            self.user = user
            append(.loginSucceeded(.init(session: identity, mechanism: mechanism)))
        case .loginFailed(let user, let mechanism, let reason):
            var session = identity
            session.user = user
            append(
                .loginFailed(
                    .init(
                        session: session,
                        mechanism: mechanism,
                        side: .upstream,
                        code: ResponseCode(rawValue: reason).map { Array($0.rawValue.utf8) },
                        reason: Array(reason.utf8)
                    )
                )
            )
        case .deleted(let number):
            totals.deletions += 1
            append(.deleted(.init(session: identity, number: Int(number), uidl: uidl(number), side: .upstream)))
        case .deletionRefused(let number):
            append(
                .deleted(
                    .init(
                        session: identity,
                        number: Int(number),
                        uidl: uidl(number),
                        side: .relay,
                        refusal: Array("the message was rejected by a rule".utf8)
                    )
                )
            )
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
            append(
                .upstreamFailed(
                    .init(
                        session: identity,
                        phase: phase.rawValue,
                        reason: Array("\(failure.name): \(failure.detail)".utf8)
                    )
                )
            )
        }
    }

    func recordDelivered(_ delivery: MessageDelivery) {
        totals.messages += 1
        append(.message(message(delivery)))
    }

    /// The session ends in the middle of a message.
    func recordInterrupted(_ delivery: MessageDelivery) {
        var message = message(delivery)
        message.isComplete = false
        append(.message(message))
    }

    private func message(_ delivery: MessageDelivery) -> AuditEvent.Message {
        let verdict = delivery.verdict
        return AuditEvent.Message(
            session: identity,
            command: delivery.request.command == .retr ? .retr : .top,
            number: Int(delivery.request.number),
            uidl: uidl(delivery.request.number),
            octetsIn: delivery.octetsIn,
            octetsOut: delivery.octetsOut,
            verdict: verdict?.word ?? "passed",
            rules: verdict?.matches.map { AuditRule(file: $0.file, line: $0.line, action: $0.action) } ?? [],
            defects: delivery.defects,
            depth: delivery.isJudged ? "header" : "none",
            rulesMicroseconds: Int(delivery.rulesDuration / .microseconds(1)),
            edits: verdict?.edits ?? [],
            debug: verdict?.debug ?? [],
            failure: verdict?.failure
        )
    }

    private func uidl(_ number: MessageNumber) -> [UInt8]? {
        machine.uidls[number].map { Array($0.utf8) }
    }

    func recordClosed(_ closing: Closing) {
        append(
            .sessionClosed(
                .init(
                    session: identity,
                    side: AuditSide(rawValue: closing.side) ?? .relay,
                    reason: closing.detail.map { "\(closing.name): \($0)" } ?? closing.name,
                    messages: totals.messages,
                    octetsIn: totals.octetsIn,
                    octetsOut: totals.octetsOut,
                    deletions: totals.deletions,
                    milliseconds: Int((NIODeadline.now() - openedAt).nanoseconds / 1_000_000)
                )
            )
        )
    }
}

extension AuditTLS {
    init(_ handshake: TLSHandshakeCompleted) {
        self.init(version: handshake.version, cipher: handshake.cipher)
    }
}

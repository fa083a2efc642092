// What is told of a session to whoever looks on.
// Must not be more than a copy: a session goes on while somebody reads this.

import Audit
package import NIOCore
import POP3

/// A session at one moment.
package struct SessionSummary: Sendable, Equatable {
    /// What it does, for people and as a label of metrics.
    package enum Phase: String, Sendable, CaseIterable {
        case securing, opening, authorization, login, idle, command, message
        /// Rules want the whole message, which comes.
        case holding
        /// Rules or scanners look at a message.
        case judging
        case closing
    }

    package var id: String
    package var phase: Phase
    /// As the client has named it, verified or not; any octets.
    package var user: [UInt8]?
    package var client: String
    package var listener: String
    package var upstream: String?
    /// From the upstream, replies included.
    package var octetsIn: Int
    /// To the client.
    package var octetsOut: Int
    package var age: TimeAmount
}

extension SessionSummary.Phase {
    fileprivate init(_ stage: SessionMachine.Stage) {
        switch stage {
        case .securing: self = .securing
        case .opening: self = .opening
        case .authorization: self = .authorization
        case .login: self = .login
        case .idle: self = .idle
        case .command: self = .command
        case .message: self = .message
        case .closing: self = .closing
        }
    }
}

extension Session {
    var phase: SessionSummary.Phase {
        guard case .message(let delivery) = reading else { return SessionSummary.Phase(machine.stage) }
        if delivery.isBeingJudged { return .judging }
        return delivery.isKeptBack ? .holding : .message
    }

    func summary(at now: NIODeadline) -> SessionSummary {
        SessionSummary(
            id: origin.id,
            phase: phase,
            user: ledger.user ?? machine.user,
            client: origin.clientAddress,
            listener: origin.listenerAddress,
            upstream: ledger.identity.upstream,
            octetsIn: ledger.octetsIn,
            octetsOut: client.written,
            age: now - openedAt
        )
    }
}

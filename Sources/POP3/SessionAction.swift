// What the session machine asks its owner to do, and what it has to say about it.
// Must not do anything: plain values in the imperative, performed in order by whoever holds the two connections.

/// One thing to do. "The line" is the one whose event caused the action.
package enum SessionAction: Equatable, Sendable {
    case sendToClient([UInt8])
    case sendUpstream([UInt8])
    /// The upstream's line goes to the client as it came.
    case passLineToClient
    /// The client's line goes upstream as it came, with CRLF behind it.
    case passLineUpstream
    /// The upstream for this user, or the only one where no user is known yet.
    case dialUpstream(user: [UInt8]?)
    /// The upstream of a failed login is not needed any more; the client may try again.
    case closeUpstream
    /// Everything before this was plain text, everything after it is TLS.
    case secureClient
    case secureUpstream
    /// The line is the `+OK` of a message; the message follows.
    case deliverMessage(MessageRequest)
    case record(SessionRecord)
    /// The session is over: what was sent to the client is flushed, then both connections end.
    case close(Closing)
}

/// A message that the client asked for.
package struct MessageRequest: Equatable, Sendable {
    package enum Command: String, Sendable {
        case retr = "RETR"
        case top = "TOP"
    }

    package let command: Command
    package let number: MessageNumber
    /// Its octets as the upstream lists them; nil where nobody asked.
    package var size: Int?

    package init(command: Command, number: MessageNumber, size: Int? = nil) {
        self.command = command
        self.number = number
        self.size = size
    }
}

/// What the audit log should know of.
package enum SessionRecord: Equatable, Sendable {
    case loginSucceeded(user: [UInt8], mechanism: String)
    case loginFailed(user: [UInt8]?, mechanism: String, reason: String)
    case deleted(MessageNumber)
    /// DELE of a message whose content the client was not given.
    case deletionRefused(MessageNumber)
    case violation(Violation)
    case upstreamFailed(UpstreamFailure, during: UpstreamFailure.Phase)
}

/// The two ends of a session.
package enum Side: String, Sendable {
    case client
    case upstream
}

/// A peer broke the rules.
package enum Violation: Equatable, Sendable {
    /// Octets came in plain text behind STLS or its reply: somebody on the way tries to smuggle them into TLS.
    case octetsBehindSTLS(Side)
    case lineTooLong(Side)
    case listTooLong
    case foreignProtocol
    case tooManyBadCommands
    case tooManyFailedLogins
    /// A SASL response with a control character, which could end the line for the upstream.
    case controlOctetInResponse
    /// What came is no reply.
    case notAReply(String)
    /// A reply that nobody asked for.
    case unsolicitedReply(String)

    package var side: Side {
        switch self {
        case .octetsBehindSTLS(let side), .lineTooLong(let side): side
        case .foreignProtocol, .tooManyBadCommands, .tooManyFailedLogins, .controlOctetInResponse: .client
        case .listTooLong, .notAReply, .unsolicitedReply: .upstream
        }
    }

    /// A name for the audit log that does not change.
    package var name: String {
        switch self {
        case .octetsBehindSTLS: "octets-behind-stls"
        case .lineTooLong: "line-too-long"
        case .listTooLong: "list-too-long"
        case .foreignProtocol: "foreign-protocol"
        case .tooManyBadCommands: "too-many-bad-commands"
        case .tooManyFailedLogins: "too-many-failed-logins"
        case .controlOctetInResponse: "control-octet-in-response"
        case .notAReply: "not-a-reply"
        case .unsolicitedReply: "unsolicited-reply"
        }
    }

    /// What the peer sent, where that helps.
    package var detail: String? {
        switch self {
        case .notAReply(let text), .unsolicitedReply(let text): text
        default: nil
        }
    }
}

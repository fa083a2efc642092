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
    /// Where does this user's mail lie, and may he have it? `loginResolved`, `loginDenied` or `upstreamFailed`, now or later.
    case resolveLogin(LoginQuery)
    /// By what is the upstream logged in to? `loginChosen` or `loginDenied`, now or later.
    case chooseLogin(LoginOffer)
    /// The server's challenge, decoded, empty for PASS: `challengeAnswered` or `loginDenied`, now or later.
    case answerChallenge([UInt8])
    /// The upstream for this user, or the only one where no user is known yet.
    case dialUpstream(user: [UInt8]?)
    /// Somebody wants to log in, nil where it is not known who: `loginTurnCame` or `loginTurnRefused`, now or later.
    case askForLogin(user: [UInt8]?)
    /// The upstream of a failed login is not needed any more; the client may try again.
    case closeUpstream
    /// Everything before this was plain text, everything after it is TLS.
    case secureClient
    case secureUpstream
    /// The line is the `+OK` of a message; the message follows.
    case deliverMessage(MessageRequest)
    /// The line is the `+OK` of a message's header; the client gets something only if the rules withhold the message.
    /// With `isForDeletion` it gets nothing in any case.
    case judgeHeader(MessageRequest, isForDeletion: Bool)
    /// What earlier sessions found out of sizes is needed: `sizesRecalled`.
    case recallSizes
    /// The messages that earlier sessions did not deliver are needed: `undeliveredRecalled`.
    case recallUndelivered
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

    package var command: Command
    package let number: MessageNumber
    /// Its octets as the upstream lists them; nil where nobody asked, or the upstream did not tell.
    package var size: Int?
    /// Its octets as the client was told them, where they are not the upstream's.
    package var announced: Int?
    /// The version of the rules that were in force when the command was sent.
    package var judging: Int
    /// The lines of the body that TOP asks for; nil where it does not say.
    package var lines: UInt64?
    package var fetch: Fetch

    /// How much of the message the server is asked for.
    package enum Fetch: Equatable, Sendable {
        /// TOP.
        case top
        /// TOP; then the body as well, if the rules can't do without it. Nothing else is sent upstream meanwhile.
        case header
        /// RETR: somebody wants all of it, or TOP is of no help.
        case whole
        /// RETR: the rules have seen the header, and can't do without the body.
        case body
    }

    package init(
        command: Command,
        number: MessageNumber,
        size: Int? = nil,
        judging: Int = 0,
        lines: UInt64? = nil
    ) {
        self.command = command
        self.number = number
        self.size = size
        self.judging = judging
        self.lines = lines
        fetch = command == .retr ? .whole : .top
    }

    /// Whether the server sends all of it.
    package var bringsBody: Bool {
        switch fetch {
        case .top, .header: false
        case .whole, .body: true
        }
    }

    /// The command by which Popsieve asks for it on its own behalf: of TOP, the header alone.
    var ownLine: [UInt8] {
        Array((bringsBody ? "RETR \(number)\r\n" : "TOP \(number) 0\r\n").utf8)
    }
}

/// What the audit log should know of.
package enum SessionRecord: Equatable, Sendable {
    /// The user is nil where the exchange does not tell.
    case loginSucceeded(user: [UInt8]?, mechanism: String, upstream: UpstreamIdentity? = nil)
    indirect case loginFailed(LoginFailure)
    case deleted(MessageNumber)
    /// DELE of a message that the rules rejected was answered with `+OK` and not passed on.
    case deletionKept(MessageNumber)
    /// DELE of a message that the rules rejected was refused.
    case deletionRefused(MessageNumber)
    /// The server refused DELE; its words are without secrets.
    case deletionDenied(MessageNumber, reason: String)
    /// DELE of a message that could not be judged was refused.
    case deletionPostponed(MessageNumber)
    /// RSET: nothing is marked as deleted any more.
    case deletionsUndone
    case violation(Violation)
    case upstreamFailed(UpstreamFailure, during: UpstreamFailure.Phase)
}

/// Who was refused, by whom and why.
package struct LoginFailure: Equatable, Sendable {
    package enum Side: Sendable {
        case upstream
        case relay
    }

    /// As far as it is known.
    package var user: [UInt8]?
    package var mechanism: String
    package var side: Side
    /// The upstream's response code, if it gave one.
    package var code: ResponseCode?
    /// The upstream's words without what is secret, or ours.
    package var reason: String
    /// Where the upstream was told something else.
    package var upstream: UpstreamIdentity?
    /// It is the client's password that was refused; if not, the one that Popsieve has of its own.
    package var concernsClient = true
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
    case tooManyCommands
    /// A SASL response with a control character, which could end the line for the upstream.
    case controlOctetInResponse
    /// What came is no reply.
    case notAReply(String)
    /// A reply that nobody asked for.
    case unsolicitedReply(String)
    /// A list or a message whose last line, a lone dot, stands between other line ends than CRLF: nobody may take it for
    /// the end, and nothing follows.
    case bareTerminator

    package var side: Side {
        switch self {
        case .octetsBehindSTLS(let side), .lineTooLong(let side): side
        case .foreignProtocol, .tooManyBadCommands, .tooManyFailedLogins, .tooManyCommands,
            .controlOctetInResponse:
            .client
        case .listTooLong, .notAReply, .unsolicitedReply, .bareTerminator: .upstream
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
        case .tooManyCommands: "too-many-commands"
        case .controlOctetInResponse: "control-octet-in-response"
        case .notAReply: "not-a-reply"
        case .unsolicitedReply: "unsolicited-reply"
        case .bareTerminator: "bare-terminator"
        }
    }

    /// What the peer sent, where that helps.
    package var detail: String? {
        switch self {
        case .notAReply(let text), .unsolicitedReply(let text): text
        case .bareTerminator: "the reply's last line ends without CRLF"
        default: nil
        }
    }
}

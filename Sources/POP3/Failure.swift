// The one table from what went wrong to what the client is told and what the audit log says.
// Must not act: the session machine does, with what it finds here.

/// Why the upstream can't be used.
package enum UpstreamFailure: Equatable, Sendable {
    /// No route leads this user anywhere.
    case noRoute
    /// The route leads back to one of our own listeners.
    case loop
    case unreachable(String)
    /// Its name leads to an address that can't be its own.
    case misled(String)
    /// It has as many sessions of ours as the settings allow.
    case busy
    case timedOut(Phase)
    /// It greeted with `-ERR`; with its response code, if it gave one.
    case refused(String, code: ResponseCode?)
    /// It answered STLS with `-ERR`: nothing is sent in plain text instead.
    case stlsRefused
    case certificateRejected(String)
    case tlsFailed(String)
    case closed(Phase)
    /// It does not come to the end of a reply of which the client gets nothing more; which limit that is beyond.
    case endless(String)
    case violation(Violation)

    /// How far the session with the upstream had come.
    package enum Phase: String, Sendable {
        case connect
        case tls
        case greeting
        case stls
        case xclient
        case login
        case command
        case message
    }

    /// A name for the audit log that does not change.
    package var name: String {
        switch self {
        case .noRoute: "no-route"
        case .loop: "loop"
        case .unreachable: "unreachable"
        case .misled: "misled"
        case .busy: "busy"
        case .timedOut: "timed-out"
        case .refused: "refused"
        case .stlsRefused: "stls-refused"
        case .certificateRejected: "certificate-rejected"
        case .tlsFailed: "tls-failed"
        case .closed: "closed"
        case .endless: "endless-reply"
        case .violation: "protocol-violation"
        }
    }

    /// What an operator wants to read beside the name.
    package var detail: String {
        switch self {
        case .noRoute: "no route for this user"
        case .loop: "the upstream is one of Popsieve's own listeners"
        case .unreachable(let why), .refused(let why, _), .certificateRejected(let why), .tlsFailed(let why),
            .endless(let why):
            why
        case .misled(let address):
            "its name leads to \(address), which is this machine or on its wire; if that is right, set local: true"
        case .busy: "as many sessions as its settings allow, or dialled as fast"
        case .timedOut(let phase): "no answer in time (\(phase.rawValue))"
        case .stlsRefused: "the server does not start TLS"
        case .closed(let phase): "the server closed the connection (\(phase.rawValue))"
        case .violation(let violation): violation.detail ?? violation.name
        }
    }

    /// What the client is told (RFC 3206): the server is not there for now, or the settings must be fixed.
    package var reply: OwnReply {
        switch self {
        case .noRoute: .error(.auth, "Login failed")
        case .loop: .error(.systemPermanent, "The mail server is this relay itself")
        case .unreachable: .error(.systemTemporary, "The mail server can't be reached")
        case .misled: .error(.systemTemporary, "The mail server's name leads astray")
        case .busy: .error(.systemTemporary, "The mail server has enough sessions for now; try again later")
        case .timedOut: .error(.systemTemporary, "The mail server does not answer")
        case .refused(_, let code): .error(code ?? .systemTemporary, "The mail server refuses the connection")
        case .stlsRefused: .error(.systemTemporary, "The mail server refuses TLS")
        case .certificateRejected: .error(.systemTemporary, "The mail server's certificate can't be trusted")
        case .tlsFailed: .error(.systemTemporary, "TLS with the mail server failed")
        case .closed: .error(.systemTemporary, "The mail server closed the connection")
        case .endless: .error(.systemTemporary, "The mail server does not end its answer")
        case .violation: .error(.systemTemporary, "The mail server broke the protocol")
        }
    }
}

/// Why a session is over.
package enum Closing: Equatable, Sendable {
    /// What was marked as deleted is deleted.
    case quit
    /// The server may have deleted some of what was marked, or nothing (RFC 1939 section 6).
    case quitRefused
    case clientLeft
    case clientFailed(String)
    case clientTimedOut(String)
    /// Others had no room, and nobody had logged in.
    case evicted
    case upstreamFailed(UpstreamFailure)
    case violation(Violation)
    /// The client has a part of a message whose rest the system does not give back.
    case heldMessageLost(String)
    case shutdown
    /// By this user of the machine.
    case endedByOperator(String)

    package var side: String {
        switch self {
        case .quit, .quitRefused, .clientLeft, .clientFailed, .clientTimedOut: Side.client.rawValue
        case .upstreamFailed: Side.upstream.rawValue
        case .violation(let violation): violation.side.rawValue
        case .evicted, .heldMessageLost, .shutdown, .endedByOperator: "relay"
        }
    }

    /// A name for the audit log that does not change.
    package var name: String {
        switch self {
        case .quit: "quit"
        case .quitRefused: "quit-refused"
        case .clientLeft: "client-left"
        case .clientFailed: "client-failed"
        case .clientTimedOut: "client-timed-out"
        case .evicted: "evicted"
        case .upstreamFailed(let failure): "upstream-" + failure.name
        case .violation(let violation): violation.name
        case .heldMessageLost: "held-message-lost"
        case .shutdown: "shutdown"
        case .endedByOperator: "ended-by-operator"
        }
    }

    package var detail: String? {
        switch self {
        case .quit, .quitRefused, .clientLeft, .evicted, .shutdown: nil
        case .clientFailed(let why), .clientTimedOut(let why), .heldMessageLost(let why), .endedByOperator(let why): why
        case .upstreamFailed(let failure): failure.detail
        case .violation(let violation): violation.detail
        }
    }
}

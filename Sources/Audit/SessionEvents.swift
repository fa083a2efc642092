// Payloads of the events in a session's life: opening, TLS, upstream, login, violations, closing.
// Must not hold credentials: a user name is the most that is said about a login.

extension AuditEvent {
    /// Payload of ``sessionRefused(_:)``. The first client has its line at once; those that follow soon are counted in the
    /// next line, which names the last of them or none.
    package struct SessionRefused: Sendable, Equatable {
        /// The client's IP address, without the port; nil in a line that only counts.
        package var client: String?
        package var port: Int?
        /// The listener that it came to, as `address:port`.
        package var listener: String
        /// Why.
        package var reason: String
        /// Clients that were turned away since the line before, this one included.
        package var refusals: Int

        package init(
            client: String? = nil,
            port: Int? = nil,
            listener: String,
            reason: String = "too many sessions",
            refusals: Int = 1
        ) {
            self.client = client
            self.port = port
            self.listener = listener
            self.reason = reason
            self.refusals = refusals
        }
    }

    /// Payload of ``sessionOpened(_:)``.
    package struct SessionOpened: Sendable, Equatable {
        package var session: AuditSession
        /// The client's port.
        package var port: Int
        /// The listener that accepted it, as `address:port`.
        package var listener: String
        /// The IP address of the proxy that has said whose connection it is.
        package var proxy: String?

        package init(session: AuditSession, port: Int, listener: String, proxy: String? = nil) {
            self.session = session
            self.port = port
            self.listener = listener
            self.proxy = proxy
        }
    }

    /// Payload of ``clientSecured(_:)``.
    package struct ClientSecured: Sendable, Equatable {
        package var session: AuditSession
        package var tls: AuditTLS

        package init(session: AuditSession, tls: AuditTLS) {
            self.session = session
            self.tls = tls
        }
    }

    /// Payload of ``upstreamConnected(_:)``; the upstream's name is the session's.
    package struct UpstreamConnected: Sendable, Equatable {
        package var session: AuditSession
        /// The IP address that answered.
        package var address: String
        package var port: Int
        /// Nil where the settings say `tls: none`.
        package var tls: AuditTLS?

        package init(session: AuditSession, address: String, port: Int, tls: AuditTLS? = nil) {
            self.session = session
            self.address = address
            self.port = port
            self.tls = tls
        }
    }

    /// Payload of ``upstreamFailed(_:)``.
    package struct UpstreamFailed: Sendable, Equatable {
        package var session: AuditSession
        /// How far it came: `connect`, `tls`, `greeting`, `stls`, `login`, `command`, `message`.
        package var phase: String
        /// What went wrong; may quote the server.
        package var reason: [UInt8]

        package init(session: AuditSession, phase: String, reason: [UInt8]) {
            self.session = session
            self.phase = phase
            self.reason = reason
        }
    }

    /// Payload of ``loginSucceeded(_:)``.
    package struct LoginSucceeded: Sendable, Equatable {
        package var session: AuditSession
        /// `USER`, `APOP` or the SASL mechanism's name.
        package var mechanism: String
        /// What the server was told, where it differs.
        package var upstream: UpstreamLogin

        package init(session: AuditSession, mechanism: String, upstream: UpstreamLogin = UpstreamLogin()) {
            self.session = session
            self.mechanism = mechanism
            self.upstream = upstream
        }
    }

    /// As whom and how the relay logged in for a client, each nil where it is the client's own.
    package struct UpstreamLogin: Sendable, Equatable {
        package var user: [UInt8]?
        package var mechanism: String?

        package init(user: [UInt8]? = nil, mechanism: String? = nil) {
            self.user = user
            self.mechanism = mechanism
        }
    }

    /// Payload of ``loginFailed(_:)``.
    package struct LoginFailed: Sendable, Equatable {
        package var session: AuditSession
        /// `USER`, `APOP` or the SASL mechanism's name; may be what the client asked for in vain.
        package var mechanism: String
        /// Who refused.
        package var side: AuditSide
        /// The response code (RFC 2449 section 8, RFC 3206) without brackets, such as `AUTH` or `SYS/TEMP`.
        package var code: [UInt8]?
        /// The text of the refusal.
        package var reason: [UInt8]
        /// What the server was told, where it differs.
        package var upstream: UpstreamLogin
        /// It is about what the relay has of its own to log in with: the client has done nothing wrong.
        package var concernsRelay: Bool

        package init(
            session: AuditSession,
            mechanism: String,
            side: AuditSide,
            code: [UInt8]? = nil,
            reason: [UInt8],
            upstream: UpstreamLogin = UpstreamLogin(),
            concernsRelay: Bool = false
        ) {
            self.session = session
            self.upstream = upstream
            self.concernsRelay = concernsRelay
            self.mechanism = mechanism
            self.side = side
            self.code = code
            self.reason = reason
        }
    }

    /// Payload of ``protocolViolation(_:)``.
    package struct ProtocolViolation: Sendable, Equatable {
        package var session: AuditSession
        /// Who broke the rules.
        package var side: AuditSide
        /// The violation's name, such as `line-too-long` or `octets-behind-stls`.
        package var name: String
        /// What was seen, as far as it can be shown; never what may be a credential.
        package var detail: [UInt8]

        package init(session: AuditSession, side: AuditSide, name: String, detail: [UInt8] = []) {
            self.session = session
            self.side = side
            self.name = name
            self.detail = detail
        }
    }

    /// Payload of ``sessionClosed(_:)``.
    package struct SessionClosed: Sendable, Equatable {
        package var session: AuditSession
        /// Who ended it.
        package var side: AuditSide
        /// Why: `quit`, `client-left`, or a name and a detail such as `client-timed-out: idle for too long`.
        package var reason: String
        /// Messages that went to the client.
        package var messages: Int
        /// Octets that the server sent after TLS was taken off, replies and all.
        package var octetsIn: Int
        /// Octets that the client was sent before TLS was put on, replies and all.
        package var octetsOut: Int
        /// Messages that QUIT deleted; nil if nobody knows, as the session ended before the server's answer to QUIT.
        package var deletions: Int?
        /// From accepting the client.
        package var milliseconds: Int

        package init(
            session: AuditSession,
            side: AuditSide,
            reason: String,
            messages: Int = 0,
            octetsIn: Int = 0,
            octetsOut: Int = 0,
            deletions: Int? = 0,
            milliseconds: Int
        ) {
            self.session = session
            self.side = side
            self.reason = reason
            self.messages = messages
            self.octetsIn = octetsIn
            self.octetsOut = octetsOut
            self.deletions = deletions
            self.milliseconds = milliseconds
        }
    }
}

// What the audit log can say: one case per kind of line, each with its payload.
// Must not carry secrets, read a clock, or know how a line is written.

/// Something that happened and that an operator may have to prove later.
///
/// In the payloads `[UInt8]` is text that came from the network and may be anything; `String` is text of our own or of
/// the operator's. Both are escaped and bounded when a line is made. The table of all lines is in the target's DocC
/// folder (`Schema.md`).
package enum AuditEvent: Sendable, Equatable {
    /// The relay accepts clients.
    case serviceStarted(ServiceStarted)
    /// The relay has ended its sessions and accepts no more.
    case serviceStopped(ServiceStopped)
    /// A rule set is in force.
    case rulesLoaded(RulesLoaded)
    /// Rule files did not compile; the rule set before them stays in force.
    case rulesRejected(Rejected)
    /// Changed settings are in force.
    case settingsReloaded(SettingsReloaded)
    /// Verdicts are not remembered until the store works again.
    case storeFailed(StoreFailed)
    case storeRecovered(StoreRecovered)
    /// A provider has given a new access token for an account.
    case tokenRefreshed(TokenRefreshed)
    /// There is none for an account.
    case tokenFailed(TokenFailed)
    /// Changed settings have faults; those before them stay in force.
    case settingsRejected(Rejected)
    /// New sessions see certificates that were read again.
    case certificatesReloaded(CertificatesReloaded)
    /// Certificates could not be read again; those before them stay in force.
    case certificatesRejected(Rejected)

    /// Clients connected and were turned away at once.
    case sessionRefused(SessionRefused)
    /// A client connected and was accepted.
    case sessionOpened(SessionOpened)
    /// TLS with a client stands, from the start of its connection or behind STLS.
    case clientSecured(ClientSecured)
    /// The connection to the server stands, TLS included.
    case upstreamConnected(UpstreamConnected)
    /// The server could not be reached, was not trusted, or was lost.
    case upstreamFailed(UpstreamFailed)
    /// The server accepted a login.
    case loginSucceeded(LoginSucceeded)
    /// The server or the relay refused a login.
    case loginFailed(LoginFailed)
    /// A message goes to the client, or what the rules put in its place.
    case message(Message)
    /// A message that went on after its verdict was told has ended.
    case messageEnded(MessageEnded)
    /// A DELE was answered.
    case deleted(Deleted)
    /// RSET was answered: what DELE had marked stays.
    case deletionsUndone(DeletionsUndone)
    /// Somebody released a message from the quarantine: its next retrieval delivers the original.
    case released(QuarantineChange)
    /// Somebody removed a message from the quarantine.
    case removed(QuarantineChange)
    /// Messages went from the quarantine that were too old or too much.
    case expired(Expired)
    /// A side broke the rules of the protocol.
    case protocolViolation(ProtocolViolation)
    /// The session is over; the last line of every session.
    case sessionClosed(SessionClosed)
}

/// What every line of a session says about it.
package struct AuditSession: Sendable, Equatable {
    /// The session's name, unique as long as the log is kept.
    package var id: String
    /// The client's IP address, without the port.
    package var client: String
    /// The user name as the client gave it; nil before login.
    package var user: [UInt8]?
    /// The name that the settings give to the upstream; nil while none is chosen.
    package var upstream: String?

    package init(id: String, client: String, user: [UInt8]? = nil, upstream: String? = nil) {
        self.id = id
        self.client = client
        self.user = user
        self.upstream = upstream
    }
}

/// What a TLS handshake agreed on, in OpenSSL's words.
package struct AuditTLS: Sendable, Equatable {
    /// Such as `TLSv1.3`.
    package var version: String
    /// Such as `TLS_AES_256_GCM_SHA384`.
    package var cipher: String

    package init(version: String, cipher: String) {
        self.version = version
        self.cipher = cipher
    }
}

/// Whose deed it was.
package enum AuditSide: String, Sendable, Equatable, CaseIterable {
    case client
    case upstream
    /// Popsieve itself.
    case relay
}

/// A fault in a file that people write, such as a rule file or the settings.
package struct AuditDiagnostic: Sendable, Equatable {
    /// The file's path or name.
    package var file: String
    /// Counted from 1; 0 where the fault has no line.
    package var line: Int
    /// Counted from 1; 0 where the fault has no column.
    package var column: Int
    /// What is wrong, and what would be right.
    package var message: String

    package init(file: String, line: Int, column: Int, message: String) {
        self.file = file
        self.line = line
        self.column = column
        self.message = message
    }
}

/// One rule that had an effect on a message.
package struct AuditRule: Sendable, Equatable {
    /// The rule file.
    package var file: String
    /// The line of the action, counted from 1.
    package var line: Int
    /// The action in short, such as `addheader X-Spam-Flag`.
    package var action: String

    package init(file: String, line: Int, action: String) {
        self.file = file
        self.line = line
        self.action = action
    }
}

/// A copy of a message in the quarantine.
package struct AuditCopy: Sendable, Equatable {
    /// The folder, as the rule names it.
    package var folder: String
    /// What `popsieve quarantine` knows it by.
    package var identifier: String

    package init(folder: String, identifier: String) {
        self.folder = folder
        self.identifier = identifier
    }
}

/// A moment in UTC, given by whoever owns the clock.
package struct AuditTime: Sendable, Equatable, Comparable {
    /// Seconds since 1970-01-01T00:00:00Z, without leap seconds.
    package var seconds: Int64
    /// 0 to 999,999.
    package var microseconds: Int32

    package init(seconds: Int64, microseconds: Int32) {
        self.seconds = seconds
        self.microseconds = microseconds
    }

    package static func < (one: Self, other: Self) -> Bool {
        (one.seconds, one.microseconds) < (other.seconds, other.microseconds)
    }
}

// Which fields each kind of line has, in which order; Schema.md is this file in words.
// Must not escape or count: that is JSON's part.

extension AuditEvent {
    /// The line's `event`.
    package var name: String {
        switch self {
        case .serviceStarted: "service_started"
        case .serviceStopped: "service_stopped"
        case .rulesLoaded: "rules_loaded"
        case .rulesRejected: "rules_rejected"
        case .settingsReloaded: "settings_reloaded"
        case .storeFailed: "store_failed"
        case .storeRecovered: "store_recovered"
        case .tokenRefreshed: "token_refreshed"
        case .tokenFailed: "token_failed"
        case .settingsRejected: "settings_rejected"
        case .certificatesReloaded: "certificates_reloaded"
        case .certificatesRejected: "certificates_rejected"
        case .sessionRefused: "session_refused"
        case .sessionOpened: "session_opened"
        case .clientSecured: "client_secured"
        case .upstreamConnected: "upstream_connected"
        case .upstreamFailed: "upstream_failed"
        case .loginSucceeded: "login_succeeded"
        case .loginFailed: "login_failed"
        case .message: "message"
        case .messageEnded: "message_ended"
        case .deleted: "deleted"
        case .deletionsUndone: "deletions_undone"
        case .released: "released"
        case .removed: "removed"
        case .expired: "expired"
        case .protocolViolation: "protocol_violation"
        case .sessionClosed: "session_closed"
        }
    }
}

extension AuditLines {
    mutating func encode(_ event: AuditEvent) {
        switch event {
        case .serviceStarted(let payload): encode(payload)
        case .serviceStopped(let payload): encode(payload)
        case .rulesLoaded(let payload): encode(payload)
        case .settingsReloaded(let payload): encode(payload)
        case .storeFailed(let payload): field("reason", payload.reason)
        case .storeRecovered(let payload): field("forgotten", payload.forgotten)
        case .tokenRefreshed(let payload): encode(payload)
        case .tokenFailed(let payload): encode(payload)
        case .certificatesReloaded(let payload): list("files", payload.files)
        case .rulesRejected(let payload), .settingsRejected(let payload), .certificatesRejected(let payload):
            list("diagnostics", payload.diagnostics) { lines, one in lines.value(one) }
        case .sessionRefused(let payload): encode(payload)
        case .sessionOpened(let payload): encode(payload)
        case .clientSecured(let payload): encode(payload)
        case .upstreamConnected(let payload): encode(payload)
        case .upstreamFailed(let payload): encode(payload)
        case .loginSucceeded(let payload): encode(payload)
        case .loginFailed(let payload): encode(payload)
        case .message(let payload): encode(payload)
        case .messageEnded(let payload): encode(payload)
        case .deleted(let payload): encode(payload)
        case .deletionsUndone(let payload): encode(payload)
        case .released(let payload), .removed(let payload): encode(payload)
        case .expired(let payload): encode(payload)
        case .protocolViolation(let payload): encode(payload)
        case .sessionClosed(let payload): encode(payload)
        }
    }

    // MARK: the service

    private mutating func encode(_ event: AuditEvent.ServiceStarted) {
        field("version", event.version)
        field("process", event.process)
        list("listeners", event.listeners)
        list("upstreams", event.upstreams)
    }

    private mutating func encode(_ event: AuditEvent.ServiceStopped) {
        field("reason", event.reason)
        field("sessions", event.sessions)
        field("cut", event.cut)
        seconds("seconds", milliseconds: event.milliseconds)
    }

    private mutating func encode(_ event: AuditEvent.RulesLoaded) {
        list("files", event.files)
        field("depth", event.depth)
        list("warnings", event.warnings) { lines, one in lines.value(one) }
    }

    private mutating func encode(_ event: AuditEvent.SettingsReloaded) {
        field("file", event.file)
        if !event.changes.isEmpty { list("changes", event.changes) }
    }

    // MARK: sessions

    private mutating func encode(_ event: AuditEvent.SessionRefused) {
        field("client", event.client)
        if let port = event.port { field("client_port", port) }
        field("listener", event.listener)
        field("reason", event.reason)
        field("refusals", event.refusals)
    }

    private mutating func encode(_ event: AuditEvent.SessionOpened) {
        session(event.session)
        field("client_port", event.port)
        field("listener", event.listener)
        field("proxy", event.proxy)
    }

    private mutating func encode(_ event: AuditEvent.ClientSecured) {
        session(event.session)
        tls(event.tls)
    }

    private mutating func encode(_ event: AuditEvent.UpstreamConnected) {
        session(event.session)
        field("address", event.address)
        field("port", event.port)
        tls(event.tls)
    }

    private mutating func encode(_ event: AuditEvent.UpstreamFailed) {
        session(event.session)
        field("phase", event.phase)
        field("reason", event.reason)
    }

    private mutating func encode(_ event: AuditEvent.TokenRefreshed) {
        field("account", Array(event.account.utf8))
        field("seconds", event.seconds)
    }

    private mutating func encode(_ event: AuditEvent.TokenFailed) {
        field("account", Array(event.account.utf8))
        field("reason", Array(event.reason.utf8))
        field("remedy", event.remedy.map { Array($0.utf8) })
    }

    private mutating func encode(_ event: AuditEvent.LoginSucceeded) {
        session(event.session)
        field("mechanism", event.mechanism)
        encode(event.upstream)
    }

    private mutating func encode(_ login: AuditEvent.UpstreamLogin) {
        field("upstream_user", login.user)
        field("upstream_mechanism", login.mechanism)
    }

    private mutating func encode(_ event: AuditEvent.LoginFailed) {
        session(event.session)
        field("mechanism", event.mechanism)
        field("side", event.side.rawValue)
        field("code", event.code)
        if event.concernsRelay { field("credentials", "relay") }
        field("reason", event.reason)
        encode(event.upstream)
    }

    private mutating func encode(_ event: AuditEvent.ProtocolViolation) {
        session(event.session)
        field("side", event.side.rawValue)
        field("name", event.name)
        field("detail", event.detail)
    }

    private mutating func encode(_ event: AuditEvent.SessionClosed) {
        session(event.session)
        field("side", event.side.rawValue)
        field("reason", event.reason)
        field("messages", event.messages)
        field("octets_in", event.octetsIn)
        field("octets_out", event.octetsOut)
        if let deletions = event.deletions { field("deletions", deletions) }
        seconds("seconds", milliseconds: event.milliseconds)
    }

    // MARK: messages

    private mutating func encode(_ event: AuditEvent.Message) {
        session(event.session)
        field("command", event.command.rawValue)
        field("number", event.number)
        field("uidl", event.uidl)
        if let totals = event.totals { octets(totals) }
        field("verdict", event.verdict)
        list("rules", event.rules) { lines, one in lines.value(one) }
        list("defects", event.defects)
        if !event.edits.isEmpty { list("edits", event.edits) }
        if !event.debug.isEmpty { list("debug", event.debug) }
        field("failure", event.failure)
        if !event.quarantine.isEmpty { list("quarantine", event.quarantine) { lines, one in lines.value(one) } }
        field("depth", event.depth)
        field("rules_us", event.rulesMicroseconds)
        if let held = event.held { encode(held) }
        if event.isRemembered { field("remembered", true) }
        if let totals = event.totals { ending(totals) } else { field("ended", false) }
    }

    private mutating func encode(_ event: AuditEvent.MessageEnded) {
        session(event.session)
        field("command", event.command.rawValue)
        field("number", event.number)
        field("uidl", event.uidl)
        octets(event.totals)
        ending(event.totals)
    }

    private mutating func octets(_ totals: AuditEvent.MessageTotals) {
        field("octets_in", totals.octetsIn)
        field("octets_out", totals.octetsOut)
        if let announced = totals.announced { field("announced", announced) }
    }

    private mutating func encode(_ held: AuditEvent.HeldBack) {
        field("held", held.octets)
        field("held_us", held.microseconds)
        if let scan = held.scanMicroseconds { field("scan_us", scan) }
    }

    private mutating func ending(_ totals: AuditEvent.MessageTotals) {
        if !totals.bodyDefects.isEmpty { list("body_defects", totals.bodyDefects) }
        if !totals.isComplete { field("complete", false) }
    }

    private mutating func encode(_ event: AuditEvent.DeletionsUndone) {
        session(event.session)
        field("deletions", event.deletions)
    }

    private mutating func encode(_ event: AuditEvent.Deleted) {
        session(event.session)
        field("number", event.number)
        field("uidl", event.uidl)
        field("side", event.side.rawValue)
        field("refusal", event.refusal)
        if event.isKept { field("kept", true) }
    }

    // MARK: the quarantine

    private mutating func encode(_ event: AuditEvent.QuarantineChange) {
        field("user", event.user)
        field("upstream", event.upstream)
        field("uidl", event.uidl)
        field("folder", event.copy.folder)
        field("id", event.copy.identifier)
        field("by", event.person)
    }

    private mutating func encode(_ event: AuditEvent.Expired) {
        field("messages", event.messages)
        field("octets", event.octets)
        field("by", event.person)
    }

    // MARK: parts of several lines

    private mutating func session(_ session: AuditSession) {
        field("session", session.id)
        field("client", session.client)
        field("user", session.user)
        field("upstream", session.upstream)
    }

    private mutating func tls(_ tls: AuditTLS?) {
        guard let tls else { return }
        field("tls", tls.version)
        field("cipher", tls.cipher)
    }

    private mutating func value(_ rule: AuditRule) {
        bytes.append(contentsOf: #"{"file":"#.utf8)
        value(rule.file)
        field("line", rule.line)
        field("action", rule.action)
        bytes.append(UInt8(ascii: "}"))
    }

    private mutating func value(_ copy: AuditCopy) {
        bytes.append(contentsOf: #"{"folder":"#.utf8)
        value(copy.folder)
        field("id", copy.identifier)
        bytes.append(UInt8(ascii: "}"))
    }

    private mutating func value(_ diagnostic: AuditDiagnostic) {
        bytes.append(contentsOf: #"{"file":"#.utf8)
        value(diagnostic.file)
        field("line", diagnostic.line)
        field("column", diagnostic.column)
        field("message", diagnostic.message)
        bytes.append(UInt8(ascii: "}"))
    }
}

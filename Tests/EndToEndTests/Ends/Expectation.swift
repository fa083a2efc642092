// The table of what is right: who ended the session, why, and what the client is told.
// Must not be made to fit what the relay does: see the audit log's schema and RFC 1939, 2449 and 3206.

/// What must be seen of a session's end.
struct Expectation {
    enum Telling {
        /// What it was promised, and no more.
        case nothing
        /// `-ERR [SYS/TEMP]`: come back later.
        case temporary
        /// An error, where it makes sense to send one.
        case perhaps
    }

    /// `side` of `session_closed`.
    let side: String
    /// Of its `reason`, the names that are right; which of them it is may depend on what the kernel tells first.
    let reasons: [String]
    let telling: Telling

    private init(_ side: Cell.Side, _ reasons: [String], _ telling: Telling) {
        self.side = side.rawValue
        self.reasons = reasons
        self.telling = telling
    }

    init(_ cell: Cell) {
        self = cell.side == .client ? .ofClient(cell) : .ofUpstream(cell)
    }

    private static func ofClient(_ cell: Cell) -> Expectation {
        // What was asked before QUIT's reply is done, whatever the client does meanwhile.
        let quit = cell.phase == .farewell ? ["quit"] : []
        let isHandshake = cell.phase == .handshake || cell.phase == .stls
        switch cell.end {
        case .close, .halfClosure, .truncation, .reset:
            return Expectation(.client, ["client-left", "client-failed"] + quit, .nothing)
        case .alert: return Expectation(.client, ["client-failed", "client-left"] + quit, .nothing)
        case .garbage:
            if isHandshake { return Expectation(.client, ["client-failed"], .nothing) }
            if cell.phase == .sasl { return Expectation(.client, ["control-octet-in-response"], .perhaps) }
            return Expectation(.client, quit.isEmpty ? ["foreign-protocol"] : quit, .nothing)
        case .silence:
            if !quit.isEmpty { return Expectation(.client, quit, .nothing) }
            if cell.phase == .list || cell.phase == .message {
                return Expectation(.client, ["client-timed-out", "client-failed"], .nothing)
            }
            return Expectation(.client, ["client-timed-out"], isHandshake ? .nothing : .perhaps)
        }
    }

    private static func ofUpstream(_ cell: Cell) -> Expectation {
        // Behind the status line an error would be taken for a line of the reply.
        let isHandshake = cell.phase == .handshake || cell.phase == .stls
        let telling = cell.phase == .list || cell.phase == .message ? Telling.nothing : .temporary
        let reasons =
            switch cell.end {
            case .close, .halfClosure, .truncation, .reset:
                switch cell.phase {
                case .accepting: ["upstream-closed", "upstream-unreachable", "upstream-tls-failed"]
                case .handshake, .stls: ["upstream-closed", "upstream-tls-failed"]
                default: ["upstream-closed"]
                }
            case .alert: ["upstream-tls-failed"]
            case .garbage: isHandshake ? ["upstream-tls-failed"] : ["upstream-protocol-violation"]
            case .silence: ["upstream-timed-out"]
            }
        return Expectation(.upstream, reasons, telling)
    }

    /// `phase` of `upstream_failed`.
    static func phases(of cell: Cell) -> [String] {
        switch cell.phase {
        // The connection may be reset before the relay has seen that it stands.
        case .accepting: ["connect", cell.transport == .implicit ? "tls" : "greeting"]
        case .handshake, .stls: ["tls"]
        case .greeting: ["greeting"]
        case .announcing: ["xclient"]
        case .login, .sasl: ["login"]
        case .transaction, .list, .question, .ownUIDL, .farewell: ["command"]
        case .header, .headerFirst, .deletion, .message: ["message"]
        }
    }
}

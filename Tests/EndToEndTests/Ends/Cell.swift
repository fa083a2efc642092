// One cell of the table: how far a session has come, and how which side ends it.
// Must not know how that is done; see Meeting.

import Testing

/// How a connection is encrypted.
typealias Transport = Popsieve.Settings.Encryption

/// How far the session has come when the end comes.
enum Phase: String, Sendable, CaseIterable {
    /// The connection stands, nothing was said.
    case accepting
    /// In a TLS handshake from the first octet.
    case handshake
    /// In the handshake behind STLS.
    case stls
    /// The client waits for the server's greeting.
    case greeting
    /// The server has offered XCLIENT, and has not answered it.
    case announcing
    /// A login; of the two sides, the one that ends owes the next line, here and below.
    case login
    case sasl
    case transaction
    /// In the middle of a listing that has many lines.
    case list
    /// In the middle of a message's body.
    case message
    /// In the middle of a header block, which is held back for the rules.
    case header
    /// The relay asks on its own behalf how large a message is, before it passes RETR on.
    case question
    /// In the middle of the listing of UIDLs that it asks for on its own behalf, so that a message is known again.
    case ownUIDL
    /// In the middle of the header by which a large message is judged before it is fetched.
    case headerFirst
    /// In the middle of the header by which it is judged whether a message may be deleted.
    case deletion
    /// QUIT is sent, its reply is due.
    case farewell

    /// Those with which a session comes to it.
    var rules: Venue.Rules {
        switch self {
        case .question, .headerFirst, .deletion: .size
        case .ownUIDL: .memory
        default: .header
        }
    }
}

/// How a connection ends.
enum End: String, Sendable, CaseIterable {
    case close
    /// The connection is closed without TLS's close_notify.
    case truncation
    /// Nothing more comes from this side, which goes on reading.
    case halfClosure
    case reset
    case silence
    case garbage
    case alert
}

struct Cell: Sendable, Hashable, CustomTestStringConvertible {
    enum Side: String, Sendable, CaseIterable {
        case client
        case upstream
    }

    let phase: Phase
    let end: End
    let side: Side
    /// Of the side that ends; the other one's is plain.
    let transport: Transport

    var testDescription: String { "\(phase), \(end) by the \(side), \(transport)" }

    /// All that make sense.
    static let all: [Cell] = Side.allCases.flatMap { side in
        Transport.allCases.flatMap { transport in
            Phase.allCases.flatMap { phase in
                End.allCases.map { Cell(phase: phase, end: $0, side: side, transport: transport) }
            }
        }
    }.filter(\.makesSense)

    private var makesSense: Bool {
        switch phase {
        case .handshake: if transport != .implicit { return false }
        case .stls: if transport != .starttls { return false }
        case .accepting: if transport == .starttls { return false }
        // A client behind STLS has been greeted.
        case .greeting, .announcing: if side == .client, transport == .starttls { return false }
        case .login, .sasl, .transaction, .list, .message, .header, .question, .ownUIDL, .headerFirst, .deletion,
            .farewell:
            break
        }
        switch end {
        case .close, .reset, .halfClosure: return true
        case .truncation: return isSecured
        case .alert: return isSecured || phase == .handshake || phase == .stls
        case .silence: return !isPatient && !isHandshakeAlready
        case .garbage: return phase != .accepting && (side == .client || !isContent)
        }
    }

    /// Whether this side speaks TLS when the end comes.
    var isSecured: Bool {
        switch phase {
        case .accepting, .handshake, .stls: false
        case .greeting: transport == .implicit
        case .announcing: side == .client ? transport == .implicit : transport != .none
        case .login, .sasl, .transaction, .list, .message, .header, .question, .ownUIDL, .headerFirst, .deletion,
            .farewell:
            transport != .none
        }
    }

    /// A client that waits for something owes nothing.
    private var isPatient: Bool {
        side == .client && (phase == .greeting || phase == .announcing || phase == .header || phase.rules != .header)
    }

    /// A client that says nothing at all is in its handshake where there is one.
    private var isHandshakeAlready: Bool { side == .client && phase == .accepting && transport == .implicit }

    /// Whatever the server sends now is content.
    private var isContent: Bool {
        switch phase {
        case .list, .ownUIDL, .message, .header, .headerFirst, .deletion: true
        default: false
        }
    }

    /// The one that ends it, where the other side is silent.
    var timeout: Timeout? {
        guard end == .silence else { return nil }
        switch (side, phase) {
        case (.client, .accepting), (.client, .handshake), (.client, .stls), (.client, .login), (.client, .sasl):
            return .login
        case (.client, .transaction): return .idle
        case (.client, .list), (.client, .message): return .stall
        // One that waits for an answer may be silent.
        case (.client, _): return nil
        case (.upstream, .accepting), (.upstream, .handshake), (.upstream, .stls), (.upstream, .greeting),
            (.upstream, .announcing):
            return .greeting
        case (.upstream, _): return .reply
        }
    }

    /// Whether the client is logged in.
    var isBehindLogin: Bool {
        switch phase {
        case .transaction, .list, .message, .header, .question, .ownUIDL, .headerFirst, .deletion, .farewell: true
        case .accepting, .handshake, .stls, .greeting, .announcing, .login, .sasl: false
        }
    }

    /// Whether the server owes the rest of a reply.
    var isOwed: Bool {
        switch phase {
        case .greeting, .announcing, .list, .message, .header, .question, .ownUIDL, .headerFirst, .deletion, .farewell:
            true
        case .accepting, .handshake, .stls: false
        case .login, .sasl, .transaction: side == .upstream
        }
    }
}

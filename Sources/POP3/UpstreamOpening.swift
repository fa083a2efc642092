// From dialling the upstream to a session that may take commands.
// Must not know the client; the session machine turns its outcomes into actions.

/// How far the session with the upstream has come.
package enum UpstreamOpening: Equatable, Sendable {
    /// TCP. Next: greeting, or securing where TLS is implicit.
    case dialling
    /// A TLS handshake before anything else. Next: greeting.
    case securingFirst
    /// The greeting is due (RFC 1939 section 4). Next: ready, or starting when STLS is wanted, or announcing.
    case greeting(startsTLS: Bool)
    /// STLS was sent (RFC 2595). Next: securing.
    case starting
    /// A TLS handshake behind STLS. Next: ready, or announcing.
    case securing
    /// XCLIENT was sent; the client gets this greeting behind its reply. Next: ready.
    case announcing(greeting: [UInt8])

    private static let offer = "+OK [XCLIENT]"

    /// Dovecot's way to say so, to those whom it trusts.
    package static func offersXCLIENT(_ greeting: Span<UInt8>) -> Bool { greeting.begins(offer) }

    /// The greeting as everybody else gets it.
    static func withoutOffer(_ greeting: Span<UInt8>) -> [UInt8] {
        Array("+OK".utf8) + [UInt8](copying: greeting).dropFirst(offer.utf8.count) + [0x0D, 0x0A]
    }

    /// Where a failure is reported to have happened.
    var phase: UpstreamFailure.Phase {
        switch self {
        case .dialling: .connect
        case .greeting: .greeting
        case .starting: .stls
        case .securingFirst, .securing: .tls
        case .announcing: .xclient
        }
    }
}

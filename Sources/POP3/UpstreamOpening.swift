// From dialling the upstream to a session that may take commands.
// Must not know the client; the session machine turns its outcomes into actions.

/// How far the session with the upstream has come.
enum UpstreamOpening: Equatable, Sendable {
    /// TCP. Next: greeting, or securing where TLS is implicit.
    case dialling
    /// A TLS handshake before anything else. Next: greeting.
    case securingFirst
    /// The greeting is due (RFC 1939 section 4). Next: ready, or starting when STLS is wanted.
    case greeting(startsTLS: Bool)
    /// STLS was sent (RFC 2595). Next: securing.
    case starting
    /// A TLS handshake behind STLS. Next: ready.
    case securing

    /// Where a failure is reported to have happened.
    var phase: UpstreamFailure.Phase {
        switch self {
        case .dialling: .connect
        case .greeting: .greeting
        case .starting: .stls
        case .securingFirst, .securing: .tls
        }
    }
}

// From dialling the upstream to a session that may take the client's commands, or that is logged in.
// Must not know the client; the session machine turns its outcomes into actions.

/// How far the session with the upstream has come.
enum UpstreamOpening: Equatable, Sendable {
    /// TCP, and TLS where it is implicit. Next: greeting.
    case dialling
    /// The greeting is due (RFC 1939 section 4). Next: ready, or starting when STLS is wanted.
    case greeting(startsTLS: Bool)
    /// STLS was sent (RFC 2595). Next: securing.
    case starting
    /// A TLS handshake behind STLS. Next: ready.
    case securing
    /// USER was sent. Next: passwordSent.
    case userSent
    /// PASS was sent; its reply decides.
    case passwordSent

    /// Where a failure is reported to have happened.
    var phase: UpstreamFailure.Phase {
        switch self {
        case .dialling: .connect
        case .greeting: .greeting
        case .starting: .stls
        case .securing: .tls
        case .userSent, .passwordSent: .login
        }
    }
}

// The upstream's connection: what happens there becomes events of the session.
// Must not decide anything.

import Transport

/// The owner of an upstream's connection.
final class UpstreamEvents: Connection.Owner {
    /// Nil when the session has no use for the connection any more.
    private var session: Session?

    init(of session: Session) {
        self.session = session
    }

    /// What still happens on this connection does not concern the session.
    func detach() {
        session = nil
    }

    func happened(_ event: Connection.Event) {
        guard let session else { return }
        switch event {
        case .secured(let handshake): session.take(.upstreamSecured(handshake))
        case .received(let octets): session.take(.upstreamReceived(octets))
        case .writable: session.take(.writabilityChanged)
        case .failed(let error): session.take(.upstreamFailed(error))
        // What has said all is closed at once, and told so.
        case .inputEnded: break
        case .closed:
            session.upstream.connection = nil
            session.take(.upstreamClosed)
        }
    }
}

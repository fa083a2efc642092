// The client's connection: what happens there becomes events of the session.
// Must not decide anything.

import Transport

/// The owner of a client's connection.
final class ClientEvents: Connection.Owner {
    let session: Session
    private let ended: () -> Void

    /// - Parameter ended: called last
    init(of session: Session, ended: @escaping () -> Void) {
        self.session = session
        self.ended = ended
    }

    func happened(_ event: Connection.Event) {
        switch event {
        case .secured(let handshake): session.take(.clientSecured(handshake))
        case .received(let octets): session.take(.clientReceived(octets))
        case .inputEnded: session.take(.clientInputEnded)
        case .writable: session.take(.writabilityChanged)
        case .failed(let error): session.take(.clientFailed(error))
        case .closed:
            session.client.connection = nil
            session.take(.clientClosed)
            ended()
        }
    }
}

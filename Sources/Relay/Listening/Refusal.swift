// The end of a connection that there is no room for.
// Must not listen to the client.

import NIOCore
import POP3
import TLS
import Transport

/// Tells one client too many that it should come back later, and closes.
final class Refusal: Connection.Owner {
    private let connection: Connection
    private let ended: () -> Void
    private var patience: LoopTimer?

    /// - Parameters:
    ///   - time: how long the client may take to be told
    ///   - ended: called last
    init(of connection: Connection, within time: TimeAmount, ended: @escaping () -> Void) {
        self.connection = connection
        self.ended = ended
        patience = connection.loop.after(time) { connection.abort() }
    }

    func happened(_ event: Connection.Event) {
        switch event {
        case .secured: tell()
        case .received, .writable: break
        case .inputEnded, .failed: connection.abort()
        case .closed:
            patience?.cancel()
            ended()
        }
    }

    /// In plain text, or within TLS where that stands.
    func tell() {
        let reply = OwnReply.error(.systemTemporary, "Too many sessions, come back later")
        connection.write(ByteBuffer(bytes: reply.octets))
        connection.flush()
        connection.close()
    }
}

// Two engines that talk to each other in memory, for tests without channels.
// It must not hide an outcome: every step returns what the engine said.

import NIOCore
import Testing

@testable import TLS

/// A client and a server engine and the ciphertext between them.
struct EnginePair {
    let client: TLSConnection
    let server: TLSConnection
    /// How many octets of ciphertext are handed over in one call.
    var piece = Int.max

    init(client: ClientContext, server: ServerContext, name: String = "localhost") throws {
        self.client = try TLSConnection(client: client, serverName: #require(ServerName(name)))
        self.server = try TLSConnection(server: server)
    }

    /// What each side came to.
    struct Outcomes {
        var client = TLSConnection.Outcome.wantsMore
        var server = TLSConnection.Outcome.wantsMore
    }

    /// Runs the handshake until neither side has anything to say.
    func handshake() -> Outcomes {
        var outcomes = Outcomes()
        var nothing = ByteBuffer()
        outcomes.client = client.handshake(&nothing)
        while true {
            let toServer = client.takeOutput()
            if let toServer { feed(toServer) { outcomes.server = Self.advance(server, &$0, outcomes.server) } }
            let toClient = server.takeOutput()
            if let toClient { feed(toClient) { outcomes.client = Self.advance(client, &$0, outcomes.client) } }
            if toServer == nil && toClient == nil { break }
        }
        return outcomes
    }

    /// Handshake, and what may come after it (tickets) in the same pieces.
    private static func advance(
        _ connection: TLSConnection,
        _ area: inout ByteBuffer,
        _ before: TLSConnection.Outcome
    ) -> TLSConnection.Outcome {
        let outcome = connection.handshake(&area)
        guard outcome == .complete else { return outcome }
        if before != .complete { _ = connection.settle() }
        var plaintext = ByteBuffer()
        if case .failed(let error) = connection.read(&area, into: &plaintext) { return .failed(error) }
        return outcome
    }

    private func feed(_ ciphertext: ByteBuffer, _ body: (inout ByteBuffer) -> Void) {
        var rest = ciphertext
        while var next = rest.readSlice(length: min(piece, rest.readableBytes)), next.readableBytes > 0 { body(&next) }
    }

    /// Sends `plaintext` from one engine to the other; returns what arrives and the last outcome.
    func transfer(
        _ plaintext: ByteBuffer,
        from sender: TLSConnection,
        to receiver: TLSConnection
    ) -> (received: ByteBuffer, outcome: TLSConnection.Outcome) {
        var received = ByteBuffer()
        var outcome = sender.write(plaintext)
        if let ciphertext = sender.takeOutput() {
            feed(ciphertext) { outcome = receiver.read(&$0, into: &received) }
        }
        return (received, outcome)
    }
}

// A server that never fails, whatever its clients do.
// Must not be slow: whoever is late in a soak is the relay.

import NIOCore
import TLS
import Transport

/// One client of it. Belongs to its connection's loop.
final class SoakServer: Connection.Owner {
    private let connection: Connection
    private var input = ""

    private init(_ connection: Connection) { self.connection = connection }

    static func serve(_ context: ServerContext) async throws -> Listener {
        let settings = Listener.Settings(pause: .milliseconds(10)) { connection in
            guard let engine = try? TLSConnection(server: context) else { return connection.abort() }
            let server = SoakServer(connection)
            connection.owner = server
            connection.secure(with: engine)
            connection.write(SoakMaildrop.greeting)
            connection.flush()
        }
        let group = try LoopGroup(count: 1)
        let listener = try await Listener.bind(host: "127.0.0.1", port: 0, backlog: 4_096, on: group, settings)
        await listener.accept()
        return listener
    }

    func happened(_ event: Connection.Event) {
        switch event {
        case .received(let octets): take(octets)
        case .inputEnded: connection.close()
        case .secured, .writable, .failed, .closed: break
        }
    }

    private func take(_ octets: ByteBuffer) {
        input += String(buffer: octets)
        while let line = SoakMaildrop.nextLine(&input) {
            let (reply, isLast) = SoakMaildrop.answer(line)
            connection.write(reply)
            if isLast { return connection.close() }
        }
        connection.flush()
    }
}

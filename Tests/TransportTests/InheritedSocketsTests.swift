// Sockets that are there before a listener is.

import Glibc
import NIOCore
import Testing

@testable import Transport

@Suite("Inherited sockets", .timeLimit(.minutes(2)))
struct InheritedSocketsTests {
    /// One that listens, as another process would have left it.
    private func passed() throws -> (socket: Socket, address: SocketAddress) {
        let socket = try Socket(family: AF_INET)
        try socket.bind(to: SocketAddress(ipAddress: "127.0.0.1", port: 0), backlog: 16)
        _ = fcntl(socket.descriptor, F_SETFL, 0)
        return (socket, try #require(socket.localAddress))
    }

    @Test("a listener on its address is the same socket, and the next one on it, too") func taken() async throws {
        let group = try LoopGroup(count: 2)
        let (socket, address) = try passed()
        let inherited = try InheritedSockets([(socket.descriptor, "pop3")])
        let port = try #require(address.port)
        #expect(inherited.unclaimed(by: [])?.name == "pop3")
        #expect(inherited.unclaimed(by: [try SocketAddress(ipAddress: "127.0.0.2", port: port)]) != nil)
        for _ in 0..<2 {
            let (clients, client) = AsyncStream<Void>.makeStream()
            let listener = try await Listener.bind(
                host: "127.0.0.1",
                port: port,
                backlog: 16,
                inherited: inherited,
                on: group,
                Listener.Settings(pause: .milliseconds(5)) { connection in
                    connection.owner = Recorder()
                    client.finish()
                }
            )
            #expect(inherited.unclaimed(by: [try #require(listener.localAddress)]) == nil)
            await listener.accept()
            _ = try await Dialled.to(port: port, on: group.loops[0]).get()
            for await _ in clients {}
            await listener.close()
        }
        inherited.giveUp()
        guard case .failure = await Dialled.to(port: port, on: group.loops[0]) else {
            Issue.record("somebody still listens")
            return
        }
        try await group.shutdownGracefully()
    }

    @Test("what is no stream socket that listens is refused") func refused() throws {
        let unbound = try Socket(family: AF_INET)
        let datagrams = socket(AF_INET, CInt(SOCK_DGRAM.rawValue), 0)
        let file = unsafe open("/dev/null", O_RDONLY)
        let cases = [
            (unbound.descriptor, "does not listen"), (datagrams, "is no stream socket"), (file, "is no stream socket"),
        ]
        for (number, reason) in cases {
            #expect(throws: InheritedSockets.Unusable(descriptor: number, reason: reason)) {
                try InheritedSockets([(number, nil)])
            }
            close(number)
        }
        #expect(throws: InheritedSockets.Unusable(descriptor: 1_000_000, reason: "is not open")) {
            try InheritedSockets([(1_000_000, nil)])
        }
    }
}

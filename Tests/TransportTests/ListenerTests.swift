// Listeners: who is let in, by which loop, and when nobody is.
// Must not open so many connections that the tests themselves run out of files.

import Glibc
import NIOCore
import Synchronization
import Testing

@testable import Transport

@Suite("Listeners", .timeLimit(.minutes(2)))
struct ListenerTests {
    private final class Clients: Sendable {
        private let list = Mutex<[NIOLoopBound<Connection>]>([])
        let room = Atomic<Int>(.max)
        var count: Int { list.withLock { $0.count } }
        var loops: Set<ObjectIdentifier> { Set(list.withLock { $0.map { ObjectIdentifier($0.eventLoop) } }) }

        func settings() -> Listener.Settings {
            Listener.Settings(
                pause: .milliseconds(5),
                hasRoom: { self.count < self.room.load(ordering: .relaxed) },
                accepted: { connection in
                    connection.owner = Recorder()
                    self.list.withLock { $0.append(NIOLoopBound(connection, eventLoop: connection.loop)) }
                }
            )
        }
    }

    @Test("nobody is accepted before that is asked for, nor after the end") func phases() async throws {
        let group = try LoopGroup(count: 2)
        let clients = Clients()
        let listener = try await Listener.bind(host: "127.0.0.1", port: 0, backlog: 16, on: group, clients.settings())
        let port = try #require(listener.localAddress?.port)
        // The kernel has the client, which waits.
        _ = try await Dialled.to(port: port, on: group.loops[0]).get()
        #expect(clients.count == 0)
        await listener.accept()
        try await eventually("the client") { clients.count == 1 }
        await listener.close()
        await listener.close()
        guard case .failure = await Dialled.to(port: port, on: group.loops[0]) else {
            Issue.record("somebody still listens")
            return
        }
        try await group.shutdownGracefully()
    }

    @Test("without room clients wait, and are let in when there is some") func room() async throws {
        let group = try LoopGroup(count: 1)
        let clients = Clients()
        clients.room.store(2, ordering: .relaxed)
        let listener = try await Listener.bind(host: "127.0.0.1", port: 0, backlog: 16, on: group, clients.settings())
        let port = try #require(listener.localAddress?.port)
        await listener.accept()
        for _ in 0..<4 { _ = try await Dialled.to(port: port, on: group.loops[0]).get() }
        try await eventually("two clients") { clients.count == 2 }
        // Some pauses pass.
        _ = await Dialled.to(host: "nowhere.invalid", port: 1, on: group.loops[0])
        #expect(clients.count == 2)
        clients.room.store(.max, ordering: .relaxed)
        try await eventually("the others") { clients.count == 4 }
        await listener.close()
        try await group.shutdownGracefully()
    }

    @Test("no loop has all connections") func balance() async throws {
        let group = try LoopGroup(count: 2)
        let clients = Clients()
        let listener = try await Listener.bind(host: "127.0.0.1", port: 0, backlog: 64, on: group, clients.settings())
        let port = try #require(listener.localAddress?.port)
        await listener.accept()
        let others = try LoopGroup(count: 1)
        for _ in 0..<60 { _ = try await Dialled.to(port: port, on: others.loops[0]).get() }
        try await eventually("all clients") { clients.count == 60 }
        #expect(clients.loops.count == 2)
        await listener.close()
        try await others.shutdownGracefully()
        try await group.shutdownGracefully()
    }

    @Test("who closes a listener is told once that it was open") func closedTwice() async throws {
        let group = try LoopGroup(count: 2)
        let listener = try await Listener.bind(host: "127.0.0.1", port: 0, backlog: 4, on: group, Clients().settings())
        await listener.accept()
        let closings = await withTaskGroup(of: Bool.self) { tasks in
            for _ in 0..<4 { tasks.addTask { await listener.close() } }
            return await tasks.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(closings == 1)
        try await group.shutdownGracefully()
    }

    @Test("a port that was closed before it was opened stays closed") func closedBefore() async throws {
        let group = try LoopGroup(count: 1)
        let loop = group.loops[0]
        let socket = try Socket(family: AF_INET)
        try socket.bind(to: SocketAddress(ipAddress: "127.0.0.1", port: 0), backlog: 4)
        let accepted = Mutex(0)
        let settings = Listener.Settings(pause: .seconds(1)) { _ in accepted.withLock { $0 += 1 } }
        try await loop.submit {
            let port = ListenerPort(of: socket, on: loop, group, settings) { _ in }
            port.close()
            port.open()
        }.get()
        let address = try #require(socket.localAddress?.port)
        _ = try await Dialled.to(port: address, on: loop).get()
        // More than one turn of the loop.
        for _ in 0..<10 { try await loop.submit {}.get() }
        #expect(accepted.withLock { $0 } == 0)
        socket.close()
        try await group.shutdownGracefully()
    }

    /// The number of a connection that was closed at once was beyond all that were known: the process ended.
    @Test("a client may be sent away at once") func sentAway() async throws {
        try EventPoll().forget(100_000)
        let group = try LoopGroup(count: 1)
        let seen = Recorder()
        let settings = Listener.Settings(pause: .seconds(1)) { connection in
            connection.owner = seen
            connection.abort()
        }
        let listener = try await Listener.bind(host: "127.0.0.1", port: 0, backlog: 16, on: group, settings)
        let port = try #require(listener.localAddress?.port)
        await listener.accept()
        let others = try LoopGroup(count: 1)
        for _ in 0..<100 {
            let client = try await Dialled.to(port: port, on: others.loops[0]).get()
            #expect(try await client.seen.ended().last == "closed")
        }
        try await eventually("all ends") { seen.events.count == 100 }
        #expect(Set(seen.events) == ["closed"])
        await listener.close()
        try await others.shutdownGracefully()
        try await group.shutdownGracefully()
    }

    @Test("an address that is taken can't be bound again") func taken() async throws {
        let group = try LoopGroup(count: 1)
        let listener = try await Listener.bind(host: "127.0.0.1", port: 0, backlog: 16, on: group, Clients().settings())
        let port = try #require(listener.localAddress?.port)
        let error = await #expect(throws: IOError.self) {
            try await Listener.bind(host: "127.0.0.1", port: port, backlog: 16, on: group, Clients().settings())
        }
        #expect(error?.errnoCode == EADDRINUSE)
        await listener.close()
        try await group.shutdownGracefully()
    }
}

// What is left of a session after its end: nothing.
// Must not test how a session ends.

import Audit
import Filtering
import Logging
import NIOCore
import NIOPosix
import POP3
import Synchronization
import Testing
import Transport

@testable import Relay

@Suite(.timeLimit(.minutes(5))) struct SessionMemoryTests {
    /// Watches objects of an event loop without keeping them.
    final class Watch {
        var hasOpened = false
        weak var session: Session?
        weak var upstream: UpstreamEvents?
    }

    /// The ways to end: by the client, the upstream, and while the upstream is dialled.
    @Test(arguments: ["client", "upstream", "quit", "dialling"]) func aSessionIsForgotten(_ end: String) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loops = try LoopGroup(count: 1)
        let loop = loops.loops[0]
        let accepted = Mutex<Peer?>(nil)
        let server = try await Peer.listen(on: group) { peer in accepted.withLock { $0 = peer } }
        let upstream = RelayConfiguration.Upstream(
            name: "main",
            // Nobody answers there (RFC 5737).
            host: end == "dialling" ? "192.0.2.1" : "127.0.0.1",
            port: server.localAddress?.port ?? 0,
            encryption: .none
        )
        let audit = try AuditLog(.file(path: "/dev/null"))
        let (context, watch) = try await loop.submit {
            var configuration = RelayConfiguration(
                listeners: [.init(host: "127.0.0.1", port: 0)],
                upstreams: [upstream]
            )
            configuration.timeouts.connect = .seconds(1)
            let context = LoopContext(
                eventLoop: loop,
                shared: RelayState(audit: audit, limits: RelayLimits()),
                configuration: configuration,
                ruleSet: .empty,
                log: Logger(label: "test")
            )
            return (NIOLoopBound(context, eventLoop: loop), NIOLoopBound(Watch(), eventLoop: loop))
        }.get()
        let settings = Listener.Settings(pause: .seconds(1)) { connection in
            context.value.accept(connection, listener: 0) {}
            watch.value.hasOpened = true
            watch.value.session = (connection.owner as? ClientEvents)?.session
        }
        let listener = try await Listener.bind(host: "127.0.0.1", port: 0, backlog: 16, on: loops, settings)
        await listener.accept()
        let client = try await Peer.connect(to: try #require(listener.localAddress), on: group)
        if end == "dialling" {
            try await Peer.wait(for: "the session") {
                (try? await loop.submit { watch.value.hasOpened }.get()) == true
            }
            try await client.reset()
        } else {
            try await Peer.wait(for: "the dial") { accepted.withLock { $0 != nil } }
            let upstream = try #require(accepted.withLock { $0 })
            try await upstream.send("+OK\r\n")
            try await client.expect("+OK\r\n")
            try await loop.submit { watch.value.upstream = watch.value.session?.dialled.events }.get()
            switch end {
            case "client": try await client.close()
            case "upstream": try await upstream.close()
            default:
                try await client.send("QUIT\r\n")
                try await upstream.expect("QUIT\r\n")
                try await upstream.send("+OK\r\n")
            }
            #expect(try await upstream.rest().isEmpty)
        }
        try await Peer.wait(for: "nothing to be left") {
            let left = try? await loop.submit {
                watch.value.session != nil || watch.value.upstream != nil || context.value.shared.sessions > 0
            }.get()
            return left == false
        }
        await listener.close()
        try await loops.shutdownGracefully()
        try await server.close()
        try await group.shutdownGracefully()
    }
}

// A relay on loopback whose upstream and clients the test plays itself.
// Must not decide what is said on either side.

import Audit
import Filtering
import Foundation
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization
import Transport

@testable import Relay

/// What a test wants otherwise than usual.
struct Change {
    let apply: (inout RelayConfiguration) -> Void
}

/// A clock that goes on by itself and can be put forward.
final class PassingTime: Sendable {
    private let ahead = Mutex(TimeAmount.zero)

    var now: NIODeadline { .now() + ahead.withLock { $0 } }

    func pass(_ time: TimeAmount) {
        ahead.withLock { $0 = $0 + time }
    }
}

/// A running relay, the connections it made, and its audit log.
final class LoopbackRelay: Sendable {
    let address: SocketAddress
    let relay: Relay
    let configuration: RelayConfiguration
    /// The relay's time: it passes when the test says so, and is looked at once a second.
    let time: PassingTime
    private let service: ServiceGroup
    private let group: any EventLoopGroup
    private let upstreams: Mutex<[Peer]>
    private let auditPath: String

    private init(
        _ address: SocketAddress,
        _ relay: Relay,
        _ configuration: RelayConfiguration,
        _ service: ServiceGroup,
        _ group: any EventLoopGroup,
        _ auditPath: String,
        _ time: PassingTime
    ) {
        self.time = time
        self.address = address
        self.relay = relay
        self.configuration = configuration
        self.service = service
        self.group = group
        self.auditPath = auditPath
        upstreams = Mutex([])
    }

    /// Runs a relay while `body` does.
    static func serving(
        limits: RelayLimits = RelayLimits(),
        rules: String? = nil,
        changing change: Change = Change { _ in },
        _ body: (LoopbackRelay) async throws -> Void
    ) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loops = try LoopGroup(count: 1)
        let path = FileManager.default.temporaryDirectory.path + "/popsieve-relay-\(UUID().uuidString).jsonl"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let accepted = Mutex<(@Sendable (Peer) -> Void)?>(nil)
        let server = try await Peer.listen(on: group) { peer in accepted.withLock { $0?(peer) } }
        var configuration = RelayConfiguration(
            listeners: [.init(host: "127.0.0.1", port: 0)],
            upstreams: [.init(name: "main", host: "127.0.0.1", port: server.localAddress?.port ?? 0, encryption: .none)]
        )
        change.apply(&configuration)
        let time = PassingTime()
        let (addresses, started) = AsyncStream.makeStream(of: [String].self)
        let relay = Relay(
            configuration: configuration,
            ruleSet: try ruleSet(rules),
            audit: try AuditLog(.file(path: path)),
            limits: limits,
            group: loops,
            log: Logger(label: "test"),
            now: { time.now },
            started: { started.yield($0) }
        )
        let service = ServiceGroup(services: [relay], logger: Logger(label: "test"))
        let running = Task {
            defer { started.finish() }
            try await service.run()
        }
        guard let name = await addresses.first(where: { _ in true })?.first, let port = name.split(separator: ":").last
        else {
            try await running.value
            throw Peer.Missing(description: "the relay does not listen")
        }
        let this = LoopbackRelay(
            try SocketAddress(ipAddress: "127.0.0.1", port: Int(port) ?? 0),
            relay,
            configuration,
            service,
            group,
            path,
            time
        )
        accepted.withLock { $0 = { peer in this.upstreams.withLock { $0.append(peer) } } }
        do {
            try await body(this)
        } catch {
            // What went wrong is easier to see beside what the relay says about it.
            throw Peer.Missing(description: "\(error); audit: \(this.auditEvents)")
        }
        for peer in this.upstreams.withLock({ $0 }) { peer.channel.close(promise: nil) }
        try await server.close()
        await service.triggerGracefulShutdown()
        try await running.value
        try await loops.shutdownGracefully()
        try await group.shutdownGracefully()
    }

    static func ruleSet(_ rules: String?) throws -> RuleSet {
        guard let rules else { return .empty }
        return try RuleSet(files: [RuleFile(name: "test.sieve", source: Array(rules.utf8))])
    }

    /// A port that nobody listens on at this moment; none of those that the system gives out, to another test say.
    static func freePort() async throws -> Int {
        let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        for _ in 0..<100 {
            let port = Int.random(in: 10_000..<32_000)
            guard let channel = try? await bootstrap.bind(host: "127.0.0.1", port: port).get() else { continue }
            try await channel.close()
            return port
        }
        throw Peer.Missing(description: "no port is free")
    }

    func client() async throws -> Peer {
        try await Peer.connect(to: address, on: group)
    }

    /// How many connections the relay has made.
    var connections: Int { upstreams.withLock { $0.count } }

    /// The connection number `index` that the relay made, from 0.
    func upstream(_ index: Int = 0) async throws -> Peer {
        try await Peer.wait(for: "a connection from the relay") { self.upstreams.withLock { $0.count } > index }
        return upstreams.withLock { $0[index] }
    }

    /// A client and its upstream, logged in.
    func loggedIn() async throws -> (client: Peer, upstream: Peer) {
        let before = upstreams.withLock { $0.count }
        let client = try await client()
        let upstream = try await upstream(before)
        try await upstream.send("+OK ready\r\n")
        try await client.expect("+OK ready\r\n")
        for command in ["USER me\r\n", "PASS secret\r\n"] {
            try await client.send(command)
            try await upstream.expect(command)
            try await upstream.send("+OK\r\n")
            try await client.expect("+OK\r\n")
        }
        return (client, upstream)
    }

    /// A command of the client and the upstream's reply, which reaches the client as it is.
    func exchange(_ client: Peer, _ upstream: Peer, _ command: String, _ reply: String) async throws {
        try await client.send(command)
        try await upstream.expect(command)
        try await upstream.send(reply)
        try await client.expect(reply)
    }

    func beginShutdown() async {
        await service.triggerGracefulShutdown()
    }

    // MARK: The audit log

    /// The events so far: each line's name, and the reason where it has one.
    var auditEvents: [String] {
        let text = (try? String(contentsOfFile: auditPath, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").map { line in
            let event = (try? JSONSerialization.jsonObject(with: Data(line.utf8))) as? [String: Any] ?? [:]
            let name = event["event"] as? String ?? "?"
            guard let reason = event["reason"] as? String else { return name }
            return "\(name): \(reason)"
        }
    }

    /// Time passes, and the relay looks at it; what went on before went on before.
    func pass(_ time: TimeAmount) async {
        await relay.loops.each { $0.look() }
        self.time.pass(time)
        await relay.loops.each { $0.look() }
    }

    /// Waits until so many sessions have ended, and hands out why.
    func endings(_ count: Int = 1) async throws -> [String] {
        try await Peer.wait(for: "the end of a session") {
            self.auditEvents.count { $0.hasPrefix("session_closed") } >= count
        }
        return auditEvents.filter { $0.hasPrefix("session_closed: ") }.map { String($0.dropFirst(16)) }
    }
}

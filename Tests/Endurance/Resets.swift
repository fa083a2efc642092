// Minutes of connections that are reset in their handshakes, on both sides, between sessions that are not.
// Must not ask how fast it is.

import ArgumentParser
import ChildProcess
import Foundation
import NIOCore
import NIOPosix
import Synchronization

struct Resets: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Resets connections during handshakes on both sides, and looks at memory and descriptors."
    )

    @Option(help: "How long.")
    var seconds = 600

    @Option(help: "How many clients at once.")
    var clients = 20

    private final class Counts: Sendable {
        let clients = Mutex(0)
        let servers = Mutex(0)
    }

    func run() async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/endurance-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let pem = folder + "/certificate.pem"
        ChildProcess.run("/usr/bin/openssl", Self.request(pem))
        let counts = Counts()
        let server = try await rudeServer(counts)
        let relay = try await RelayProcess(
            folder: folder,
            upstream:
                "{ host: 127.0.0.1, port: \(server.localAddress?.port ?? 0), ca: \"\(pem)\", name: localhost, tls: implicit }",
            certificate: pem,
            more: "timeouts: { login: 2s, greeting: 2s }\n"
        )
        try await play(seconds: 5, relay, counts)
        let before = try await calm(relay)
        try await play(seconds: seconds, relay, counts)
        let after = try await calm(relay)
        let (clients, servers) = (counts.clients.withLock { $0 }, counts.servers.withLock { $0 })
        print("\(clients) clients, \(servers) connections to the server, all reset")
        print(
            "RSS \(before.memory) kB, then \(after.memory) kB; descriptors \(before.descriptors), then \(after.descriptors)"
        )
        let isAlive = relay.isAlive
        relay.process.signal(SIGTERM)
        let status = relay.process.waitForEnd()
        try await server.close()
        print("the relay \(isAlive ? "lives" : "died"), and ends with \(status)")
        if !isAlive || status != 0 || after.descriptors > before.descriptors { throw ExitCode(1) }
    }

    static func request(_ pem: String) -> [String] {
        [
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", pem, "-out", pem,
        ]
    }

    /// Clients that connect, say as much of a handshake as they like, and reset.
    private func play(seconds: Int, _ relay: RelayProcess, _ counts: Counts) async throws {
        let deadline = ContinuousClock.now + .seconds(seconds)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<clients {
                group.addTask {
                    while ContinuousClock.now < deadline, relay.isAlive {
                        // Without TLS the server is dialled, which resets in its own handshake.
                        let port = Bool.random() ? relay.plain : relay.secure ?? relay.plain
                        guard let line = try? await Line(port: port) else { continue }
                        if Bool.random() { line.send([0x16, 3, 1, 2, 0, 1, 0, 1, 0xFC, 3, 3]) }
                        if Bool.random() { try await Task.sleep(for: .milliseconds(Int.random(in: 0...20))) }
                        await line.reset()
                        try? await line.channel.executeThenClose { _, _ in }
                        counts.clients.withLock { $0 += 1 }
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    /// What is in use when all sessions are over.
    private func calm(_ relay: RelayProcess) async throws -> (memory: Int, descriptors: Int) {
        try await Task.sleep(for: .seconds(8))
        return (relay.residentSize, relay.descriptors)
    }

    /// Accepts, waits for some of a ClientHello or not, and resets.
    private func rudeServer(_ counts: Counts) async throws -> any Channel {
        try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                counts.servers.withLock { $0 += 1 }
                let socket = channel as? any SocketOptionProvider
                channel.eventLoop.scheduleTask(in: .milliseconds(.random(in: 0...20))) {
                    socket?.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenComplete { _ in channel.close(promise: nil)
                    }
                }
                return channel.eventLoop.makeSucceededVoidFuture()
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }
}

// Dialling: addresses that answer, refuse, are silent, are not wanted, and names that do not exist.
// Must not leave this machine.

import Glibc
import NIOCore
import Synchronization
import Testing
import Transport

@Suite("Dialling", .timeLimit(.minutes(2)))
struct DialTests {
    private func dial(
        host: String = "127.0.0.1",
        port: Int = 1,
        timeout: TimeAmount = .seconds(30),
        isForbidden: @escaping @Sendable (SocketAddress) -> Bool = { _ in false }
    ) async throws -> String {
        let group = try LoopGroup(count: 1)
        let result = await Dialled.to(
            host: host,
            port: port,
            on: group.loops[0],
            timeout: timeout,
            isForbidden: isForbidden
        )
        try await group.shutdownGracefully()
        switch result {
        case .success: return "connected"
        case .failure(let error as IOError): return "\(error.errnoCode)"
        case .failure(let error): return "\(error)"
        }
    }

    @Test("nobody listens there") func refused() async throws {
        #expect(try await dial() == "\(ECONNREFUSED)")
    }

    @Test("a name that does not exist") func unknown() async throws {
        #expect(try await dial(host: "nowhere.invalid") == #"unknownHost("nowhere.invalid")"#)
    }

    @Test("an address that is not wanted is not tried") func forbidden() async throws {
        #expect(try await dial { _ in true }.hasPrefix("forbidden("))
    }

    @Test("a name is looked up, and its addresses are tried until one answers") func names() async throws {
        let group = try LoopGroup(count: 1)
        let settings = Listener.Settings(pause: .seconds(1)) { _ in }
        let listener = try await Listener.bind(host: "127.0.0.1", port: 0, backlog: 4, on: group, settings)
        let port = try #require(listener.localAddress?.port)
        await listener.accept()
        let end = try await Dialled.to(host: "localhost", port: port, on: group.loops[0]).get()
        #expect(try await end.on { $0.remoteAddress?.ipAddress } == "127.0.0.1")
        await listener.close()
        try await group.shutdownGracefully()
    }

    @Test("who is silent is given up in time") func silent() async throws {
        // A listener whose queue is full answers nobody.
        let group = try LoopGroup(count: 1)
        let settings = Listener.Settings(pause: .seconds(1)) { _ in }
        let listener = try await Listener.bind(host: "127.0.0.1", port: 0, backlog: 0, on: group, settings)
        let port = try #require(listener.localAddress?.port)
        var results: [String] = []
        for _ in 0..<4 where results.last != "timedOut" {
            results.append(try await dial(port: port, timeout: .seconds(1)))
        }
        #expect(results.last == "timedOut", "\(results)")
        await listener.close()
        try await group.shutdownGracefully()
    }

    @Test("who has given up hears nothing more") func givenUp() async throws {
        let group = try LoopGroup(count: 1)
        let loop = group.loops[0]
        let heard = Mutex(0)
        for host in ["127.0.0.1", "localhost", "nowhere.invalid"] {
            try await loop.submit {
                let settings = Dial.Settings(timeout: .seconds(1))
                Dial.begin(host: host, port: 1, on: loop, settings) { _ in heard.withLock { $0 += 1 } }.giveUp()
            }.get()
        }
        _ = await Dialled.to(host: "nowhere.invalid", port: 1, on: loop)
        #expect(heard.withLock { $0 } == 0)
        try await group.shutdownGracefully()
    }
}

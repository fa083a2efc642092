// Ports for servers that can't choose one themselves.
// Must not hold a port: whoever asked binds it, soon.

import NIOCore
import NIOPosix
import Synchronization

enum Port {
    private static let given = Mutex<Set<Int>>([])

    /// A port of the loopback address that was free a moment ago, outside the range from which the system picks, and
    /// that no other test gets.
    static func free() async throws -> Int {
        for _ in 0..<100 {
            let port = Int.random(in: 10_000..<32_000)
            guard given.withLock({ $0.insert(port).inserted }) else { continue }
            let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            if let channel = try? await bootstrap.bind(host: "127.0.0.1", port: port).get() {
                try await channel.close()
                return port
            }
        }
        throw TooLate(what: "a free port")
    }
}

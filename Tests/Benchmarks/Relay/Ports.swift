// Ports of the loopback interface, tried by connecting to them.
// Must not hold one: whoever asked binds it, soon. The kernel's own table takes long to read behind thousands of sessions.

import NIOCore
import Transport

struct Ports: Sendable {
    private let group: LoopGroup

    init() throws { group = try LoopGroup(count: 1) }

    /// One on which nobody listens, outside the range from which the system picks.
    func free() async -> Int {
        while true {
            let port = Int.random(in: 10_000..<32_000)
            if await !isListening(port) { return port }
        }
    }

    func isListening(_ port: Int) async -> Bool {
        let loop = group.loops[0]
        return await withCheckedContinuation { continuation in
            loop.execute {
                let attempt = Attempt()
                attempt.dial = .begin(host: "127.0.0.1", port: port, on: loop, .init(timeout: .seconds(1))) { result in
                    attempt.dial = nil
                    let connection = try? result.get()
                    connection?.abort()
                    continuation.resume(returning: connection != nil)
                }
            }
        }
    }

    /// Keeps a dial until it is over.
    private final class Attempt {
        var dial: Dial?
    }
}

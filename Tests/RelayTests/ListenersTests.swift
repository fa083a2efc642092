// Listeners that fail or can't be bound: what there was comes back.
// Must not accept anybody.

import Logging
import NIOCore
import NIOPosix
import Synchronization
import Testing
import Transport

@testable import Relay

@Suite(.timeLimit(.minutes(5))) struct ListenersTests {
    /// Binds for real, and remembers what it was asked.
    private final class Binder: Sendable {
        struct Refused: Error {}

        let group: LoopGroup
        let listeners = Mutex<[(number: Int, listener: Listener)]>([])
        /// Ports that can't be had.
        let refused = Mutex<Set<Int>>([])

        init() throws { group = try LoopGroup(count: 1) }

        @Sendable func bind(
            _ number: Int,
            _ setting: RelayConfiguration.Listener,
            _ failed: @escaping @Sendable () -> Void
        ) async throws -> Listener {
            if refused.withLock({ $0.contains(setting.port) }) {
                throw IOError(errnoCode: EADDRINUSE, reason: "bind")
            }
            let settings = Listener.Settings(pause: .seconds(1), failed: { _ in failed() }, accepted: { $0.abort() })
            let listener = try await Listener.bind(
                host: setting.host,
                port: setting.port,
                backlog: 16,
                on: group,
                settings
            )
            listeners.withLock { $0.append((number, listener)) }
            return listener
        }

        var count: Int { listeners.withLock { $0.count } }
        var open: [Int] { listeners.withLock { $0.filter(\.listener.isOpen).map(\.number) } }
    }

    private func listeners(_ binder: Binder) -> Listeners {
        Listeners(pause: .milliseconds(1), clock: ContinuousClock(), log: Logger(label: "test"), bind: binder.bind)
    }

    private let any = RelayConfiguration.Listener(host: "127.0.0.1", port: 0)

    @Test("a listener that fails by itself is bound again, at the port that it had")
    func failed() async throws {
        let binder = try Binder()
        let listeners = listeners(binder)
        let plan = try await listeners.plan([any])
        await listeners.carryOut(plan)
        let before = binder.listeners.withLock { $0[0].listener }
        await before.close()
        await listeners.failed(0)
        try await Peer.wait(for: "another socket") { binder.count == 2 }
        #expect(binder.listeners.withLock { $0[1].listener.localAddress } == before.localAddress)
        #expect(binder.listeners.withLock { $0[1].number } == 0)
        await listeners.end()
        #expect(binder.open.isEmpty)
        try await binder.group.shutdownGracefully()
    }

    @Test("a change that fails closes what it has bound, and what it had to close is bound again")
    func refused() async throws {
        let binder = try Binder()
        let listeners = listeners(binder)
        let port = try await LoopbackRelay.freePort()
        let old = RelayConfiguration.Listener(host: "127.0.0.1", port: port)
        await listeners.carryOut(try await listeners.plan([old]))
        // The wildcard is in the way of the address, and cannot be had even when that is closed.
        let wildcard = RelayConfiguration.Listener(host: "0.0.0.0", port: port)
        let taken = RelayConfiguration.Listener(host: "127.0.0.1", port: 1)
        binder.refused.withLock { $0 = [1] }
        await #expect(throws: Relay.ListenError.self) { try await listeners.plan([any, wildcard, taken]) }
        try await Peer.wait(for: "the old listener") { binder.open == [0] }
        await listeners.end()
        #expect(binder.open.isEmpty)
        try await binder.group.shutdownGracefully()
    }

    @Test("an address that stays keeps its socket, and one port 0 is not another")
    func kept() async throws {
        let binder = try Binder()
        let listeners = listeners(binder)
        await listeners.carryOut(try await listeners.plan([any, any]))
        var changed = any
        changed.encryption = .starttls
        let plan = try await listeners.plan([any, changed, any])
        #expect(plan.all.map(\.number) == [0, 1, 2] && plan.fresh.map(\.number) == [2] && plan.gone.isEmpty)
        #expect(plan.all[1].setting.encryption == .starttls)
        await listeners.carryOut(plan)
        await listeners.carryOut(try await listeners.plan([any]))
        #expect(binder.open == [0])
        await listeners.end()
    }

    @Test("what is planned when the relay ends does not stay open")
    func endsMeanwhile() async throws {
        let binder = try Binder()
        let listeners = listeners(binder)
        let plan = try await listeners.plan([any])
        await listeners.end()
        await listeners.carryOut(plan)
        #expect(binder.open.isEmpty)
    }
}

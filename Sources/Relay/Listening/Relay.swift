// The relay as a service: binds the listeners, gives each client a session, reloads, and ends without losing anything.
// Must not speak POP3 or read settings.

package import Audit
package import Filtering
package import Logging
package import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization

/// Listeners and the sessions behind them.
package final class Relay: Service {
    /// A listener can't be bound.
    package struct ListenError: Error, CustomStringConvertible {
        package let address: String
        package let reason: String

        package var description: String { "can't listen on \(address): \(reason)" }
    }

    /// A reload asks for listeners other than those that are bound.
    package struct ListenersChangedError: Error, CustomStringConvertible {
        package var description: String { "listeners can't change while the relay runs; restart it for that" }
    }

    private let group: any EventLoopGroup
    private let state: RelayState
    private let log: Logger
    private let current: Mutex<(configuration: RelayConfiguration, ruleSet: RuleSet)>
    private let started: @Sendable ([String]) -> Void

    /// - Parameter started: called once with the addresses that the listeners have got, in the order of the settings.
    package init(
        configuration: RelayConfiguration,
        ruleSet: RuleSet,
        audit: AuditLog,
        limits: RelayLimits = RelayLimits(),
        group: any EventLoopGroup,
        log: Logger,
        started: @escaping @Sendable ([String]) -> Void = { _ in }
    ) {
        self.group = group
        self.log = log
        self.started = started
        state = RelayState(audit: audit, limits: limits)
        current = Mutex((configuration, ruleSet))
    }

    /// Serves until a graceful shutdown is asked for, then until the sessions have come to a point where they can end.
    package func run() async throws {
        let loops = try await makeLoops()
        let channels: [any Channel]
        do {
            channels = try await listen(loops)
        } catch {
            await stop(loops)
            throw error
        }
        state.listens(on: channels.compactMap(\.localAddress))
        loopsInUse.withLock { $0 = loops }
        let names = channels.compactMap { $0.localAddress?.hostAndPort }
        for loop in loops {
            try await loop.eventLoop.submit { loop.context.value.listenerNames = names }.get()
        }
        started(names)
        try? await gracefulShutdown()
        for channel in channels { try? await channel.close() }
        await drain(loops)
        await stop(loops)
    }

    /// New settings, rules and certificates, for what comes from now on; no session is dropped. The addresses of the
    /// listeners stay what they were.
    package func reload(configuration: RelayConfiguration, ruleSet: RuleSet) async throws {
        try current.withLock { current in
            let bound = current.configuration.listeners
            guard bound.map(\.description) == configuration.listeners.map(\.description),
                bound.map(\.encryption) == configuration.listeners.map(\.encryption)
            else { throw ListenersChangedError() }
            current = (configuration, ruleSet)
        }
        for loop in loopsInUse.withLock({ $0 }) {
            try await loop.eventLoop.submit {
                loop.context.value.configuration = configuration
                loop.context.value.ruleSet = ruleSet.copy()
            }.get()
        }
    }

    /// Sessions since the start.
    package var sessionsServed: Int { state.sessionsServed }
    /// Sessions that had to be cut off at the end, because what was owed to them took too long.
    package var sessionsCut: Int { cut.load(ordering: .relaxed) }
    private let cut = Atomic<Int>(0)

    // MARK: Event loops

    private struct Loop: Sendable {
        let eventLoop: any EventLoop
        let context: NIOLoopBound<LoopContext>
    }

    private let loopsInUse = Mutex<[Loop]>([])

    private func makeLoops() async throws -> [Loop] {
        let (configuration, ruleSet) = current.withLock { $0 }
        var loops: [Loop] = []
        for eventLoop in group.makeIterator() {
            let context = try await eventLoop.submit { [state, log] in
                let context = LoopContext(
                    eventLoop: eventLoop,
                    shared: state,
                    configuration: configuration,
                    ruleSet: ruleSet.copy(),
                    log: log
                )
                context.start()
                return NIOLoopBound(context, eventLoop: eventLoop)
            }.get()
            loops.append(Loop(eventLoop: eventLoop, context: context))
        }
        return loops
    }

    private func stop(_ loops: [Loop]) async {
        for loop in loops {
            try? await loop.eventLoop.submit { loop.context.value.stop() }.get()
        }
    }

    /// Sessions end as soon as nothing is owed to them, and after a while anyway.
    private func drain(_ loops: [Loop]) async {
        for loop in loops {
            try? await loop.eventLoop.submit { loop.context.value.beginDraining() }.get()
        }
        let deadline = ContinuousClock.now + .seconds(30)
        while state.sessions > 0, ContinuousClock.now < deadline, !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(20))
        }
        cut.store(state.sessions, ordering: .relaxed)
        for loop in loops {
            try? await loop.eventLoop.submit { loop.context.value.shutDownSessions() }.get()
        }
    }

    // MARK: Listening

    private func listen(_ loops: [Loop]) async throws -> [any Channel] {
        let listeners = current.withLock { $0.configuration.listeners }
        var channels: [any Channel] = []
        for (index, listener) in listeners.enumerated() {
            do {
                channels.append(try await bootstrap(index, loops).bind(host: listener.host, port: listener.port).get())
            } catch {
                for channel in channels { try? await channel.close() }
                throw ListenError(address: listener.description, reason: NetworkReason(error).description)
            }
        }
        return channels
    }

    private func bootstrap(_ listener: Int, _ loops: [Loop]) -> ServerBootstrap {
        let contexts = Dictionary(uniqueKeysWithValues: loops.map { (ObjectIdentifier($0.eventLoop), $0.context) })
        let limits = state.limits
        return ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 4096)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let context = contexts[ObjectIdentifier(channel.eventLoop)] else { return }
                    try channel.prepareForSession(limits, backlog: limits.clientBacklog)
                    // A client that has said all may go on listening.
                    try channel.syncOptions?.setOption(.allowRemoteHalfClosure, value: true)
                    try context.value.accept(channel, listener: listener)
                }
            }
    }
}

extension SocketAddress {
    /// `127.0.0.1:110`, `[::1]:110`.
    fileprivate var hostAndPort: String? {
        guard let ipAddress, let port else { return nil }
        return ipAddress.contains(":") ? "[\(ipAddress)]:\(port)" : "\(ipAddress):\(port)"
    }
}

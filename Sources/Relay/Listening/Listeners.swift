// The listeners that are bound, and how a reload changes them.
// Must not accept anybody by itself: whoever binds says when.

import Glibc
import Logging
import NIOCore
import Transport

/// Which addresses the relay listens on.
actor Listeners {
    /// A listener that is bound.
    struct Bound: Sendable {
        /// Never used for another one.
        let number: Int
        var setting: RelayConfiguration.Listener
        var listener: Listener
        /// With the port that the system chose.
        var localAddress: SocketAddress? { listener.localAddress }

        /// `127.0.0.1:110`, `[::1]:110`.
        var address: String { localAddress?.hostAndPort ?? setting.description }
    }

    /// What a change comes to. Nothing of it is in force: the new ones do not accept yet, the old ones still do.
    struct Plan: Sendable {
        /// In the order of the settings.
        var all: [Bound] = []
        var fresh: [Bound] = []
        var gone: [Bound] = []
    }

    /// Binds an address; nobody is accepted before that is asked for. `failed` is called should the listener end by itself.
    typealias Bind =
        @Sendable (
            _ number: Int,
            _ setting: RelayConfiguration.Listener,
            _ failed: @escaping @Sendable () -> Void
        ) async throws -> Listener

    private let bind: Bind
    private let inherited: InheritedSockets?
    private let log: Logger
    private let pause: Duration
    private let clock: any Clock<Duration>
    private var bound: [Bound] = []
    private var nextNumber = 0
    private var hasEnded = false

    /// - Parameter inherited: sockets that must not be left without a listener
    init(
        pause: Duration,
        clock: any Clock<Duration>,
        inherited: InheritedSockets? = nil,
        log: Logger,
        bind: @escaping Bind
    ) {
        self.inherited = inherited
        self.pause = pause
        self.clock = clock
        self.log = log
        self.bind = bind
    }

    /// Binds what is new. An address that stays keeps its socket, also where its encryption or certificate is another.
    ///
    /// - Throws: `Relay.ListenError`; everything is as it was then
    func plan(_ settings: [RelayConfiguration.Listener]) async throws -> Plan {
        var plan = Plan(gone: bound)
        var closed: [Bound] = []
        do {
            for (index, setting) in settings.enumerated() {
                // The same address may be there twice: port 0 is a port of its own each time.
                if let old = plan.gone.firstIndex(where: { $0.setting.description == setting.description }) {
                    var kept = plan.gone.remove(at: old)
                    kept.setting = setting
                    plan.all.append(kept)
                } else {
                    let later = settings[(index + 1)...].map(\.description)
                    let isFree = { (old: Bound) in !later.contains(old.setting.description) }
                    let fresh = try await open(setting, insteadOf: plan.gone.filter(isFree), &closed)
                    plan.all.append(fresh)
                    plan.fresh.append(fresh)
                }
            }
            try checkInherited(plan)
        } catch {
            for bound in plan.fresh { await bound.listener.close() }
            for bound in closed { Task { await openAgain(bound) } }
            throw error
        }
        return plan
    }

    /// Carries a plan out: new listeners accept, those that are gone are closed.
    func carryOut(_ plan: Plan) async {
        guard !hasEnded else {
            for bound in plan.fresh { await bound.listener.close() }
            return
        }
        // One that has failed and was opened again meanwhile has another socket.
        let current = bound
        bound = plan.all.map { kept in
            var kept = kept
            if let now = current.first(where: { $0.number == kept.number }) { kept.listener = now.listener }
            return kept
        }
        for bound in plan.gone { await bound.listener.close() }
        for bound in plan.fresh { await bound.listener.accept() }
    }

    /// Those that are open.
    var addresses: [String] { bound.map(\.address) }

    /// Their sockets by other numbers, which are the caller's to close.
    func duplicates() -> [CInt] { bound.compactMap { $0.listener.duplicate() } }

    /// Closes all of them for good.
    func end() async {
        hasEnded = true
        let last = bound
        bound = []
        for bound in last { await bound.listener.close() }
        inherited?.giveUp()
    }

    /// The clients of a socket on which nobody listens any more would wait for ever.
    private func checkInherited(_ plan: Plan) throws(Relay.ListenError) {
        guard let left = inherited?.unclaimed(by: plan.all.compactMap(\.localAddress)) else { return }
        throw .unclaimed(address: left.address.hostAndPort ?? "\(left.address)", name: left.name)
    }

    // MARK: One listener

    /// Where an old listener is in the way (a wildcard and an address on one port), it is closed first.
    private func open(
        _ setting: RelayConfiguration.Listener,
        insteadOf old: [Bound],
        _ closed: inout [Bound]
    ) async throws -> Bound {
        do {
            return try await open(setting)
        } catch let error as IOError where error.errnoCode == EADDRINUSE {
            let inTheWay = old.filter { $0.setting.port == setting.port && setting.port != 0 }
            guard !inTheWay.isEmpty else { throw listenError(setting, error) }
            for old in inTheWay {
                bound.removeAll { $0.number == old.number }
                await old.listener.close()
            }
            closed += inTheWay
            do {
                return try await open(setting)
            } catch {
                throw listenError(setting, error)
            }
        } catch {
            throw listenError(setting, error)
        }
    }

    private func open(_ setting: RelayConfiguration.Listener) async throws -> Bound {
        let number = nextNumber
        nextNumber += 1
        let listener = try await bind(number, setting) { [weak self] in self?.hasFailed(number) }
        return Bound(number: number, setting: setting, listener: listener)
    }

    private func listenError(_ setting: RelayConfiguration.Listener, _ error: any Error) -> Relay.ListenError {
        .refused(
            address: setting.description,
            reason: NetworkReason(error).description,
            code: (error as? IOError)?.errnoCode
        )
    }

    private nonisolated func hasFailed(_ number: Int) {
        Task { await failed(number) }
    }

    /// The kernel reports errors of a network that is gone on the listening socket.
    func failed(_ number: Int) async {
        guard !hasEnded, let failed = bound.first(where: { $0.number == number }) else { return }
        log.error("a listener has failed and is opened again", metadata: ["address": "\(failed.address)"])
        await openAgain(failed)
    }

    /// As often as it takes, unless it is not wanted any more.
    private func openAgain(_ old: Bound) async {
        bound.removeAll { $0.number == old.number }
        var setting = old.setting
        setting.port = old.localAddress?.port ?? setting.port
        while !hasEnded, !Task.isCancelled {
            let opened = try? await bind(old.number, setting) { [weak self] in self?.hasFailed(old.number) }
            if let opened {
                guard !hasEnded else {
                    await opened.close()
                    return
                }
                var again = old
                again.listener = opened
                bound.append(again)
                log.notice("the listener is open again", metadata: ["address": "\(old.address)"])
                return await opened.accept()
            }
            try? await clock.sleep(for: pause)
        }
    }
}

extension SocketAddress {
    /// What the audit log calls a client that comes by a Unix socket: its kernel knows no address of it.
    static let unixName = "unix"

    /// The IP address.
    var name: String {
        if case .unixDomainSocket = self { return Self.unixName }
        return ipAddress ?? ""
    }

    /// `127.0.0.1:110`, `[::1]:110`.
    var hostAndPort: String? {
        guard let ipAddress, let port else { return nil }
        return ipAddress.contains(":") ? "[\(ipAddress)]:\(port)" : "\(ipAddress):\(port)"
    }
}

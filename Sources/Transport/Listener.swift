// A socket that clients connect to: all loops wait for them, and one takes each.
// Must not serve anybody: whoever listens does.

import Glibc
package import NIOCore
import Synchronization

/// Listens on an address until it is closed.
///
/// One socket for all loops, not one for each (`SO_REUSEPORT`): a loop that is busy keeps nobody waiting, and a second relay
/// on the same address is an error and not half of the clients.
package final class Listener: Sendable {
    /// What is done with clients.
    package struct Settings: Sendable {
        /// Whether there is room for one more; if not, the listener pauses.
        package var hasRoom: @Sendable () -> Bool
        /// One more client has been taken.
        package var taken: @Sendable () -> Void
        /// On the loop of the connection, which has no owner yet.
        package var accepted: @Sendable (Connection) -> Void
        /// No client could be accepted for want of something; the listener pauses.
        package var isShort: @Sendable (IOError) -> Void
        /// The listener has ended by itself.
        package var failed: @Sendable (IOError) -> Void
        /// How long it pauses.
        package var pause: TimeAmount

        package init(
            pause: TimeAmount,
            hasRoom: @escaping @Sendable () -> Bool = { true },
            taken: @escaping @Sendable () -> Void = {},
            isShort: @escaping @Sendable (IOError) -> Void = { _ in },
            failed: @escaping @Sendable (IOError) -> Void = { _ in },
            accepted: @escaping @Sendable (Connection) -> Void
        ) {
            self.pause = pause
            self.hasRoom = hasRoom
            self.taken = taken
            self.isShort = isShort
            self.failed = failed
            self.accepted = accepted
        }
    }

    private enum Phase {
        case bound
        case accepting([NIOLoopBound<ListenerPort>])
        case closed
    }

    private let socket: Socket
    private let group: LoopGroup
    private let settings: Settings
    private let phase = Mutex(Phase.bound)
    package let localAddress: SocketAddress?
    /// Of a Unix socket; goes with it, unless another process has the socket, too.
    private let file: SocketFile?
    private let isShared = Atomic<Bool>(false)

    /// Binds a Unix socket; nobody is accepted before `accept`.
    ///
    /// - Parameters:
    ///   - mode: who may connect, as chmod(2) has it
    ///   - inherited: where one of them listens there already, it is used
    package static func bind(
        path: String,
        mode: UInt32,
        backlog: Int,
        inherited: InheritedSockets? = nil,
        on group: LoopGroup,
        _ settings: Settings
    ) throws -> Listener {
        let address = try SocketAddress(unixDomainSocketPath: path)
        if let socket = try inherited?.socket(at: address) {
            return Listener(on: socket, group, settings, file: inherited?.areOwn == true ? SocketFile(at: path) : nil)
        }
        try SocketFile.makeRoom(at: address)
        let socket = try Socket(listeningOn: address, backlog: backlog, mode: mode_t(mode))
        return Listener(on: socket, group, settings, file: SocketFile(at: path))
    }

    /// Binds an address; nobody is accepted before `accept`.
    ///
    /// - Parameters:
    ///   - host: an address, or a name whose first address is taken
    ///   - inherited: where one of them listens there already, it is used
    package static func bind(
        host: String,
        port: Int,
        backlog: Int,
        inherited: InheritedSockets? = nil,
        on group: LoopGroup,
        _ settings: Settings
    ) async throws -> Listener {
        let address: SocketAddress
        if let numeric = try? SocketAddress(ipAddress: host, port: port) {
            address = numeric
        } else {
            let loop = group.loops[0]
            let found = await withCheckedContinuation { continuation in
                group.resolver.resolve(host: host, port: port, on: loop) { continuation.resume(returning: $0) }
            }
            guard let first = try found.get().first else { throw DialError.unknownHost(host) }
            address = first
        }
        let socket = try inherited?.socket(at: address) ?? Socket(listeningOn: address, backlog: backlog)
        return Listener(on: socket, group, settings)
    }

    private init(on socket: Socket, _ group: LoopGroup, _ settings: Settings, file: SocketFile? = nil) {
        self.file = file
        self.socket = socket
        localAddress = socket.localAddress
        self.group = group
        self.settings = settings
    }

    /// Lets clients in.
    package func accept() async {
        var ports: [NIOLoopBound<ListenerPort>] = []
        for loop in group.loops {
            let port = try? await loop.submit { [self] in
                let port = ListenerPort(of: socket, on: loop, group, settings) { self.fail($0) }
                return NIOLoopBound(port, eventLoop: loop)
            }.get()
            if let port { ports.append(port) }
        }
        let isWanted = phase.withLock { phase in
            guard case .bound = phase else { return false }
            phase = .accepting(ports)
            return true
        }
        guard isWanted else { return }
        for port in ports { port.eventLoop.execute { port.value.open() } }
    }

    /// The same socket by another number, which is the caller's to close; nil where it listens no more.
    package func duplicate() -> CInt? {
        phase.withLock { phase in
            if case .closed = phase { return nil }
            let copy = fcntl(socket.descriptor, F_DUPFD_CLOEXEC, 3)
            if copy >= 0 { isShared.store(true, ordering: .relaxed) }
            return copy < 0 ? nil : copy
        }
    }

    package var isOpen: Bool {
        phase.withLock { phase in
            if case .closed = phase { false } else { true }
        }
    }

    /// Nobody is accepted any more once this has returned.
    ///
    /// - Returns: whether it was open
    @discardableResult
    package func close() async -> Bool {
        let before = phase.withLock { phase in
            defer { phase = .closed }
            return phase
        }
        switch before {
        case .closed: return false
        case .bound: break
        case .accepting(let ports):
            for port in ports { try? await port.eventLoop.submit { port.value.close() }.get() }
        }
        socket.close()
        if !isShared.load(ordering: .relaxed) { file?.remove() }
        return true
    }

    /// Every loop finds out by itself.
    private func fail(_ error: IOError) {
        Task {
            if await close() { settings.failed(error) }
        }
    }
}

extension Socket {
    fileprivate init(listeningOn address: SocketAddress, backlog: Int, mode: mode_t? = nil) throws(IOError) {
        try self.init(family: address.family)
        do throws(IOError) {
            try bind(to: address, backlog: CInt(backlog), mode: mode)
        } catch {
            close()
            throw error
        }
    }
}

// A listening socket beside the relay's own, for few and short connections: the control socket's and the metrics'.
// Must not know what is said; nor take the event loops of sessions.

import Glibc
import NIOCore
import NIOPosix
import Synchronization

/// Accepts until it is closed, and closes its connections then.
final class LocalServer: Sendable {
    private let channel: any Channel
    private let connections: Connections

    private init(_ channel: any Channel, _ connections: Connections) {
        self.channel = channel
        self.connections = connections
    }

    var localAddress: SocketAddress? { channel.localAddress }

    /// - Parameters:
    ///   - most: connections at once; one more, and the oldest goes whose request has not come, or else the new one
    ///   - begin: puts its handlers into the pipeline of a connection, on its event loop; they say when a request has come
    static func bind(
        to address: SocketAddress,
        on group: any EventLoopGroup,
        most: Int,
        _ begin: @escaping @Sendable (any Channel, Seat) throws -> Void
    ) async throws -> LocalServer {
        let connections = Connections(most: most)
        let channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 16)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(AcceptPause()) }
            }
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let seat = connections.take(channel) else { throw ChannelError.operationUnsupported }
                    try begin(channel, seat)
                }
            }
            .bind(to: address).get()
        return LocalServer(channel, connections)
    }

    /// Its connections go on.
    func stopAccepting() async { try? await channel.close().get() }

    /// Lets connections come to their own end first, for a while.
    func closeSoon(_ patience: Duration) async {
        await stopAccepting()
        let end = ContinuousClock.now + patience
        while !connections.all.isEmpty, ContinuousClock.now < end { try? await Task.sleep(for: .milliseconds(10)) }
        await close()
    }

    func close() async {
        await stopAccepting()
        for connection in connections.all { try? await connection.close().get() }
    }
}

/// A connection's place among those of its server.
struct Seat: Sendable {
    fileprivate let id: ObjectIdentifier
    fileprivate let connections: Connections

    /// It is answered: nobody takes its place any more.
    func requestCame() { connections.requestCame(id) }
}

/// Those of one server, the oldest first.
private final class Connections: Sendable {
    private struct Entry {
        let id: ObjectIdentifier
        let channel: any Channel
        /// Its request has not come.
        var isWaiting = true
    }

    private let most: Int
    private let open = Mutex<[Entry]>([])

    init(most: Int) { self.most = most }

    var all: [any Channel] { open.withLock { $0.map(\.channel) } }

    /// Nil where there is no room for it; it gives its place back when it is closed.
    func take(_ channel: any Channel) -> Seat? {
        let id = ObjectIdentifier(channel)
        let (isTaken, evicted) = open.withLock { open -> (Bool, (any Channel)?) in
            var evicted: (any Channel)?
            if open.count >= most {
                // Whoever says nothing must not keep others out.
                guard let oldest = open.firstIndex(where: \.isWaiting) else { return (false, nil) }
                evicted = open.remove(at: oldest).channel
            }
            open.append(Entry(id: id, channel: channel))
            return (true, evicted)
        }
        evicted?.close(promise: nil)
        guard isTaken else { return nil }
        channel.closeFuture.whenComplete { [self] _ in open.withLock { $0.removeAll { $0.id == id } } }
        return Seat(id: id, connections: self)
    }

    func requestCame(_ id: ObjectIdentifier) {
        open.withLock { open in
            if let index = open.firstIndex(where: { $0.id == id }) { open[index].isWaiting = false }
        }
    }
}

/// Where open files have run out, it is no use to try at once again: whoever waits is told by the kernel on and on.
private final class AcceptPause: ChannelInboundHandler {
    typealias InboundIn = any Channel

    private static let pause = TimeAmount.milliseconds(250)

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains((error as? IOError)?.errnoCode) else {
            return context.fireErrorCaught(error)
        }
        let channel = context.channel
        channel.setOption(.autoRead, value: false).whenComplete { _ in
            channel.eventLoop.scheduleTask(in: Self.pause) { channel.setOption(.autoRead, value: true) }
        }
    }
}

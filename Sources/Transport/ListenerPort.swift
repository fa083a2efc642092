// A listener as one loop sees it: takes the next clients, or waits until there is room for them.
// Must not close the listener's socket.

import Glibc
import NIOCore
import Synchronization

/// Belongs to its loop's thread.
final class ListenerPort {
    private let socket: Socket
    private let loop: Loop
    private let group: LoopGroup
    private let settings: Listener.Settings
    private let failed: (IOError) -> Void
    private var isOpen = false
    /// For good: its socket is closed, and the number another's.
    private var isClosed = false
    private var pause: LoopTimer?

    init(
        of socket: Socket,
        on loop: Loop,
        _ group: LoopGroup,
        _ settings: Listener.Settings,
        failed: @escaping (IOError) -> Void
    ) {
        self.socket = socket
        self.loop = loop
        self.group = group
        self.settings = settings
        self.failed = failed
    }

    func open() {
        // Whoever closes the listener may have been quicker.
        guard !isClosed else { return }
        isOpen = true
        watch()
    }

    func close() {
        guard !isClosed else { return }
        isClosed = true
        if let pause { pause.cancel() } else if isOpen { loop.poll.remove(socket.descriptor) }
        isOpen = false
        pause = nil
    }

    private func watch() {
        pause = nil
        guard isOpen else { return }
        do throws(IOError) {
            try loop.poll.add(self, socket.descriptor, for: EventPoll.listener)
        } catch {
            settings.isShort(error)
            pauses()
        }
    }

    /// Clients wait in the kernel meanwhile. Without a pause the loop would be asked to accept again at once, for ever.
    private func pauses() {
        loop.poll.remove(socket.descriptor)
        pause = loop.after(settings.pause) { [weak self] in self?.watch() }
    }

    private func take(_ accepted: Socket, _ address: SocketAddress?) {
        settings.taken()
        let quietest = group.quietest(instead: loop)
        guard quietest !== loop else { return Self.begin(accepted, address, on: loop, settings) }
        quietest.execute { [settings] in Self.begin(accepted, address, on: quietest, settings) }
    }

    private static func begin(
        _ socket: Socket,
        _ address: SocketAddress?,
        on loop: Loop,
        _ settings: Listener.Settings
    ) {
        let connection = Connection(socket, remoteAddress: address, on: loop, allowsHalfClosure: true)
        // First, since whoever is given it may close it at once: its number is another's then.
        do throws(IOError) {
            try loop.poll.add(connection, socket.descriptor, for: EventPoll.stream)
        } catch {
            connection.endLater(error)
        }
        settings.accepted(connection)
    }
}

extension ListenerPort: EventSource {
    func ready(_ readiness: Readiness) {
        guard isOpen, pause == nil else { return }
        guard settings.hasRoom() else { return pauses() }
        // One at a time: as long as there are more, the poll says so again, and nearly always there are none.
        switch socket.accept() {
        case .success(let (accepted, address)): take(accepted, address)
        case .failure(let error): refused(error)
        }
    }

    /// Its socket is the listener's to close.
    func loopEnded() { isOpen = false }

    private func refused(_ error: IOError) {
        switch error.errnoCode {
        // Another loop was quicker; or the client has gone while it waited, or its network (accept(2)).
        case EAGAIN, EWOULDBLOCK, ECONNABORTED, EPROTO, ETIMEDOUT, ENETDOWN, ENOPROTOOPT, EHOSTDOWN, ENONET,
            EHOSTUNREACH, ENETUNREACH:
            break
        // It is no socket that listens.
        case EBADF, EFAULT, EINVAL, ENOTSOCK:
            close()
            failed(error)
        // Files or memory are wanting; or nobody knows, and the client may still be the next one.
        default:
            settings.isShort(error)
            pauses()
        }
    }
}

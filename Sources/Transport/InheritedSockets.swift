// Sockets on which somebody else listened before this process did: the service manager, or the process before it.
// Must not know how they came here: whoever starts the program does.

import Glibc
package import NIOCore
import Synchronization

/// Listening sockets that are there already. A listener on the address of one takes it instead of a socket of its own.
///
/// They stay open when a listener closes, for the next one on that address, until all of them are given up.
package final class InheritedSockets: Sendable {
    /// A descriptor is not what was promised.
    package struct Unusable: Error, Equatable, CustomStringConvertible {
        package let descriptor: CInt
        package let reason: String

        package var description: String { "the inherited descriptor \(descriptor) \(reason)" }
    }

    /// One of them.
    package struct Inherited: Sendable {
        let socket: Socket
        package let address: SocketAddress
        /// What whoever has opened it calls it.
        package let name: String?
    }

    private let open: Mutex<[Inherited]>
    private let mustBeUsed: Bool

    /// Takes them over. No program that is started later gets them.
    ///
    /// - Parameter mustBeUsed: whoever has opened them keeps them open, so that nobody else ever will answer there
    package init(_ descriptors: [(number: CInt, name: String?)], mustBeUsed: Bool = true) throws(Unusable) {
        self.mustBeUsed = mustBeUsed
        var taken: [Inherited] = []
        for (number, name) in descriptors {
            let socket = Socket(descriptor: number)
            guard fcntl(number, F_SETFD, FD_CLOEXEC) == 0 else {
                throw Unusable(descriptor: number, reason: "is not open")
            }
            guard socket.option(SOL_SOCKET, SO_TYPE) == CInt(SOCK_STREAM.rawValue), let address = socket.localAddress
            else { throw Unusable(descriptor: number, reason: "is no stream socket") }
            guard socket.option(SOL_SOCKET, SO_ACCEPTCONN) == 1 else {
                throw Unusable(descriptor: number, reason: "does not listen")
            }
            socket.waitsForNobody()
            taken.append(Inherited(socket: socket, address: address, name: name))
        }
        open = Mutex(taken)
    }

    /// A socket of the caller's own, for one that listens on this address; nil if there is none.
    func socket(at address: SocketAddress) throws(IOError) -> Socket? {
        let found = open.withLock { $0.first { $0.address.isSamePlace(as: address) } }
        guard let found else { return nil }
        let copy = fcntl(found.socket.descriptor, F_DUPFD_CLOEXEC, 3)
        guard copy >= 0 else { throw IOError(errnoCode: errno, reason: "fcntl") }
        return Socket(descriptor: copy)
    }

    /// They are this process's alone, and so are the files by which Unix sockets among them are found.
    var areOwn: Bool { !mustBeUsed }

    /// The first on which nobody listens: its clients would wait for ever.
    package func unclaimed(by addresses: [SocketAddress]) -> Inherited? {
        guard mustBeUsed else { return nil }
        return open.withLock { open in
            open.first { inherited in !addresses.contains { $0.isSamePlace(as: inherited.address) } }
        }
    }

    /// Who connects now is refused, unless another process has them, too.
    package func giveUp() {
        let last = open.withLock { open in
            defer { open = [] }
            return open
        }
        for inherited in last { inherited.socket.close() }
    }
}

extension SocketAddress {
    /// Whether both are one address and port, whatever names they were looked up by.
    fileprivate func isSamePlace(as other: SocketAddress) -> Bool {
        ipAddress == other.ipAddress && port == other.port && pathname == other.pathname
    }
}

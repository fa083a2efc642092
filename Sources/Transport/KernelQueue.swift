// What the kernel knows of a connection's peer: how much it has not taken, and how much it ever took.
// Must not write or read. The unsafe calls get pointers to local values that outlive them.

import Glibc
import NIOCore

/// The sending side of a socket, as the kernel sees it.
package struct KernelQueue {
    /// Octets that were handed to the kernel and that the peer has not acknowledged. They are lost when it goes.
    package let unacknowledged: Int
    /// Octets that the peer has acknowledged since the connection began; 0 where the kernel does not tell.
    package let acknowledged: UInt64
    /// The peer can still take something; one that has reset the connection can't, whatever was in the queue.
    package let isOpen: Bool

    /// Where `tcpi_bytes_acked` stands in the kernel's `struct tcp_info`, which the C library knows a part of.
    private static let acknowledgedOffset = 120

    fileprivate init?(_ socket: Socket, isTCP: Bool) {
        var unsent: CInt = 0
        // SIOCOUTQ has the number of TIOCOUTQ.
        guard unsafe ioctl(socket.descriptor, UInt(TIOCOUTQ), &unsent) == 0 else { return nil }
        unacknowledged = Int(unsent)
        // What a Unix socket's peer has read is not counted; that there is less to read shows in the queue.
        guard isTCP else {
            acknowledged = 0
            isOpen = socket.pendingError == 0
            return
        }
        var info = [UInt8](repeating: 0, count: 256)
        var length = socklen_t(info.count)
        guard unsafe getsockopt(socket.descriptor, CInt(IPPROTO_TCP), TCP_INFO, &info, &length) == 0, length > 0 else {
            return nil
        }
        // ESTABLISHED, or CLOSE_WAIT where the peer has closed its half.
        isOpen = [1, 8].contains(info[0])
        guard length >= Self.acknowledgedOffset + 8 else {
            acknowledged = 0
            return
        }
        acknowledged = (0..<8).reversed().reduce(0) { $0 << 8 | UInt64(info[Self.acknowledgedOffset + $1]) }
    }
}

extension Connection {
    /// Nil where the kernel does not tell, or the connection is closed.
    package var kernelQueue: KernelQueue? {
        if case .unixDomainSocket? = remoteAddress { return phase == .closed ? nil : KernelQueue(socket, isTCP: false) }
        return phase == .closed ? nil : KernelQueue(socket, isTCP: true)
    }
}

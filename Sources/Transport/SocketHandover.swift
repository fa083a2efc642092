// Listening sockets on their way to another process of this machine (SCM_RIGHTS, unix(7)).
// Must not decide who gets them: whoever knows the path of the one that waits.

import CLinux
import Glibc
package import NIOCore

/// Waits at a path for the listening sockets of another process.
package final class SocketHandover: Sendable {
    /// The kernel passes no more on at once.
    package static let most = Int(shim_most_descriptors)

    private let descriptor: CInt

    /// - Parameter path: in a folder in which nobody else may write, and where nothing is yet; the caller's to remove
    package init(at path: String) throws(IOError) {
        let address = try Self.address(path)
        let socket = try Self.datagramSocket()
        // Invariant: the address outlives the call and has the size that is said.
        let result = unsafe withUnsafePointer(to: address) { address in
            unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                // Invariant: the same.
                unsafe bind(socket, address, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        let number = errno
        guard result == 0 else {
            close(socket)
            throw IOError(errnoCode: number, reason: "bind")
        }
        descriptor = socket
    }

    deinit { close(descriptor) }

    /// What has been handed over; the caller's to close.
    package func received() throws(IOError) -> [CInt] {
        var descriptors = [CInt](repeating: -1, count: Self.most)
        // Invariant: there is room for as many as one message can have.
        let count = unsafe shim_receive_descriptors(descriptor, &descriptors)
        guard count >= 0 else { throw IOError(errnoCode: errno, reason: "recvmsg") }
        return Array(descriptors.prefix(count))
    }

    /// Hands descriptors to the one that waits at a path; they stay the caller's, too.
    package static func send(_ descriptors: [CInt], to path: String) throws(IOError) {
        guard descriptors.count <= most else { throw IOError(errnoCode: E2BIG, reason: "sendmsg") }
        var address = try address(path)
        let socket = try datagramSocket()
        defer { close(socket) }
        // Invariant: the address and the array outlive the call.
        let count = unsafe shim_send_descriptors(socket, &address, descriptors, descriptors.count)
        guard count >= 0 else { throw IOError(errnoCode: errno, reason: "sendmsg") }
    }

    private static func datagramSocket() throws(IOError) -> CInt {
        let socket = socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { throw IOError(errnoCode: errno, reason: "socket") }
        return socket
    }

    private static func address(_ path: String) throws(IOError) -> sockaddr_un {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let octets = Array(path.utf8) + [0]
        guard octets.count <= MemoryLayout.size(ofValue: address.sun_path) else {
            throw IOError(errnoCode: ENAMETOOLONG, reason: path)
        }
        // Invariant: no more is copied than there is room for.
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: octets) }
        return address
    }
}

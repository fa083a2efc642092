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
    private let path: String

    /// - Parameter path: in a folder in which nobody else may write; what an earlier one has left there is replaced
    package init(at path: String) throws(IOError) {
        self.path = path
        // Invariant: the path outlives the call.
        _ = unsafe unlink(path)
        descriptor = try Self.datagramSocket()
        // Invariant: the address outlives the body.
        let result = try unsafe Self.withAddress(path) { address in
            unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                // Invariant: the address outlives the call and has the size that is said.
                unsafe bind(descriptor, address, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else {
            defer { close(descriptor) }
            throw IOError(errnoCode: errno, reason: "bind")
        }
    }

    deinit {
        close(descriptor)
        // Invariant: the path outlives the call.
        unsafe unlink(path)
    }

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
        let socket = try datagramSocket()
        defer { close(socket) }
        // Invariant: the address outlives the body.
        let count = try unsafe withAddress(path) { address in
            // Invariant: the address and the array outlive the call.
            unsafe shim_send_descriptors(socket, address, descriptors, descriptors.count)
        }
        guard count >= 0 else { throw IOError(errnoCode: errno, reason: "sendmsg") }
    }

    private static func datagramSocket() throws(IOError) -> CInt {
        let socket = socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { throw IOError(errnoCode: errno, reason: "socket") }
        return socket
    }

    private static func withAddress<Result>(
        _ path: String,
        // Invariant: the pointer is good until the body returns.
        _ body: (UnsafePointer<sockaddr_un>) -> Result
    ) throws(IOError) -> Result {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let octets = Array(path.utf8) + [0]
        guard octets.count <= MemoryLayout.size(ofValue: address.sun_path) else {
            throw IOError(errnoCode: ENAMETOOLONG, reason: path)
        }
        // Invariant: no more is copied than there is room for.
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: octets) }
        // Invariant: the value outlives the body.
        return unsafe withUnsafePointer(to: address) { unsafe body($0) }
    }
}

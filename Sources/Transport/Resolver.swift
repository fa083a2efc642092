// Names to addresses, on threads of its own: the system's look-up waits.
// Must not remember what it was told: the system does. The unsafe calls read a list that is freed at the end of the call.

import CLinux
import Glibc
import NIOCore
import NIOPosix
import Synchronization

/// Looks names up, for all loops of a group.
final class Resolver: Sendable {
    private enum Stage {
        case unused
        case started
        case stopped
    }

    private let pool = NIOThreadPool(numberOfThreads: Limits.resolvers)
    private let stage = Mutex(Stage.unused)

    /// - Parameter completion: on the loop; without an address where there is none
    func resolve(
        host: String,
        port: Int,
        on loop: Loop,
        _ completion: @escaping @Sendable ([SocketAddress]) -> Void
    ) {
        let isRunning = stage.withLock { stage in
            guard stage != .stopped else { return false }
            if stage == .unused { pool.start() }
            stage = .started
            return true
        }
        guard isRunning else { return loop.execute { completion([]) } }
        pool.submit { state in
            let found = state == .active ? Self.addresses(of: host, port: port) : []
            loop.execute { completion(found) }
        }
    }

    func stop() {
        let wasRunning = stage.withLock { stage in
            defer { stage = .stopped }
            return stage == .started
        }
        if wasRunning { pool.shutdownGracefully { _ in } }
    }

    /// In the order in which they are to be tried (RFC 6724). Waits.
    static func addresses(of host: String, port: Int) -> [SocketAddress] {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard unsafe getaddrinfo(host, "\(port)", &hints, &list) == 0 else { return [] }
        defer { unsafe freeaddrinfo(list) }
        var found: [SocketAddress] = []
        var next = unsafe list
        while let entry = unsafe next {
            unsafe next = entry.pointee.ai_next
            var storage = sockaddr_storage()
            let size = unsafe min(Int(entry.pointee.ai_addrlen), MemoryLayout<sockaddr_storage>.size)
            guard let address = unsafe entry.pointee.ai_addr else { continue }
            unsafe withUnsafeMutableBytes(of: &storage) {
                unsafe $0.copyMemory(from: UnsafeRawBufferPointer(start: address, count: size))
            }
            if let address = SocketAddress(storage) { found.append(address) }
        }
        return found
    }
}

// Names to addresses, on threads of its own: the system's look-up waits.
// Must not remember what it was told: the system does. The unsafe calls read a list that is freed at the end of the call.

import CLinux
import Glibc
import NIOCore
import NIOPosix
import Synchronization

/// Looks names up, for all loops of a group. Whoever asks for a name that is being looked up waits for the same answer, so
/// that a name which nobody answers for takes one thread, and not all of them from other names.
final class Resolver: Sendable {
    typealias Answer = Result<[SocketAddress], DialError>

    private enum Stage {
        case unused
        case started
        case stopped
    }

    private struct Name: Hashable {
        var host: String
        var port: Int
    }

    private struct Waiter {
        var loop: Loop
        var completion: @Sendable (Answer) -> Void

        func tell(_ answer: Answer) { loop.execute { [completion] in completion(answer) } }
    }

    private struct State {
        var stage = Stage.unused
        /// Who waits for what is being looked up.
        var waiters: [Name: [Waiter]] = [:]
    }

    private let pool = NIOThreadPool(numberOfThreads: Limits.resolvers)
    private let state = Mutex(State())

    /// - Parameter completion: on the loop
    func resolve(
        host: String,
        port: Int,
        on loop: Loop,
        _ completion: @escaping @Sendable (Answer) -> Void
    ) {
        let name = Name(host: host, port: port)
        let waiter = Waiter(loop: loop, completion: completion)
        let isFirst = state.withLock { state -> Bool? in
            guard state.stage != .stopped else { return nil }
            if state.stage == .unused { pool.start() }
            state.stage = .started
            state.waiters[name, default: []].append(waiter)
            return state.waiters[name]?.count == 1
        }
        guard let isFirst else { return waiter.tell(.failure(.nameServiceFailed(host))) }
        guard isFirst else { return }
        pool.submit { [self] work in
            let answer = work == .active ? Self.answer(for: host, port: port) : .failure(.nameServiceFailed(host))
            for waiter in state.withLock({ $0.waiters.removeValue(forKey: name) ?? [] }) { waiter.tell(answer) }
        }
    }

    func stop() {
        let wasRunning = state.withLock { state in
            defer { state.stage = .stopped }
            return state.stage == .started
        }
        if wasRunning { pool.shutdownGracefully { _ in } }
    }

    private static func answer(for host: String, port: Int) -> Answer {
        Result { () throws(DialError) in try addresses(of: host, port: port) }
    }

    /// In the order in which they are to be tried (RFC 6724). Waits.
    static func addresses(of host: String, port: Int) throws(DialError) -> [SocketAddress] {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        switch unsafe getaddrinfo(host, "\(port)", &hints, &list) {
        case 0: break
        // What the name servers have said; all else is that they have not.
        case EAI_NONAME, noAddress: throw .unknownHost(host)
        default: throw .nameServiceFailed(host)
        }
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

    /// `EAI_NODATA`, which is there without the GNU extensions, too: the name exists, and has no address.
    private static let noAddress: CInt = -5
}

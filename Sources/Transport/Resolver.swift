// Names to addresses, on threads of its own: the system's look-up waits.
// Must not remember what it was told: the system does. The unsafe calls read a list that is freed at the end of the call.

import CLinux
import Glibc
import NIOCore
import NIOPosix
import Synchronization

/// Looks names up, for all loops of a group. Whoever asks for a name that is being looked up waits for the same answer, so
/// that a name which nobody answers for takes one thread, and not all of them from other names.
package final class Resolver: Sendable {
    typealias Answer = Result<[SocketAddress], DialError>
    typealias Services = Result<[ServiceRecord], DialError>

    private enum Stage {
        case unused
        case started
        case stopped
    }

    private enum Question: Hashable {
        case addresses(host: String, port: Int)
        case services(String)
    }

    private enum Found {
        case addresses([SocketAddress])
        case services([ServiceRecord])
    }

    private struct Waiter {
        var loop: Loop
        var completion: @Sendable (Result<Found, DialError>) -> Void

        func tell(_ answer: Result<Found, DialError>) { loop.execute { [completion] in completion(answer) } }
    }

    private struct State {
        var stage = Stage.unused
        /// Who waits for what is being looked up.
        var waiters: [Question: [Waiter]] = [:]
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
        let waiter = Waiter(loop: loop) { answer in
            completion(answer.map { if case .addresses(let found) = $0 { found } else { [] } })
        }
        ask(.addresses(host: host, port: port), named: host, waiter)
    }

    /// The servers of a service, in the order of the answer; none where the domain says that it has none.
    func services(_ name: String, on loop: Loop, _ completion: @escaping @Sendable (Services) -> Void) {
        let waiter = Waiter(loop: loop) { answer in
            completion(answer.map { if case .services(let found) = $0 { found } else { [] } })
        }
        ask(.services(name), named: name, waiter)
    }

    private func ask(_ question: Question, named name: String, _ waiter: Waiter) {
        let isFirst = state.withLock { state -> Bool? in
            guard state.stage != .stopped else { return nil }
            if state.stage == .unused { pool.start() }
            state.stage = .started
            state.waiters[question, default: []].append(waiter)
            return state.waiters[question]?.count == 1
        }
        guard let isFirst else { return waiter.tell(.failure(.nameServiceFailed(name))) }
        guard isFirst else { return }
        pool.submit { [self] work in
            let answer = work == .active ? Self.answer(to: question) : .failure(.nameServiceFailed(name))
            for waiter in state.withLock({ $0.waiters.removeValue(forKey: question) ?? [] }) { waiter.tell(answer) }
        }
    }

    func stop() {
        let wasRunning = state.withLock { state in
            defer { state.stage = .stopped }
            return state.stage == .started
        }
        if wasRunning { pool.shutdownGracefully { _ in } }
    }

    private static func answer(to question: Question) -> Result<Found, DialError> {
        do throws(DialError) {
            switch question {
            case .addresses(let host, let port): return .success(.addresses(try addresses(of: host, port: port)))
            case .services(let name): return .success(.services(try servers(of: name)))
            }
        } catch {
            return .failure(error)
        }
    }

    /// What the name servers say of a service (RFC 2782). Waits.
    package static func servers(of name: String) throws(DialError) -> [ServiceRecord] {
        var octets = [UInt8](repeating: 0, count: Limits.serviceAnswer)
        var failure: CInt = 0
        // Invariant: there is room for as many octets as are said.
        let length = unsafe shim_query_services(name, &octets, CInt(octets.count), &failure)
        guard length >= 0 else {
            // HOST_NOT_FOUND and NO_DATA (gethostbyname(3)): they have said that there are none.
            if failure == 1 || failure == 4 { throw .noService(name) }
            throw .nameServiceFailed(name)
        }
        guard case .records(let records) = ServiceAnswer.read(Array(octets.prefix(Int(length)))) else {
            throw .nameServiceFailed(name)
        }
        return records
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

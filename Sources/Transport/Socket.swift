// The system's calls for a socket that never waits, repeated where a signal has interrupted them.
// Must not keep a state. The unsafe calls get pointers to values that outlive them.

import CLinux
import Glibc
import NIOCore

/// A stream socket, of TCP or of this machine. Whoever makes one closes it.
struct Socket {
    /// What a call came to.
    enum Outcome: Equatable {
        /// So many octets.
        case done(Int)
        /// Not now.
        case wouldBlock
        /// The number of an error.
        case failed(CInt)

        fileprivate init(_ result: Int) {
            switch result {
            case 0...: self = .done(result)
            default: self = [EAGAIN, EWOULDBLOCK].contains(errno) ? .wouldBlock : .failed(errno)
            }
        }
    }

    let descriptor: CInt

    init(descriptor: CInt) { self.descriptor = descriptor }

    init(family: CInt) throws(IOError) {
        descriptor = shim_socket(family)
        guard descriptor >= 0 else { throw IOError(errnoCode: errno, reason: "socket") }
    }

    func close() { Glibc.close(descriptor) }

    /// Calls again as long as signals come in between.
    private static func call(_ body: () -> Int) -> Outcome {
        while true {
            let result = body()
            if result >= 0 || errno != EINTR { return Outcome(result) }
        }
    }

    // MARK: Octets

    /// - Parameter area: gets what is read, behind what it has, as far as its memory goes
    func receive(into area: inout ByteBuffer) -> Outcome {
        var outcome = Outcome.wouldBlock
        unsafe area.writeWithUnsafeMutableBytes(minimumWritableBytes: 1) { octets in
            outcome = Self.call { unsafe recv(descriptor, octets.baseAddress, octets.count, 0) }
            if case .done(let count) = outcome { return count }
            return 0
        }
        return outcome
    }

    func send(_ buffer: ByteBuffer) -> Outcome {
        unsafe buffer.withUnsafeReadableBytes { octets in
            Self.call { unsafe Glibc.send(descriptor, octets.baseAddress, octets.count, CInt(MSG_NOSIGNAL)) }
        }
    }

    /// All of them in one call, as much as the kernel takes.
    func send(_ buffers: [ByteBuffer]) -> Outcome {
        unsafe withUnsafeTemporaryAllocation(of: iovec.self, capacity: buffers.count) { vectors in
            unsafe send(buffers[...], vectors, described: 0)
        }
    }

    /// The addresses of buffers are valid within calls that get them: one call within another.
    private func send(
        _ buffers: ArraySlice<ByteBuffer>,
        _ vectors: UnsafeMutableBufferPointer<iovec>,
        described count: Int
    ) -> Outcome {
        guard let buffer = buffers.first else {
            return Self.call { unsafe writev(descriptor, vectors.baseAddress, CInt(count)) }
        }
        return unsafe buffer.withUnsafeReadableBytes { octets in
            let base = unsafe UnsafeMutableRawPointer(mutating: octets.baseAddress)
            unsafe vectors[count] = unsafe iovec(iov_base: base, iov_len: octets.count)
            return unsafe send(buffers.dropFirst(), vectors, described: count + 1)
        }
    }

    // MARK: Connections

    /// - Returns: `.wouldBlock` where it is under way
    func connect(to address: SocketAddress) -> Outcome {
        let outcome = unsafe address.withSockAddr { address, size in
            Self.call { unsafe Int(Glibc.connect(descriptor, address, socklen_t(size))) }
        }
        return switch outcome {
        case .failed(EINPROGRESS), .failed(EALREADY): .wouldBlock
        // No port or route is to be had (connect(2)): nothing is under way.
        case .wouldBlock: .failed(EAGAIN)
        default: outcome
        }
    }

    /// The next client of a listener, or why there is none.
    func accept() -> Result<(Socket, SocketAddress?), IOError> {
        var address = sockaddr_storage()
        while true {
            var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
            let accepted = unsafe shim_accept(descriptor, &address, &size)
            if accepted >= 0 { return .success((Socket(descriptor: accepted), SocketAddress(address))) }
            if errno != EINTR { return .failure(IOError(errnoCode: errno, reason: "accept")) }
        }
    }

    /// - Parameter mode: who may connect to a Unix socket; nobody can before it is set
    func bind(to address: SocketAddress, backlog: CInt, mode: mode_t? = nil) throws(IOError) {
        setOption(SOL_SOCKET, SO_REUSEADDR, 1)
        // Its connections have it from the listener.
        setOption(CInt(IPPROTO_TCP), TCP_NODELAY, 1)
        let bound = unsafe address.withSockAddr { unsafe Glibc.bind(descriptor, $0, socklen_t($1)) }
        guard bound == 0 else { throw IOError(errnoCode: errno, reason: "bind") }
        if let mode, let path = address.pathname, unsafe chmod(path, mode) != 0 {
            throw IOError(errnoCode: errno, reason: "chmod")
        }
        guard listen(descriptor, backlog) == 0 else { throw IOError(errnoCode: errno, reason: "listen") }
    }

    func setOption(_ level: CInt, _ name: CInt, _ value: CInt) {
        var value = value
        _ = unsafe setsockopt(descriptor, level, name, &value, socklen_t(MemoryLayout<CInt>.size))
    }

    /// Nil where the socket has no such option.
    func option(_ level: CInt, _ name: CInt) -> CInt? {
        var value: CInt = 0
        var size = socklen_t(MemoryLayout<CInt>.size)
        return unsafe getsockopt(descriptor, level, name, &value, &size) == 0 ? value : nil
    }

    /// What a socket of our own is from the beginning.
    func waitsForNobody() {
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        setOption(CInt(IPPROTO_TCP), TCP_NODELAY, 1)
    }

    /// The error that the kernel keeps for whoever asks next; 0: there is none.
    var pendingError: CInt {
        var error: CInt = 0
        var size = socklen_t(MemoryLayout<CInt>.size)
        return unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno
    }

    var localAddress: SocketAddress? {
        var address = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let result = unsafe withUnsafeMutableBytes(of: &address) { area in
            unsafe getsockname(descriptor, area.baseAddress?.assumingMemoryBound(to: sockaddr.self), &size)
        }
        return result == 0 ? SocketAddress(address) : nil
    }
}

extension SocketAddress {
    init?(_ storage: sockaddr_storage) {
        var storage = storage
        switch CInt(storage.ss_family) {
        case AF_INET: unsafe self.init(withUnsafeBytes(of: &storage) { unsafe $0.load(as: sockaddr_in.self) })
        case AF_INET6: unsafe self.init(withUnsafeBytes(of: &storage) { unsafe $0.load(as: sockaddr_in6.self) })
        case AF_UNIX: unsafe self.init(withUnsafeBytes(of: &storage) { unsafe $0.load(as: sockaddr_un.self) })
        default: return nil
        }
    }
}

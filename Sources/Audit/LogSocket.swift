// A connection to a log's server: made again, with a pause, when it was lost.
// Must not wait once it is open. Says `unsafe`, because the calls for sockets take pointers.

import Glibc
import SystemPackage

/// An address as the kernel takes it.
struct SocketAddress {
    let family: Int32
    fileprivate let octets: [UInt8]

    /// Nil where the path is too long for one.
    init?(path: String) {
        guard path.utf8.count < 108 else { return nil }
        family = AF_UNIX
        octets = [UInt8(AF_UNIX), 0] + path.utf8 + [0]
    }

    private init(family: Int32, octets: [UInt8]) {
        (self.family, self.octets) = (family, octets)
    }

    /// Those of a host; asks DNS if it is no IP address, and waits for the answer.
    static func resolve(host: String, port: Int) throws(LookupError) -> [SocketAddress] {
        // Invariant: hints and list are local values, and the list is not read once it is given back.
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var first: UnsafeMutablePointer<addrinfo>?
        let code = unsafe getaddrinfo(host, "\(port)", &hints, &first)
        guard code == 0 else { throw LookupError(description: unsafe String(cString: gai_strerror(code))) }
        // Invariant: the list is the system's until it is given back.
        defer { unsafe freeaddrinfo(first) }
        var addresses: [SocketAddress] = []
        var next = unsafe first
        while let one = unsafe next {
            let octets = unsafe UnsafeRawBufferPointer(start: one.pointee.ai_addr, count: Int(one.pointee.ai_addrlen))
            addresses.append(unsafe SocketAddress(family: one.pointee.ai_family, octets: Array(octets)))
            unsafe next = one.pointee.ai_next
        }
        return addresses
    }

    struct LookupError: Error {
        let description: String
    }

    fileprivate func connect(_ socket: Int32) -> Int32 {
        unsafe octets.withUnsafeBytes { area in
            // Invariant: the area is alive during the call and holds an address of its family.
            guard let start = unsafe area.bindMemory(to: sockaddr.self).baseAddress else { return -1 }
            return unsafe Glibc.connect(socket, start, socklen_t(area.count))
        }
    }
}

/// A socket of datagrams, or of a stream.
struct LogSocket: ~Copyable {
    private enum State {
        /// Lines can be sent.
        case connected(FileDescriptor)
        /// The server has not answered yet; it is given up at a moment.
        case connecting(FileDescriptor, until: ContinuousClock.Instant)
        /// Tried again at a moment.
        case closed(until: ContinuousClock.Instant)
    }

    private let addresses: [SocketAddress]
    private let isStream: Bool
    private let limits: AuditLimits
    private var state: State
    private var attempts = 0
    /// Why the last connection ended, or could not be made.
    private var cause = Errno.socketNotConnected
    private var lastBegin = ContinuousClock.now
    /// Another number means that it is another connection, and what was half sent is to be sent again.
    private(set) var generation = 0

    /// Opens it, and gives the server of a stream a moment to answer; one that is not there is no error yet.
    init(_ addresses: [SocketAddress], isStream: Bool, limits: AuditLimits) {
        (self.addresses, self.isStream, self.limits) = (addresses, isStream, limits)
        state = .closed(until: .now)
        begin()
        guard case .connecting(let socket, _) = state else { return }
        var question = pollfd(fd: socket.rawValue, events: Int16(POLLOUT), revents: 0)
        // Invariant: one question is a local value that outlives the call.
        _ = unsafe poll(&question, 1, Int32(limits.opening / .milliseconds(1)))
        look(socket)
    }

    deinit {
        switch state {
        case .connected(let socket), .connecting(let socket, _): try? socket.close()
        case .closed: break
        }
    }

    /// Nil if lines can be sent now; otherwise why not.
    mutating func ready() -> Errno? {
        switch state {
        case .closed(let moment):
            guard moment <= .now else { return cause }
            begin()
        case .connecting(let socket, let end):
            look(socket)
            if case .connecting = state, end <= .now { lose(.timedOut) }
        case .connected(let socket): lookForEnd(socket)
        }
        if case .connected = state { return nil }
        return cause
    }

    /// Sends octets from `start` on: all of them or none in a datagram. Says where it came to, and why no further.
    mutating func send(_ octets: [UInt8], from start: Int = 0) -> (end: Int, failure: Errno?) {
        guard case .connected(let socket) = state else { return (start, cause) }
        var position = start
        while position < octets.count {
            // Invariant: the part lies within the octets, which outlive the call.
            let count = unsafe octets.withUnsafeBytes { area in
                let flags = Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL)
                let part = unsafe UnsafeRawBufferPointer(rebasing: area[position...])
                return unsafe Glibc.send(socket.rawValue, part.baseAddress, part.count, flags)
            }
            if count >= 0 {
                position += count
                continue
            }
            let failure = Errno(rawValue: errno)
            if failure == .interrupted { continue }
            fail(failure)
            return (position, failure)
        }
        return (position, nil)
    }

    /// For calls of whoever knows more ways to send; nil while there is no connection.
    var number: Int32? {
        if case .connected(let socket) = state { socket.rawValue } else { nil }
    }

    /// What to do about a call that failed: a server that is only slow, or a message that is too long, ends nothing.
    mutating func fail(_ failure: Errno) {
        switch failure {
        case .resourceTemporarilyUnavailable, .noBufferSpace, .messageTooLong, .noMemory: break
        default: lose(failure)
        }
    }
}

extension LogSocket {
    private mutating func begin() {
        generation += 1
        lastBegin = .now
        guard !addresses.isEmpty else { return lose(.noSuchFileOrDirectory) }
        let address = addresses[attempts % addresses.count]
        attempts += 1
        let kind = isStream ? SOCK_STREAM : SOCK_DGRAM
        let flags = Int32(kind.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let number = socket(address.family, flags, 0)
        guard number >= 0 else { return lose(Errno(rawValue: errno)) }
        if isStream { Self.giveUp(number, after: limits.unanswered) }
        if address.connect(number) == 0 {
            state = .connected(FileDescriptor(rawValue: number))
        } else if errno == EINPROGRESS {
            state = .connecting(FileDescriptor(rawValue: number), until: .now + limits.connecting)
        } else {
            let failure = Errno(rawValue: errno)
            close(number)
            lose(failure)
        }
    }

    /// Octets that nobody has acknowledged for so long end the connection: a server that has vanished says nothing.
    private static func giveUp(_ socket: Int32, after time: Duration) {
        var milliseconds = UInt32(time / .milliseconds(1))
        // Invariant: the value is a local one of the size that is said.
        _ = unsafe setsockopt(
            socket,
            Int32(IPPROTO_TCP),
            TCP_USER_TIMEOUT,
            &milliseconds,
            socklen_t(MemoryLayout<UInt32>.size)
        )
    }

    /// Whether a connection in the making stands.
    private mutating func look(_ socket: FileDescriptor) {
        var question = pollfd(fd: socket.rawValue, events: Int16(POLLOUT), revents: 0)
        // Invariant: what is pointed at are local values that outlive the calls.
        guard unsafe poll(&question, 1, 0) > 0 else { return }
        var number: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        guard unsafe getsockopt(socket.rawValue, SOL_SOCKET, SO_ERROR, &number, &size) == 0, number == 0 else {
            return lose(Errno(rawValue: number == 0 ? errno : number))
        }
        state = .connected(socket)
    }

    /// A server that has closed its stream takes nothing more, though the kernel would take some. What it says is nothing.
    private mutating func lookForEnd(_ socket: FileDescriptor) {
        guard isStream else { return }
        var area = [UInt8](repeating: 0, count: 256)
        // Invariant: no more is read than the area has room for.
        let count = unsafe recv(socket.rawValue, &area, area.count, Int32(MSG_DONTWAIT))
        if count == 0 {
            lose(.connectionReset)
        } else if count < 0, errno != EAGAIN, errno != EINTR {
            lose(Errno(rawValue: errno))
        }
    }

    /// One that has worked for a while is made again at once, one that has not after a pause.
    private mutating func lose(_ failure: Errno) {
        switch state {
        case .connected(let socket), .connecting(let socket, _): try? socket.close()
        case .closed: break
        }
        cause = failure
        state = .closed(until: lastBegin + limits.reconnect)
    }
}

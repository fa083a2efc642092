// A server that a log sends to: a socket of the test's own, which shows what came.
// Must not answer. Says `unsafe`, because the calls for sockets take pointers.

import Foundation
import Glibc

/// Bound to a free port of the loopback interface, or to a path.
final class Receiver {
    enum Kind {
        case udp
        case tcp
        case local(path: String)
    }

    private(set) var socket: Int32
    private var peer: Int32 = -1
    private(set) var port = 0

    /// - Parameter port: 0 lets the system choose one
    init(_ kind: Kind, port: Int = 0) throws {
        switch kind {
        case .udp, .tcp:
            let isStream = if case .tcp = kind { true } else { false }
            socket = Glibc.socket(AF_INET, Int32((isStream ? SOCK_STREAM : SOCK_DGRAM).rawValue), 0)
            var (one, size) = (Int32(1), socklen_t(MemoryLayout<sockaddr_in>.size))
            _ = unsafe setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            address.sin_port = UInt16(port).bigEndian
            try Self.bind(socket, &address)
            _ = unsafe withUnsafeMutablePointer(to: &address) { pointer in
                unsafe getsockname(
                    socket,
                    UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: sockaddr.self),
                    &size
                )
            }
            self.port = Int(UInt16(bigEndian: address.sin_port))
            if isStream { _ = listen(socket, 8) }
        case .local(let path):
            socket = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            unsafe withUnsafeMutableBytes(of: &address.sun_path) { area in unsafe area.copyBytes(from: path.utf8) }
            try Self.bind(socket, &address)
        }
        var patience = timeval(tv_sec: 20, tv_usec: 0)
        _ = unsafe setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }

    private static func bind<Address>(_ socket: Int32, _ address: inout Address) throws {
        let isBound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            let plain = unsafe UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: sockaddr.self)
            return unsafe Glibc.bind(socket, plain, socklen_t(MemoryLayout<Address>.size)) == 0
        }
        if !isBound { throw CocoaError(.fileWriteUnknown) }
    }

    deinit {
        close(socket)
        if peer >= 0 { close(peer) }
    }

    /// The next datagram; empty when none comes.
    func datagram() -> [UInt8] {
        var area = [UInt8](repeating: 0, count: 1 << 18)
        let count = unsafe recv(socket, &area, area.count, 0)
        return Array(area.prefix(max(0, count)))
    }

    /// Takes a stream's next connection.
    func accept() {
        if peer >= 0 { close(peer) }
        peer = Glibc.accept(socket, nil, nil)
    }

    /// So many octets of the stream, or what came until it ended.
    func read(_ count: Int) -> [UInt8] {
        var all: [UInt8] = []
        var area = [UInt8](repeating: 0, count: 65_536)
        while all.count < count {
            let taken = unsafe recv(peer, &area, min(area.count, count - all.count), 0)
            guard taken > 0 else { break }
            all += area[..<taken]
        }
        return all
    }

    /// The messages of a stream, each with its length before it.
    func messages(_ count: Int) -> [String] {
        (0..<count).map { _ in
            var digits: [UInt8] = []
            while let digit = read(1).first, digit != UInt8(ascii: " ") { digits.append(digit) }
            return String(decoding: read(Int(String(decoding: digits, as: UTF8.self)) ?? 0), as: UTF8.self)
        }
    }

    func hangUp() {
        close(peer)
        peer = -1
    }

    /// A datagram that came with a file: what is in it, and whether it may change any more.
    func file() -> (octets: [UInt8], isSealed: Bool)? {
        var (octet, control) = (UInt8(0), [UInt8](repeating: 0, count: 64))
        let file: Int32? = unsafe withUnsafeMutablePointer(to: &octet) { octet in
            var part = unsafe iovec(iov_base: octet, iov_len: 1)
            return unsafe withUnsafeMutablePointer(to: &part) { part in
                unsafe control.withUnsafeMutableBytes { area in
                    var message = unsafe msghdr()
                    unsafe (message.msg_iov, message.msg_iovlen) = (part, 1)
                    unsafe (message.msg_control, message.msg_controllen) = (area.baseAddress, area.count)
                    guard unsafe recvmsg(socket, &message, 0) >= 0, unsafe message.msg_controllen >= 20 else {
                        return nil
                    }
                    return unsafe area.load(fromByteOffset: 16, as: Int32.self)
                }
            }
        }
        guard let file else { return nil }
        let handle = FileHandle(fileDescriptor: file, closeOnDealloc: true)
        try? handle.seek(toOffset: 0)
        let octets = (try? handle.readToEnd()) ?? Data()
        return (Array(octets), (try? handle.truncate(atOffset: 0)) == nil)
    }
}

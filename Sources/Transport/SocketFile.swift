// The file by which a Unix socket is found: one that nobody listens on any more makes room, and ours goes with us.
// Must not take away what it has not made. The unsafe calls get pointers to values that outlive them.

import Glibc
import NIOCore

/// The file that a listener's own bind has made.
struct SocketFile: Equatable, Sendable {
    let path: String
    private let device: UInt64
    private let inode: UInt64

    /// What is at the path now; nil where nothing is, or no socket.
    init?(at path: String) {
        var status = stat()
        guard unsafe lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else { return nil }
        self.path = path
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
    }

    /// Unless another has taken its place.
    func remove() {
        if SocketFile(at: path) == self { _ = unsafe unlink(path) }
    }

    /// Makes room for a new socket where one is that nobody listens on: whoever was killed has left it.
    static func makeRoom(at address: SocketAddress) throws(IOError) {
        guard let path = address.pathname else { return }
        guard let old = SocketFile(at: path) else {
            // What is no socket is somebody's file; binding says so.
            return
        }
        let socket = try Socket(family: AF_UNIX)
        defer { socket.close() }
        // Refused: nobody listens. All else means that somebody does, or that nobody may know.
        if case .failed(ECONNREFUSED) = socket.connect(to: address) { old.remove() }
    }
}

extension SocketAddress {
    /// For a socket to it.
    var family: CInt {
        switch self {
        case .v4: AF_INET
        case .v6: AF_INET6
        case .unixDomainSocket: AF_UNIX
        }
    }
}

// A network of a test's own, with its own name servers: nothing of the machine's is touched.
// Must not know what is tested.

import Foundation
import NIOCore
import NIOPosix
import Namespaces

/// A network namespace with a loopback interface, and a mount namespace with its own `/etc/resolv.conf`. It lives as long as
/// a test; the relay is run in it, and the peers that a test plays have their sockets there.
struct Namespace: Sendable {
    /// A process that does nothing else than to be there.
    private let keeper: pid_t

    /// Only root may be in two networks.
    static let isPossible = getuid() == 0

    private var network: String { "/proc/\(keeper)/ns/net" }

    /// What makes a command one that runs there.
    var prefix: [String] {
        get throws {
            [try Program.nsenter.path(), "--net=\(network)", "--mount=/proc/\(keeper)/ns/mnt"]
        }
    }

    /// - Parameter resolving: what is in `/etc/resolv.conf`
    static func entered<Result>(
        in parent: Folder,
        name: String = "namespace",
        resolving: String = "",
        _ body: (Namespace) async throws -> Result
    ) async throws -> Result {
        let folder = try parent.folder(name)
        try folder.write("resolv.conf", resolving)
        try folder.write("nsswitch.conf", "hosts: files dns\n")
        let script = """
            mount --bind "$0/resolv.conf" /etc/resolv.conf && mount --bind "$0/nsswitch.conf" /etc/nsswitch.conf &&
            ip link set lo up && touch "$0/ready" && exec sleep 600
            """
        let arguments = ["--net", "--mount", try Program.shell.path(), "-euc", script, folder.path]
        _ = try Program.ip.path()
        return try await Child.serving(path: Program.unshare.path(), arguments, in: folder, name: "keeper") { keeper in
            try await eventually("the namespace is there") {
                FileManager.default.fileExists(atPath: folder["ready"])
            }
            return try await body(Namespace(keeper: keeper))
        }.0
    }

    /// Runs `ip` there.
    func ip(_ arguments: String, in folder: Folder) async throws {
        let command = try prefix + [Program.ip.path()] + arguments.split(separator: " ").map(String.init)
        let ended = try await Child.run(path: command[0], Array(command.dropFirst()), in: folder)
        guard ended.status == 0 else { throw Popsieve.Failed(status: ended.status, log: "ip \(arguments): \(ended)") }
    }

    /// A wire between two namespaces: 192.0.2.1 here, 192.0.2.2 there.
    func wire(to other: Namespace, in folder: Folder) async throws {
        try await ip("link add wire type veth peer name wire netns \(other.keeper)", in: folder)
        try await ip("addr add 192.0.2.1/24 dev wire", in: folder)
        try await other.ip("addr add 192.0.2.2/24 dev wire", in: folder)
        try await ip("link set wire up", in: folder)
        try await other.ip("link set wire up", in: folder)
    }

    /// Whether anything passes through the wire.
    func setWire(up isUp: Bool, in folder: Folder) async throws {
        try await ip("link set wire \(isUp ? "up" : "down")", in: folder)
    }

    // MARK: Sockets

    struct NoSocket: Error {
        let address: Address
        let error: CInt
    }

    private func socket(_ use: socket_use, _ address: Address) throws -> NIOBSDSocket.Handle {
        // Invariant: the texts outlive the call, which keeps neither.
        let result = unsafe socket_in_namespace(network, use, address.host, CInt(address.port))
        guard result >= 0 else { throw NoSocket(address: address, error: -result) }
        return result
    }

    /// A connection of a client there.
    func connection(to address: Address) throws -> NIOBSDSocket.Handle { try socket(socket_connected, address) }

    /// For a server there.
    func listeningSocket(_ host: String = "127.0.0.1", port: Int = 0) throws -> NIOBSDSocket.Handle {
        try socket(socket_listening, Address(host: host, port: port))
    }

    /// For a name server there.
    func datagramSocket(port: Int) throws -> NIOBSDSocket.Handle {
        try socket(socket_datagrams, Address(port: port))
    }
}

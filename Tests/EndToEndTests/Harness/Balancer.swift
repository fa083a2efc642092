// HAProxy before the relay, as sites have it.
// Must not touch the system's HAProxy.

import Foundation

/// A running HAProxy that passes connections on as they are.
struct Balancer: Sendable {
    /// Where it listens, for each server one, in their order.
    let addresses: [Address]

    /// What `server` lines say besides the address, such as `send-proxy-v2`.
    static func serving<Result>(
        _ servers: [(address: Address, options: String)],
        host: String = "127.0.0.1",
        in parent: Folder,
        _ body: (Balancer) async throws -> Result
    ) async throws -> Result {
        var text = "defaults\n mode tcp\n timeout connect 10m\n timeout client 10m\n timeout server 10m\n"
        var addresses: [Address] = []
        for (index, server) in servers.enumerated() {
            let address = Address(host: host, port: try await Port.free())
            let place = host.contains(":") ? "[\(host)]" : host
            text += "listen l\(index)\n bind \(place):\(address.port)\n server s \(server.address) \(server.options)\n"
            addresses.append(address)
        }
        let folder = try parent.folder("haproxy-" + UUID().uuidString.prefix(4).lowercased())
        try folder.write("haproxy.cfg", text)
        let arguments = ["-db", "-f", folder["haproxy.cfg"]]
        return try await Child.serving(path: Program.haproxy.path(), arguments, in: folder, name: "haproxy") { _ in
            // Whoever connects is passed on, and may be somebody's first client: the kernel is asked.
            try await eventually("HAProxy listens") { addresses.allSatisfy { Port.isUsed($0.port) } }
            return try await body(Balancer(addresses: addresses))
        }.0
    }
}

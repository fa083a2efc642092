// What the names of places lead to, for whoever wants to know it without a connection.
// Must not be used by whoever dials: Dial asks by itself.

package import NIOCore

extension LoopGroup {
    /// The addresses of a host, in the order in which they are to be tried.
    package func addresses(of host: String, port: Int) async throws(DialError) -> [SocketAddress] {
        if let address = try? SocketAddress(ipAddress: host, port: port) { return [address] }
        let answer = await withCheckedContinuation { continuation in
            resolver.resolve(host: host, port: port, on: loops[0]) { continuation.resume(returning: $0) }
        }
        return try answer.get()
    }

    /// The servers of a service, such as `_pop3s._tcp.example.com`, in the order of the answer.
    package func servers(of service: String) async throws(DialError) -> [ServiceRecord] {
        let answer = await withCheckedContinuation { continuation in
            resolver.services(service, on: loops[0]) { continuation.resume(returning: $0) }
        }
        return try answer.get()
    }
}

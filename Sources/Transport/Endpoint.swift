// Where somebody listens, as settings name it.
// Must not look anything up.

/// A place to listen at, or to connect to.
package enum Endpoint: Hashable, Sendable, CustomStringConvertible {
    /// A name or an IP address, and a port.
    case host(String, port: Int)
    /// A Unix socket in the file system.
    case socket(path: String)
    /// Whatever servers a domain names for a service (RFC 2782), such as `_pop3s._tcp.example.com`.
    case service(String)

    /// `pop.example.com:995`, `[::1]:110`, `unix:/run/popsieve.sock`.
    package var description: String {
        switch self {
        case .host(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .socket(let path): "unix:\(path)"
        case .service(let name): name
        }
    }
}

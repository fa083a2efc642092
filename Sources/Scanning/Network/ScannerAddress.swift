// Where a scanner listens, as a setting says it.
// Must not look names up.

/// A Unix socket, or a host and port.
public enum ScannerAddress: Sendable, Hashable, CustomStringConvertible {
    /// A socket in the file system.
    case unix(path: String)
    /// A host by name or number.
    case host(String, port: Int)

    /// `unix:/run/clamav/clamd.ctl`, `127.0.0.1:3310`, `[::1]:3310`, `http://127.0.0.1:11333/`; nil for anything else.
    public init?(_ text: String) {
        if text.hasPrefix("unix:/") {
            let path = String(text.dropFirst(5))
            // What fits into the system's address with its final zero.
            guard path.utf8.count < 108, !path.utf8.contains(0) else { return nil }
            self = .unix(path: path)
            return
        }
        var rest = text.hasPrefix("http://") ? text.dropFirst(7) : text[...]
        if text.hasPrefix("http://"), rest.hasSuffix("/") { rest.removeLast() }
        guard let colon = rest.lastIndex(of: ":"), let port = UInt16(rest[rest.index(after: colon)...]), port > 0 else {
            return nil
        }
        var host = rest[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        guard !host.isEmpty, host.utf8.allSatisfy({ Self.isHostOctet($0) }) else { return nil }
        self = .host(String(host), port: Int(port))
    }

    private static func isHostOctet(_ octet: UInt8) -> Bool {
        // Letters, digits, dots and hyphens; colons and percent signs of IPv6 addresses with zones.
        switch octet {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: ":"),
            UInt8(ascii: "%"), UInt8(ascii: "_"):
            true
        default:
            false
        }
    }

    /// As it is written in a setting.
    public var description: String {
        switch self {
        case .unix(let path): "unix:\(path)"
        case .host(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        }
    }
}

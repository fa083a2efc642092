// Where a request goes: scheme, host, port, path (RFC 3986, what http and https use of it).
// Must not repair anything: two readers could then read it differently.

import TLS

/// An absolute URL of http or https, without user, password and fragment.
package struct HTTPURL: Hashable, Sendable, CustomStringConvertible {
    package enum Scheme: String, Sendable {
        case http
        case https

        var port: Int { self == .http ? 80 : 443 }
    }

    package let scheme: Scheme
    /// In lower case; an IPv6 address is without its brackets.
    package let host: String
    package let port: Int
    /// The path with its query; begins with a slash.
    package let target: String

    /// Nil for anything that is not such a URL.
    package init?(_ text: String) {
        guard text.utf8.count <= Limits.url, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), !text.contains("#"),
            !text.contains("\\"), let colon = text.firstRange(of: "://"),
            let scheme = Scheme(rawValue: text[..<colon.lowerBound].lowercased())
        else { return nil }
        let rest = text[colon.upperBound...]
        let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        guard let (host, port) = Self.authority(rest[..<end]), ServerName(host) != nil else { return nil }
        self.scheme = scheme
        self.host = host
        self.port = port ?? scheme.port
        target = rest[end...].hasPrefix("/") ? String(rest[end...]) : "/" + rest[end...]
    }

    /// `HOST`, `HOST:PORT`, `[ADDRESS]:PORT`.
    static func authority(_ text: Substring) -> (host: String, port: Int?)? {
        var host = text
        var port: Int?
        if let colon = text.lastIndex(of: ":"), !text.hasSuffix("]") {
            let digits = text[text.index(after: colon)...]
            guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = UInt16(digits), number > 0 else {
                return nil
            }
            port = Int(number)
            host = text[..<colon]
        }
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
            guard host.contains(":") else { return nil }
        } else if host.contains(":") {
            return nil
        }
        return host.isEmpty ? nil : (host.lowercased(), port)
    }

    /// What stands in a Host field.
    package var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == scheme.port ? name : "\(name):\(port)"
    }

    /// The same host with its port, as CONNECT names it.
    var tunnel: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    package var description: String { "\(scheme.rawValue)://\(authority)\(target)" }

    /// Nobody but this machine hears what is said there.
    package var isLoopback: Bool {
        host == "localhost" || host.hasSuffix(".localhost") || host == "::1"
            || host.hasPrefix("127.") && host.utf8.allSatisfy { $0 == 0x2E || (0x30...0x39).contains($0) }
    }

    /// Secrets may go there: it is encrypted, or does not leave this machine.
    package var isPrivate: Bool { scheme == .https || isLoopback }
}

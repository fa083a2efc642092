// Which connections come to a listener, whatever way its address is spelt.
// Must not ask a name server.

import NIOCore

/// The addresses and the port that a listener takes for itself.
struct ListenerReach: Equatable {
    enum Host: Equatable {
        /// `::`, which on Linux takes IPv4, too.
        case all
        /// `0.0.0.0`
        case allIPv4
        case ipv4(String)
        case ipv6(String)
        /// In small letters; which addresses it has is not known here.
        case name(String)
        /// A Unix socket.
        case socket(String)
    }

    let host: Host
    let port: Int

    init(host: String, port: Int) {
        self.host = Host(host)
        self.port = port
    }

    init(path: String) {
        host = .socket(path)
        port = 0
    }

    var isWildcard: Bool { host == .all || host == .allIPv4 }

    /// Whether not both can be listened on.
    func overlaps(_ other: ListenerReach) -> Bool {
        port == other.port && (host.covers(other.host) || other.host.covers(host))
    }
}

extension ListenerReach.Host {
    init(_ text: String) {
        guard let address = try? SocketAddress(ipAddress: text, port: 0), let digits = address.ipAddress else {
            self = .name(text.lowercased())
            return
        }
        switch address {
        case .v4: self = digits == "0.0.0.0" ? .allIPv4 : .ipv4(digits)
        default:
            let mapped = "::ffff:"
            if digits.hasPrefix(mapped), digits.contains(".") {
                self = Self(String(digits.dropFirst(mapped.count)))
            } else {
                self = digits == "::" ? .all : .ipv6(digits)
            }
        }
    }

    fileprivate func covers(_ other: Self) -> Bool {
        switch (self, other) {
        case (_, .socket), (.socket, _): self == other
        case (.all, _): true
        case (.allIPv4, .ipv4), (.allIPv4, .name("localhost")): true
        // Which of the two it is depends on the machine.
        case (.name("localhost"), .ipv4("127.0.0.1")), (.name("localhost"), .ipv6("::1")): true
        default: self == other
        }
    }
}

extension Settings.Listener {
    var reach: ListenerReach { path.map { ListenerReach(path: $0) } ?? ListenerReach(host: host, port: port) }
}

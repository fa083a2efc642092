// The name that an upstream's certificate must be valid for: a DNS name or an IP address.
// It must not resolve anything; an empty or ambiguous name cannot be built, because OpenSSL would then check nothing.

import Glibc

/// A host as it is checked against a certificate: a DNS name (also sent as server name indication) or an IP address.
package struct ServerName: Hashable, Sendable, CustomStringConvertible {
    /// DNS names and addresses are compared with different fields of the certificate.
    enum Kind: Hashable {
        case dns
        case address
    }

    /// The name, lower case, without a trailing dot.
    package let description: String
    let kind: Kind

    /// Returns nil for what is neither a host name in ASCII (A-labels for international names) nor an IP address.
    package init?(_ text: String) {
        var name = text.utf8.map { (65...90).contains($0) ? $0 + 32 : $0 }
        if Self.isAddress(text) {
            kind = .address
        } else {
            if name.last == UInt8(ascii: ".") { name.removeLast() }
            guard Self.isHostName(name) else { return nil }
            kind = .dns
        }
        description = String(decoding: name, as: UTF8.self)
    }

    private static func isHostName(_ name: [UInt8]) -> Bool {
        guard (1...253).contains(name.count) else { return false }
        let labels = name.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        // A last label of digits alone would be read as an address by some and as a name by others.
        guard let last = labels.last, !last.allSatisfy({ (48...57).contains($0) }) else { return false }
        return labels.allSatisfy { label in
            (1...63).contains(label.count)
                && label.allSatisfy { byte in
                    switch byte {
                    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
                    case UInt8(ascii: "-"), UInt8(ascii: "_"): true
                    default: false
                    }
                }
        }
    }

    private static func isAddress(_ text: String) -> Bool {
        var parsed = in6_addr()
        return unsafe inet_pton(AF_INET6, text, &parsed) == 1 || inet_pton(AF_INET, text, &parsed) == 1
    }
}

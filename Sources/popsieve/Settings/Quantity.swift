// Addresses, times and sizes as people write them.
// Must not know which setting they belong to.

import NIOCore

enum Quantity {
    /// `30s`, `10m`, `2h`, `500ms`. A bare number is not accepted: seconds and minutes are too easily confused.
    static func duration(_ text: String) -> TimeAmount? {
        let units: [(String, Int64)] = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000)]
        for (unit, milliseconds) in units where text.hasSuffix(unit) {
            let digits = text.dropLast(unit.count).trimmingSpaces
            guard let value = Int64(digits), value > 0, value <= 1_000_000 else { continue }
            return .milliseconds(value * milliseconds)
        }
        return nil
    }

    /// `65536`, `64 KiB`, `1 MiB`.
    static func size(_ text: String) -> Int? {
        let units: [(String, Int)] = [("KiB", 1024), ("MiB", 1_048_576), ("GiB", 1_073_741_824), ("", 1)]
        for (unit, octets) in units where text.hasSuffix(unit) {
            guard let value = Int(text.dropLast(unit.count).trimmingSpaces), value > 0, value <= 1 << 32 else {
                continue
            }
            return value * octets
        }
        return nil
    }

    /// `127.0.0.1:1110`, `[::]:995`, `localhost:110`; the port may be left out where a default is given.
    static func address(_ text: String, defaultPort: Int? = nil) -> (host: String, port: Int)? {
        var host = text[...]
        var port = defaultPort
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return nil }
            host = text[text.index(after: text.startIndex)..<end]
            let rest = text[text.index(after: end)...]
            if !rest.isEmpty {
                guard rest.hasPrefix(":"), let number = Int(rest.dropFirst()) else { return nil }
                port = number
            }
        } else if let colon = text.lastIndex(of: ":") {
            guard text.firstIndex(of: ":") == colon, let number = Int(text[text.index(after: colon)...]) else {
                return nil
            }
            host = text[..<colon]
            port = number
        }
        guard let port, (0...65_535).contains(port), !host.isEmpty else { return nil }
        guard host.unicodeScalars.allSatisfy({ $0.isASCII && $0.value > 0x20 && $0 != "/" && $0 != "@" }) else {
            return nil
        }
        return (String(host), port)
    }

    /// 127.0.0.0/8, ::1 and the name localhost.
    static func isLoopback(_ host: String) -> Bool {
        host.lowercased() == "localhost" || host == "::1"
            || (host.hasPrefix("127.") && (try? SocketAddress(ipAddress: host, port: 0)) != nil)
    }
}

extension StringProtocol {
    fileprivate var trimmingSpaces: String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}

// Addresses, times and sizes as people write them.

import NIOCore

enum Quantity {
    /// `30s`, `10m`, `2h`, `500ms`. A bare number is not accepted: seconds and minutes are too easily confused.
    static func duration(_ text: String) -> TimeAmount? {
        let units: [(String, Int64)] = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000)]
        for (unit, milliseconds) in units where text.hasSuffix(unit) {
            guard let value = number(text.dropLast(unit.count)), (0...1_000_000).contains(value) else { continue }
            return .milliseconds(Int64(value) * milliseconds)
        }
        return nil
    }

    /// `30d`, `12h`, `90m`, `45s`: seconds. How long something is kept.
    static func age(_ text: String) -> Int64? {
        let units: [(String, Int64)] = [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)]
        for (unit, seconds) in units where text.hasSuffix(unit) {
            guard let value = number(text.dropLast(unit.count)), (0...100_000).contains(value) else { continue }
            return Int64(value) * seconds
        }
        return nil
    }

    /// Seconds as ``age(_:)`` reads them.
    static func text(age seconds: Int64) -> String {
        for (unit, length) in [("d", 86_400), ("h", 3_600), ("m", 60)] as [(String, Int64)]
        where seconds % length == 0 && seconds >= length {
            return "\(seconds / length)\(unit)"
        }
        return "\(seconds)s"
    }

    /// `65536`, `64 KiB`, `1 MiB`, `1 GiB`: octets.
    static func size(_ text: String) -> Int? {
        let units: [(String, Int)] = [("KiB", 1024), ("MiB", 1_048_576), ("GiB", 1_073_741_824), ("", 1)]
        for (unit, octets) in units where text.hasSuffix(unit) {
            guard let value = number(text.dropLast(unit.count)), value <= (1 << 40) / octets else { continue }
            return value * octets
        }
        return nil
    }

    static func count(_ text: String) -> Int? {
        number(text[...]).flatMap { $0 <= highestCount ? $0 : nil }
    }
    static let highestCount = 1 << 30

    /// 1 to 65535: a port that can be connected to.
    static func port(_ text: String) -> Int? {
        number(text[...]).flatMap { (1...65_535).contains($0) ? $0 : nil }
    }

    /// What listens: `127.0.0.1:1110`, `[::]:995`, `localhost:110`; port 0 lets the system choose.
    static func address(_ text: String) -> (host: String, port: Int)? {
        guard let (host, port) = parts(text), isHost(host), !isShorthand(host) else { return nil }
        guard let number = port.flatMap(number) else { return nil }
        return number <= 65_535 ? (host, number) : nil
    }

    /// What is connected to: `pop.example.com`, `pop.example.com:995`, `[2001:db8::1]`.
    ///
    /// - Parameter usual: the port where none is written
    static func server(_ text: String, port usual: Int = 995) -> (host: String, port: Int)? {
        guard let (host, port) = parts(text), isHost(host) else { return nil }
        guard let port else { return (host, usual) }
        return Quantity.port(String(port)).map { (host, $0) }
    }

    /// What is to be left out of, or changed in, a text that is no server or address; nil where that is not clear.
    static func remedy(for text: String) -> String? {
        if let (scheme, _) = text.split("://") { return "leave out \"\(scheme)://\"" }
        if let (user, _) = text.split("@") { return "leave out \"\(user)@\": the mail program says who logs in" }
        if let (host, path) = text.split("/"), server(String(host)) != nil { return "leave out \"/\(path)\"" }
        guard let (host, port) = parts(text), isHost(host), let number = port.flatMap(number) else { return nil }
        return (1...65_535).contains(number) ? nil : "a port is a number from 1 to 65535"
    }

    /// A name as DNS and /etc/hosts have them, or an IP address.
    static func isHost(_ text: String) -> Bool {
        if (try? SocketAddress(ipAddress: text, port: 0)) != nil { return true }
        return (1...253).contains(text.utf8.count)
            && text.utf8.allSatisfy { octet in
                switch octet {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }

    /// `127.1`, `0`, `0x7F000001`: addresses for some resolvers, and names for none. What listens is to be known for sure.
    private static func isShorthand(_ host: String) -> Bool {
        let last = host.split(separator: ".").last ?? ""
        let isAddress = (try? SocketAddress(ipAddress: host, port: 0)) != nil
        return !isAddress && (last.allSatisfy(\.isNumber) || last.hasPrefix("0x"))
    }

    /// 127.0.0.0/8, ::1 and the name localhost.
    static func isLoopback(_ host: String) -> Bool {
        guard let address = try? SocketAddress(ipAddress: host, port: 0) else {
            return host.lowercased() == "localhost"
        }
        let text = address.ipAddress ?? ""
        return text == "::1" || text.hasPrefix("127.") || text.hasPrefix("::ffff:127.")
    }

    /// The host, without brackets, and what stands behind its colon.
    private static func parts(_ text: String) -> (host: String, port: Substring?)? {
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            let rest = text[text.index(after: end)...]
            guard rest.isEmpty || rest.hasPrefix(":") else { return nil }
            let host = String(text[..<end].dropFirst())
            return host.contains(":") ? (host, rest.isEmpty ? nil : rest.dropFirst()) : nil
        }
        guard let colon = text.firstIndex(of: ":") else { return (text, nil) }
        let rest = text[colon...].dropFirst()
        // An IPv6 address without brackets has no port.
        return rest.contains(":") ? (text, nil) : (String(text[..<colon]), rest)
    }

    /// Digits alone, blanks before and behind them left out.
    private static func number(_ text: Substring) -> Int? {
        let digits = text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()
        return digits.allSatisfy { $0.isASCII && $0.isNumber } ? Int(String(digits)) : nil
    }
}

extension String {
    /// What stands before and behind the first `separator`.
    fileprivate func split(_ separator: String) -> (Substring, Substring)? {
        firstRange(of: separator).map { (self[..<$0.lowerBound], self[$0.upperBound...]) }
    }
}

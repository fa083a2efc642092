// Fields of records as words of a sentence.

import Audit

extension AuditRecord {
    /// A message's number in its session.
    var position: String { number("number").map(String.init) ?? "?" }

    /// Such as `RETR 3`; without a command, `message 3`.
    var command: String { "\(text("command") ?? "message") \(position)" }

    var side: String {
        switch text("side") {
        case "relay": "Popsieve"
        case "upstream": "server"
        case let side: side ?? "?"
        }
    }

    var seconds: String {
        fields["seconds"]?.quantity.map { "\($0 < 10 ? ($0 * 10).rounded() / 10 : $0.rounded()) s" } ?? "?"
    }

    /// What the relay said upstream for a client, where that is another name or way.
    var upstreamLogin: String {
        let user = text("upstream_user").map { " as \($0)" } ?? ""
        let way = text("upstream_mechanism").map { " by \($0)" } ?? ""
        return user.isEmpty && way.isEmpty ? "" : ", upstream\(user)\(way)"
    }

    /// A login that no route of the settings takes.
    var isWithoutRoute: Bool { text("reason") == "no-route" }
    var missingRoute: String { "no route for \(text("user").map { "user \($0)" } ?? "this user")" }

    var encryption: String { text("tls").map { " with \($0)" } ?? "" }

    /// Nil where the line does not say it.
    func octets(_ name: String) -> String? { number(name).map { Double($0).asOctets } }

    func names(_ name: String) -> String {
        let names = list(name).compactMap(\.text)
        return names.isEmpty ? "none" : names.joined(separator: ", ")
    }
}

extension Double {
    /// Octets as people read them: `512 B`, `4.8 KB`, `48 KB`, `2.1 MB`.
    package var asOctets: String {
        var value = self
        var units = ["B", "KB", "MB", "GB"][...]
        while value >= 999.5, units.count > 1 {
            value /= 1000
            units.removeFirst()
        }
        let isWhole = value >= 9.95 || self == value
        let number = isWhole ? String(Int(value.rounded())) : String((value * 10).rounded() / 10)
        return "\(number) \(units[units.startIndex])"
    }
}

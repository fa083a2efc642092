// What happened in a session, in a few words; its messages apart.

import Audit

extension Sentence {
    static let sessionWriters: [String: Writer] = [
        "session_opened": { record, text in
            text.add("connects to \(record.text("listener") ?? "?")")
            if let proxy = record.text("proxy") { text.add("  by the proxy \(proxy)", .faint) }
        },
        "session_refused": { record, text in
            text.add("refused at \(record.text("listener") ?? "?")", .bad)
            if let reason = record.text("reason") { text.add(": \(reason)", .bad) }
            // What came after the line before, in one.
            if let count = record.number("refusals"), count > 1 { text.add("  \(count.of("client"))", .faint) }
        },
        "client_secured": { record, text in text.add("speaks \(record.text("tls") ?? "TLS")") },
        "upstream_connected": { record, text in
            let address = record.text("address") ?? "?"
            let place = address.contains(":") ? "[\(address)]" : address
            text.add("server \(record.text("upstream") ?? "") \(place):\(record.number("port") ?? 0)")
            text.add(record.encryption)
        },
        "upstream_failed": { record, text in
            // What was to be dialled has no name where no route leads to it.
            guard let upstream = record.text("upstream") else { return text.add(record.missingRoute, .bad) }
            let phase = record.text("phase").map { " at \($0)" } ?? ""
            text.add("server \(upstream) failed\(phase): \(record.text("reason") ?? "?")", .bad)
        },
        "login_succeeded": { record, text in
            text.add("logged in with \(record.text("mechanism") ?? "?")\(record.upstreamLogin)", .good)
        },
        "login_failed": { record, text in
            let code = record.text("code").map { "[\($0)] " } ?? ""
            let way = "\(record.text("mechanism") ?? "?")\(record.upstreamLogin)"
            text.add("login with \(way) refused by \(record.side): ", .bad)
            text.add(record.isWithoutRoute ? record.missingRoute : code + (record.text("reason") ?? ""))
        },
        "protocol_violation": { record, text in
            text.add("\(record.side) broke the protocol: \(record.text("name") ?? "?")", .bad)
            if let detail = record.text("detail"), !detail.isEmpty { text.add("  \(detail)") }
        },
        "session_closed": { record, text in
            text.add("closed by \(record.side): \(record.text("reason") ?? "?")")
            let messages = record.number("messages") ?? 0
            var totals = [messages.of("message"), record.octets("octets_out") ?? "?"]
            switch record.number("deletions") {
            case 0: break
            case let deletions?: totals.append("\(deletions) deleted")
            case nil: totals.append("deletions unknown")
            }
            text.add("  " + (totals + [record.seconds]).joined(separator: ", "), .faint)
        },
    ]
}

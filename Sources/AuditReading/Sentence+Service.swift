// What happened to the service as a whole, in a few words.

import Audit

extension Sentence {
    static let serviceWriters: [String: Writer] = [
        "service_started": { record, text in
            text.add("Popsieve \(record.text("version") ?? "") started", .strong)
            text.add("  \(record.names("listeners")) for \(record.names("upstreams"))")
        },
        "service_stopped": { record, text in
            let sessions = record.number("sessions") ?? 0
            text.add("Popsieve stopped: \(record.text("reason") ?? "?")", .strong)
            text.add("  \(sessions.of("session")), \(record.number("cut") ?? 0) cut off, \(record.seconds)", .faint)
        },
        "rules_loaded": { record, text in
            text.add("rules loaded: \(record.names("files"))", .good)
            text.add("  depth \(record.text("depth") ?? "?")", .faint)
        },
        "settings_reloaded": { record, text in
            text.add("settings read again", .good)
            if let file = record.text("file") { text.add("  \(file)", .faint) }
            for change in record.list("changes").compactMap(\.text) { text.add("  \(change)", .notable) }
        },
        "store_failed": { record, text in text.add("nothing is remembered: \(record.text("reason") ?? "?")", .bad) },
        "store_recovered": { record, text in
            text.add("verdicts are remembered again", .good)
            let count = record.number("forgotten") ?? 0
            if count > 0 { text.add("  \(count.of("change")) forgotten meanwhile", .faint) }
        },
        "token_refreshed": { record, text in
            text.add("new token for \(record.text("account") ?? "?")", .good)
            text.add("  \(record.number("seconds") ?? 0) s", .faint)
        },
        "token_failed": { record, text in
            text.add("no token for \(record.text("account") ?? "?"): \(record.text("reason") ?? "?")", .bad)
            if let remedy = record.text("remedy") { text.add("  run \(remedy)", .notable) }
        },
        "certificates_reloaded": { record, text in
            text.add("certificates read again: \(record.names("files"))", .good)
        },
        "rules_rejected": { _, text in text.add("rules rejected, the ones before stay in force", .bad) },
        "settings_rejected": { _, text in text.add("settings rejected, the ones before stay in force", .bad) },
        "certificates_rejected": { _, text in text.add("certificates rejected, the ones before stay in force", .bad) },
        "audit_lost": { record, text in
            let count = record.number("lines") ?? 0
            let (are, they) = count == 1 ? ("is", "it") : ("are", "they")
            text.add("\(count.of("line")) \(are) missing here: \(they) could not be written", .bad)
        },
        "chain_started": { record, text in
            switch record.text("reason").flatMap(ChainStart.init) {
            case .newFile?: text.add("the chain goes on in a new file", .faint)
            case .halfLine?: text.add("the chain goes on behind half a line", .notable)
            case .nothingBefore?: text.add("a chain begins: there is no line before", .notable)
            case .noChainBefore?: text.add("a chain begins: the line before is in none", .notable)
            case nil: text.add("a chain begins: \(record.text("reason") ?? "?")", .notable)
            }
        },
    ]
}

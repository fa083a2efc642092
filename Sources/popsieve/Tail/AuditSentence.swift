// What happened, in a few words: one function per kind of event.
// Must not say when or to whom: that is the line's beginning.

import Audit

/// Adds an event's words to a line.
enum AuditSentence {
    static func add(_ record: AuditRecord, to text: inout ConsoleText) {
        switch record.event {
        case "message": message(record, &text)
        case "deleted": deleted(record, &text)
        case "session_opened": text.add("connects to \(record.text("listener") ?? "?")" + encryption(record))
        case "client_secured": text.add("STLS" + encryption(record))
        case "upstream_connected": connected(record, &text)
        case "upstream_failed": upstreamFailed(record, &text)
        case "login_succeeded": text.add("logged in with \(record.text("mechanism") ?? "?")", .good)
        case "login_failed": loginFailed(record, &text)
        case "protocol_violation": violation(record, &text)
        case "session_closed": closed(record, &text)
        default: service(record, &text)
        }
    }

    private static func message(_ record: AuditRecord, _ text: inout ConsoleText) {
        text.add("\(record.text("command") ?? "?") \(number(record))  \(octets(record, "octets_out"))  ")
        let verdict = record.text("verdict") ?? "?"
        text.add(verdict, tone(ofVerdict: verdict))
        for rule in record.list("rules") {
            text.add("  \(rule["file"]?.text ?? "?"):\(rule["line"]?.number ?? 0) \(rule["action"]?.text ?? "")")
        }
        // No rule did this: fields in Popsieve's own name space that came with the message.
        for edit in record.list("edits").compactMap(\.text) where edit.lowercased().hasPrefix("-x-popsieve-") {
            text.add("  forged \(edit.dropFirst()) removed", .notable)
        }
        for line in record.list("debug").compactMap(\.text) { text.add("  \(line)", .notable) }
        if let failure = record.text("failure") { text.add("  \(failure)", .bad) }
        let defects = record.list("defects").compactMap(\.text)
        if !defects.isEmpty { text.add("  \(defects.joined(separator: ", "))", .notable) }
        if record.fields["complete"] == .truth(false) { text.add("  broke off", .bad) }
    }

    private static func tone(ofVerdict verdict: String) -> ConsoleText.Tone {
        switch verdict {
        case "passed": .good
        case "tagged": .notable
        default: .bad
        }
    }

    private static func deleted(_ record: AuditRecord, _ text: inout ConsoleText) {
        text.add("DELE \(number(record))")
        if let refusal = record.text("refusal") {
            text.add("  refused by \(side(record)): \(refusal)", .notable)
        }
    }

    private static func connected(_ record: AuditRecord, _ text: inout ConsoleText) {
        let address = record.text("address") ?? "?"
        let place = address.contains(":") ? "[\(address)]" : address
        text.add("server \(record.text("upstream") ?? "") \(place):\(record.number("port") ?? 0)" + encryption(record))
    }

    private static func upstreamFailed(_ record: AuditRecord, _ text: inout ConsoleText) {
        let phase = record.text("phase").map { " at \($0)" } ?? ""
        text.add("server \(record.text("upstream") ?? "") failed\(phase): \(record.text("reason") ?? "?")", .bad)
    }

    private static func loginFailed(_ record: AuditRecord, _ text: inout ConsoleText) {
        let code = record.text("code").map { "[\($0)] " } ?? ""
        text.add("login with \(record.text("mechanism") ?? "?") refused by \(side(record)): ", .bad)
        text.add(code + (record.text("reason") ?? ""))
    }

    private static func violation(_ record: AuditRecord, _ text: inout ConsoleText) {
        text.add("\(side(record)) broke the protocol: \(record.text("name") ?? "?")", .bad)
        if let detail = record.text("detail"), !detail.isEmpty { text.add("  \(detail)") }
    }

    private static func closed(_ record: AuditRecord, _ text: inout ConsoleText) {
        text.add("closed by \(side(record)): \(record.text("reason") ?? "?")")
        let messages = record.number("messages") ?? 0
        let deletions = record.number("deletions") ?? 0
        var totals = [messages == 1 ? "1 message" : "\(messages) messages", octets(record, "octets_out")]
        if deletions > 0 { totals.append("\(deletions) deleted") }
        totals.append(seconds(record))
        text.add("  " + totals.joined(separator: ", "), .faint)
    }

    // MARK: parts of several sentences

    private static func number(_ record: AuditRecord) -> String {
        record.number("number").map(String.init) ?? "?"
    }

    private static func side(_ record: AuditRecord) -> String {
        switch record.text("side") {
        case "relay": "Popsieve"
        case "upstream": "server"
        case let side: side ?? "?"
        }
    }

    private static func octets(_ record: AuditRecord, _ name: String) -> String {
        record.number(name).map { Double($0).asOctets } ?? "?"
    }

    static func seconds(_ record: AuditRecord) -> String {
        record.fields["seconds"]?.quantity.map { "\($0 < 10 ? ($0 * 10).rounded() / 10 : $0.rounded()) s" } ?? "?"
    }

    private static func encryption(_ record: AuditRecord) -> String {
        record.text("tls").map { " with \($0)" } ?? ""
    }
}

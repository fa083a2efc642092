// What happened to the service as a whole, in a few words.
// Must not speak of sessions.

import Audit

extension AuditSentence {
    static func service(_ record: AuditRecord, _ text: inout ConsoleText) {
        switch record.event {
        case "service_started": started(record, &text)
        case "service_stopped":
            let sessions = record.number("sessions") ?? 0
            text.add("Popsieve stopped: \(record.text("reason") ?? "?")", .strong)
            text.add("  \(sessions) sessions, \(record.number("cut") ?? 0) cut off, \(seconds(record))", .faint)
        case "rules_loaded":
            text.add("rules loaded: \(names(record, "files"))", .good)
            text.add("  depth \(record.text("depth") ?? "?")", .faint)
        case "settings_reloaded": text.add("settings reloaded", .good)
        case "certificates_reloaded": text.add("certificates reloaded: \(names(record, "files"))", .good)
        case "rules_rejected": text.add("rules rejected, the ones before stay in force", .bad)
        case "settings_rejected": text.add("settings rejected, the ones before stay in force", .bad)
        case "certificates_rejected": text.add("certificates rejected, the ones before stay in force", .bad)
        case "audit_lost":
            text.add("\(record.number("lines") ?? 0) lines are missing here: they could not be written", .bad)
        default: unknown(record, &text)
        }
    }

    private static func started(_ record: AuditRecord, _ text: inout ConsoleText) {
        text.add("Popsieve \(record.text("version") ?? "") started", .strong)
        text.add("  \(names(record, "listeners")) for \(names(record, "upstreams"))")
    }

    /// An event of a later version: its name, and the line as it is.
    private static func unknown(_ record: AuditRecord, _ text: inout ConsoleText) {
        text.add(record.event)
        text.add("  " + String(decoding: record.line, as: UTF8.self), .faint)
    }

    private static func names(_ record: AuditRecord, _ name: String) -> String {
        let names = record.list(name).compactMap(\.text)
        return names.isEmpty ? "none" : names.joined(separator: ", ")
    }
}

// What became of messages, in a few words.

import Audit

extension Sentence {
    static let messageWriters: [String: Writer] = [
        "message": { record, text in
            text.add("\(record.command)\(record.octets("octets_out").map { "  \($0)" } ?? "")  ")
            text.add(verdictOf: record)
            text.add(causesOf: record)
            if record.fields["complete"] == .truth(false) { text.add("  broke off", .bad) }
        },
        "message_ended": { record, text in
            let octets = record.octets("octets_out") ?? "?"
            if record.fields["complete"] == .truth(false) {
                text.add("\(record.command) broke off after \(octets)", .bad)
            } else {
                text.add("\(record.command) is with the client, \(octets)", .faint)
            }
            text.add(defectsOf: record)
        },
        "deletions_undone": { record, text in
            let deletions = record.number("deletions") ?? 0
            text.add("RSET  \(deletions == 1 ? "1 message is" : "\(deletions) messages are") not deleted after all")
        },
        "released": { record, text in
            text.add("released from the quarantine", .notable)
            text.add(quarantined: record)
        },
        "removed": { record, text in
            text.add("deleted from the quarantine", .notable)
            text.add(quarantined: record)
        },
        "expired": { record, text in
            let octets = record.octets("octets").map { ", \($0)" } ?? ""
            text.add("gone from the quarantine: \((record.number("messages") ?? 0).of("message"))\(octets)", .notable)
            if let by = record.text("by") { text.add("  by \(by)") }
        },
        "deleted": { record, text in
            text.add("DELE \(record.position)")
            if let refusal = record.text("refusal") {
                text.add("  refused by \(record.side): \(refusal)", .notable)
            } else if record.fields["kept"] == .truth(true) {
                text.add("  not passed on: the message was withheld, it stays on the server", .notable)
            }
        },
    ]

    private mutating func add(verdictOf record: AuditRecord) {
        let verdict = record.text("verdict") ?? "?"
        switch verdict {
        case "passed": add(verdict, .good)
        case "tagged", "rewritten", "released": add(verdict, .notable)
        default: add(verdict, .bad)
        }
    }

    /// The rules that had an effect, and what is odd about the message.
    private mutating func add(causesOf record: AuditRecord) {
        for rule in record.list("rules") {
            add("  \(rule["file"]?.text ?? "?"):\(rule["line"]?.number ?? 0) \(rule["action"]?.text ?? "")")
        }
        // No rule did this: fields in Popsieve's own name space that came with the message.
        for edit in record.list("edits").compactMap(\.text) where edit.lowercased().hasPrefix("-x-popsieve-") {
            add("  forged \(edit.dropFirst()) removed", .notable)
        }
        for line in record.list("debug").compactMap(\.text) { add("  \(line)", .notable) }
        for copy in record.list("quarantine") {
            add("  kept in \(copy["folder"]?.text ?? "?") as \(copy["id"]?.text ?? "?")", .notable)
        }
        if let announced = record.number("announced") { add("  LIST said \(announced) octets", .notable) }
        if let failure = record.text("failure") { add("  \(failure)", .bad) }
        add(defectsOf: record)
    }

    private mutating func add(quarantined record: AuditRecord) {
        add("  \(record.text("folder") ?? "?") \(record.text("id") ?? "?")")
        add("  by \(record.text("by") ?? "?")")
    }

    private mutating func add(defectsOf record: AuditRecord) {
        let defects = (record.list("defects") + record.list("body_defects")).compactMap(\.text)
        if !defects.isEmpty { add("  \(defects.joined(separator: ", "))", .notable) }
    }
}

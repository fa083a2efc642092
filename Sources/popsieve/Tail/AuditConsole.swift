// The audit log as people read it: one event, one line.
// Must not read files or write to a terminal.

import Audit
import Foundation

/// Turns records into lines of text; shared by `tail` and `demo`.
struct AuditConsole {
    var inColour: Bool
    var zone = TimeZone.current
    /// The local day of the line before; a line of its own says when it changes.
    var day: String

    init(inColour: Bool, zone: TimeZone = .current, now: Date = Date()) {
        self.inColour = inColour
        self.zone = zone
        day = Self.local(Int64(now.timeIntervalSince1970), zone: zone).day
    }

    /// The lines for an entry, each with its end.
    mutating func lines(for entry: AuditReader.Entry) -> String {
        switch entry {
        case .record(let record):
            return dayChange(record) + (headline(record) + details(record))
        case .unreadable(let bytes):
            var text = ConsoleText()
            text.add("unreadable line: " + String(decoding: bytes.prefix(200), as: UTF8.self), .faint)
            return text.rendered(inColour: inColour) + "\n"
        }
    }

    // MARK: the parts of an entry

    private mutating func dayChange(_ record: AuditRecord) -> String {
        guard let time = record.time else { return "" }
        let local = Self.local(time.seconds, zone: zone).day
        guard local != day else { return "" }
        day = local
        var text = ConsoleText()
        text.add(local, .faint)
        return text.rendered(inColour: inColour) + "\n"
    }

    private func headline(_ record: AuditRecord) -> String {
        var text = ConsoleText()
        let clock = record.time.map { time in Self.local(time.seconds, zone: zone).clock }
        text.add((clock ?? "--:--:--") + " ", .faint)
        if let session = record.text("session") {
            text.add(session + " ", .faint)
            text.add((record.text("user") ?? record.text("client") ?? "") + "  ", .strong)
        }
        AuditSentence.add(record, to: &text)
        return text.rendered(inColour: inColour) + "\n"
    }

    /// Faults of files, each on a line that editors understand.
    private func details(_ record: AuditRecord) -> String {
        (record.list("diagnostics") + record.list("warnings")).map { fault in
            var text = ConsoleText()
            let place = [fault["line"]?.number, fault["column"]?.number].compactMap { $0 }.filter { $0 > 0 }
            let path = ([fault["file"]?.text ?? ""] + place.map(String.init)).joined(separator: ":")
            text.add("         \(path): \(fault["message"]?.text ?? "")", .notable)
            return text.rendered(inColour: inColour) + "\n"
        }.joined()
    }

    private static func local(_ seconds: Int64, zone: TimeZone) -> (day: String, clock: String) {
        let offset = zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(seconds)))
        let text = AuditTime(seconds: seconds + Int64(offset), microseconds: 0).text
        return (String(text.prefix(10)), String(text.dropFirst(11).prefix(8)))
    }
}

// The audit log as people read it on a terminal: one event, one line.

import Audit
import AuditReading
import Foundation

/// Turns records into lines of text; shared by `tail` and `demo`.
struct AuditConsole {
    let terminal: Terminal
    let zone: LocalTime
    /// The local day of the line before; a line of its own says when it changes.
    private var day: String

    init(terminal: Terminal, zone: LocalTime = .current, now: Date = Date()) {
        self.terminal = terminal
        self.zone = zone
        day = Self.local(Int64(now.timeIntervalSince1970), zone: zone).day
    }

    /// The lines for an entry, each with its end.
    mutating func lines(for entry: AuditReader.Entry) -> String {
        switch entry {
        case .record(let record):
            return dayChange(record) + headline(record) + details(record)
        case .unreadable(let bytes):
            return line("unreadable line: " + String(decoding: bytes.prefix(200), as: UTF8.self), .faint)
        }
    }

    // MARK: the parts of an entry

    private mutating func dayChange(_ record: AuditRecord) -> String {
        guard let time = record.time else { return "" }
        let local = Self.local(time.seconds, zone: zone).day
        guard local != day else { return "" }
        day = local
        return line(local, .faint)
    }

    private func headline(_ record: AuditRecord) -> String {
        var beginning = Sentence()
        let clock = record.time.map { time in Self.local(time.seconds, zone: zone).clock }
        beginning.add((clock ?? "--:--:--") + " ", .faint)
        if let session = record.text("session") { beginning.add(session + " ", .faint) }
        if let who = record.text("user") ?? record.text("client") { beginning.add(who + "  ", .strong) }
        return terminal.paint(beginning) + terminal.paint(Sentence(record)) + "\n"
    }

    /// Faults of files, each on a line that editors understand.
    private func details(_ record: AuditRecord) -> String {
        (record.list("diagnostics") + record.list("warnings")).map { fault in
            let place = [fault["line"]?.number, fault["column"]?.number].compactMap { $0 }.filter { $0 > 0 }
            let path = ([fault["file"]?.text ?? ""] + place.map(String.init)).joined(separator: ":")
            return line("         \(path): \(fault["message"]?.text ?? "")", .notable)
        }.joined()
    }

    private func line(_ words: String, _ tone: Sentence.Tone) -> String {
        var sentence = Sentence()
        sentence.add(words, tone)
        return terminal.paint(sentence) + "\n"
    }

    private static func local(_ seconds: Int64, zone: LocalTime) -> (day: String, clock: String) {
        let text = AuditTime(seconds: seconds + zone.offset(seconds), microseconds: 0).text
        return (String(text.prefix(10)), String(text.dropFirst(11).prefix(8)))
    }
}

// An audit log read back, in whatever pieces it comes.
// Must not open files, nor stumble over what it does not know: half lines, foreign lines, later versions.

import Dates

/// One line of an audit log.
package struct AuditRecord: Sendable, Equatable {
    /// The line as it is in the log, without its end.
    package let line: [UInt8]
    /// The event's name, as in ``AuditEvent/name``; of a later version it may be one that is unknown here.
    package let event: String
    /// When it happened; nil if the line does not say so in the way that this version writes.
    package let time: AuditTime?
    /// All fields by name.
    package let fields: [String: AuditValue]

    /// Nil if the line is not a JSON object that names an event.
    package init?(line: [UInt8]) {
        guard case .object(let fields) = AuditValue(parsing: line), let event = fields["event"]?.text else {
            return nil
        }
        self.line = line
        self.event = event
        self.fields = fields
        time = fields["time"]?.text.flatMap(AuditTime.init)
    }

    /// The text of a field; nil where there is none.
    package func text(_ name: String) -> String? { fields[name]?.text }

    /// The whole number of a field; nil where there is none.
    package func number(_ name: String) -> Int? { fields[name]?.number }

    /// The elements of a field; none where there is no list.
    package func list(_ name: String) -> [AuditValue] { fields[name]?.list ?? [] }
}

/// Makes records of bytes that come in pieces.
package struct AuditReader: Sendable {
    /// What a line turns out to be.
    package enum Entry: Sendable, Equatable {
        case record(AuditRecord)
        /// Not a line of ours: half of one, or something that got into the file.
        case unreadable([UInt8])
    }

    /// Octets of the longest line that is read; a longer one is skipped. Every text and every list of a line is
    /// bounded, so that no line of ours comes near it.
    package static let lineLimit = 4 * 1024 * 1024

    /// The beginning of a line whose end has not come yet.
    private var rest: [UInt8] = []
    private var isSkipping = false

    package init() {}

    /// The entries that the bytes complete, in order.
    package mutating func read(_ bytes: [UInt8]) -> [Entry] {
        var entries: [Entry] = []
        var start = 0
        while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
            if !isSkipping, let entry = entry(of: rest + bytes[start..<end]) { entries.append(entry) }
            isSkipping = false
            rest.removeAll()
            start = end + 1
        }
        if !isSkipping { rest += bytes[start...] }
        if rest.count > Self.lineLimit {
            isSkipping = true
            rest.removeAll()
        }
        return entries
    }

    /// What a file's last line is that has no end, when the file is known to be over.
    package mutating func finish() -> Entry? {
        defer { self = AuditReader() }
        return entry(of: rest)
    }

    private func entry(of line: [UInt8]) -> Entry? {
        guard !line.isEmpty else { return nil }
        return AuditRecord(line: line).map(Entry.record) ?? .unreadable(line)
    }
}

extension AuditTime {
    /// Reads what ``AuditLines`` writes, such as `2026-11-23T08:15:04.123456Z`; nil for anything else.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        let form = Array("dddd-dd-ddTdd:dd:dd.ddddddZ".utf8)
        guard bytes.count == form.count else { return nil }
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        for (byte, expected) in zip(bytes, form) {
            guard expected == UInt8(ascii: "d") ? digits.contains(byte) : byte == expected else { return nil }
        }
        func number(_ range: Range<Int>) -> Int { bytes[range].reduce(0) { $0 * 10 + Int($1 - digits.lowerBound) } }
        let date = CivilDate(year: number(0..<4), month: number(5..<7), day: number(8..<10))
        let time = (number(11..<13) * 60 + number(14..<16)) * 60 + number(17..<19)
        guard date.exists, date.year >= 1970 else { return nil }
        self.init(seconds: Int64(date.daysSince1970 * 86_400 + time), microseconds: Int32(number(20..<26)))
    }
}

// A moment as text: RFC 3339 in UTC with microseconds.
// Must not read a clock or know time zones.

import Dates

/// Formats moments; keeps the text of the last second, because most lines of a busy relay share it.
struct TimeStamp: Sendable {
    /// The last moment that can be written with four digits of year: 9999-12-31T23:59:59Z.
    private static let end: Int64 = 253_402_300_799
    private var second: Int64 = -1
    private var text: [UInt8] = []

    /// Appends, say, `2026-11-23T08:15:04.123456Z`. A moment before 1970 is shown as 1970, one after 9999 as 9999.
    mutating func append(_ time: AuditTime, to bytes: inout [UInt8]) {
        let seconds = min(max(time.seconds, 0), Self.end)
        if seconds != second { render(seconds) }
        bytes.append(contentsOf: text)
        bytes.append(decimal: UInt(min(max(time.microseconds, 0), 999_999)), digits: 6)
        bytes.append(UInt8(ascii: "Z"))
    }

    private mutating func render(_ seconds: Int64) {
        second = seconds
        let date = CivilDate(daysSince1970: Int(seconds / 86_400))
        let time = UInt(seconds % 86_400)
        text.removeAll(keepingCapacity: true)
        text.append(decimal: date.year.magnitude, digits: 4)
        text.append(UInt8(ascii: "-"))
        text.append(decimal: date.month.magnitude, digits: 2)
        text.append(UInt8(ascii: "-"))
        text.append(decimal: date.day.magnitude, digits: 2)
        text.append(UInt8(ascii: "T"))
        text.append(decimal: time / 3600, digits: 2)
        text.append(UInt8(ascii: ":"))
        text.append(decimal: time / 60 % 60, digits: 2)
        text.append(UInt8(ascii: ":"))
        text.append(decimal: time % 60, digits: 2)
        text.append(UInt8(ascii: "."))
    }
}

extension AuditTime {
    /// As in a line, such as `2026-11-23T08:15:04.123456Z`.
    package var text: String {
        var stamp = TimeStamp()
        var bytes: [UInt8] = []
        stamp.append(self, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}

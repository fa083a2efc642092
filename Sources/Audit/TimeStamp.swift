// A moment as text: RFC 3339 in UTC with microseconds.
// Must not read a clock or know time zones.

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

/// A day of the Gregorian calendar.
struct CivilDate: Equatable {
    var year: Int
    var month: Int
    var day: Int

    init(year: Int, month: Int, day: Int) {
        self.year = year
        self.month = month
        self.day = day
    }

    /// Counts from 0000-03-01, so that the leap day is a year's last: 146,097 days in 400 years, and months whose
    /// lengths follow (153 m + 2) / 5. Right for days from 1970 on.
    init(daysSince1970 days: Int) {
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }
}

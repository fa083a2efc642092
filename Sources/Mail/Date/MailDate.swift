// A moment with the zone that it was written in (RFC 5322 section 3.3).
// Must not read a clock, nor know zones by place: a message gives an offset.

import Dates

/// A date and time as a header field gives it.
public struct MailDate: Sendable, Equatable {
    /// The year, four digits.
    public let year: Int
    /// The month, 1 to 12.
    public let month: Int
    /// The day of the month, 1 to 31.
    public let day: Int
    /// The hour, 0 to 23.
    public let hour: Int
    /// The minute, 0 to 59.
    public let minute: Int
    /// The second, 0 to 60: 60 is a leap second.
    public let second: Int
    /// How many minutes the zone is ahead of UTC.
    public let zoneMinutes: Int
    /// Whether the zone is known: not so for `-0000` and for names that mean nothing (RFC 5322 section 4.3).
    public let isZoneKnown: Bool

    /// A date of its pieces, which must be in their ranges.
    init(year: Int, month: Int, day: Int, time: (Int, Int, Int), zoneMinutes: Int, isZoneKnown: Bool) {
        self.year = year
        self.month = month
        self.day = day
        (hour, minute, second) = time
        self.zoneMinutes = zoneMinutes
        self.isZoneKnown = isZoneKnown
    }

    /// Reads `text`, an unfolded header value, obsolete forms included; nil if it is no date.
    public init?(_ text: [UInt8]) {
        var parser = DateParser(text)
        guard let date = parser.date() else { return nil }
        self = date
    }

    /// The moment that is `seconds` behind the beginning of 1970 in UTC, as a clock in a zone shows it.
    ///
    /// Years end at 1 and 9999, zones a day ahead and behind: what is beyond becomes the nearest.
    ///
    /// - Parameter zoneMinutes: How many minutes the zone is ahead of UTC.
    public init(secondsSince1970 seconds: Int64, zoneMinutes: Int = 0) {
        let zoneMinutes = min(max(zoneMinutes, -1_440), 1_440)
        let moment = min(max(seconds, Self.first), Self.last)
        let local = min(max(moment + Int64(zoneMinutes) * 60, Self.first), Self.last)
        let days = Int((Double(local) / 86_400).rounded(.down))
        let rest = Int(local - Int64(days) * 86_400)
        let date = CivilDate(daysSince1970: days)
        self.init(
            year: date.year,
            month: date.month,
            day: date.day,
            time: (rest / 3_600, rest / 60 % 60, rest % 60),
            zoneMinutes: zoneMinutes,
            isZoneKnown: true
        )
    }

    /// The beginning of year 1 and the end of year 9999, in seconds from 1970.
    private static let first: Int64 = -62_135_596_800
    private static let last: Int64 = 253_402_300_799

    /// Seconds from the beginning of 1970 in UTC. A leap second counts as the one that follows it.
    public var secondsSince1970: Int64 {
        Int64(daysSince1970) * 86_400 + Int64(hour * 3_600 + minute * 60 + second - zoneMinutes * 60)
    }

    /// Days from 1 January 1970 to this day, as its own zone counts days.
    public var daysSince1970: Int { CivilDate(year: year, month: month, day: day).daysSince1970 }

    /// The day of the week, 0 for Sunday to 6 for Saturday.
    public var weekday: Int { ((daysSince1970 + 4) % 7 + 7) % 7 }

    /// The day in the year, from 1 on.
    public var dayOfYear: Int { daysSince1970 - CivilDate(year: year, month: 1, day: 1).daysSince1970 + 1 }

    /// The same moment in another zone.
    public func inZone(minutes: Int) -> MailDate {
        MailDate(secondsSince1970: secondsSince1970, zoneMinutes: minutes)
    }

    /// RFC 5322's form of it: `Mon, 23 Nov 2026 08:15:04 +0000`.
    public var description: String {
        let weekday = DateParser.weekdays[weekday]
        let sign = zoneMinutes < 0 || !isZoneKnown ? "-" : "+"
        let zone = sign + Self.twoDigits(abs(zoneMinutes) / 60) + Self.twoDigits(abs(zoneMinutes) % 60)
        let time = [hour, minute, second].map(Self.twoDigits).joined(separator: ":")
        let digits = String(repeating: "0", count: max(0, 4 - String(year).count)) + String(year)
        return "\(weekday), \(day) \(DateParser.months[month - 1]) \(digits) \(time) \(zone)"
    }

    private static func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}

extension MailDate: CustomStringConvertible {}

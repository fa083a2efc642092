// The parts of a date that scripts ask for (RFC 5260 section 4.2), as text.
// Must not know where the date comes from.

import Mail

/// A part of a date.
enum DatePart: String, CaseIterable {
    case year, month, day, date, julian, hour, minute, second, time, iso8601, std11, zone, weekday

    /// The part of a moment as a clock in its zone shows it.
    func text(of date: MailDate) -> String {
        switch self {
        case .year: Self.digits(date.year, 4)
        case .month: Self.digits(date.month, 2)
        case .day: Self.digits(date.day, 2)
        case .date: [Self.year, .month, .day].map { $0.text(of: date) }.joined(separator: "-")
        case .julian: String(date.daysSince1970 + 40_587)
        case .hour: Self.digits(date.hour, 2)
        case .minute: Self.digits(date.minute, 2)
        case .second: Self.digits(date.second, 2)
        case .time: [Self.hour, .minute, .second].map { $0.text(of: date) }.joined(separator: ":")
        case .iso8601:
            "\(Self.date.text(of: date))T\(Self.time.text(of: date))\(Self.offset(date.zoneMinutes, dividedBy: ":"))"
        case .std11: Self.std11(date)
        case .zone: Self.offset(date.zoneMinutes, dividedBy: "")
        case .weekday: String(date.weekday)
        }
    }

    /// The minutes east of UTC that `+hhmm` or `-hhmm` says; nil if it is something else.
    static func zone(_ text: [UInt8]) -> Int? {
        guard text.count == 5, text[0] == UInt8(ascii: "+") || text[0] == UInt8(ascii: "-") else { return nil }
        guard text[1...].allSatisfy(\.isDigit), let number = Int(text[1...].text), number % 100 < 60 else { return nil }
        let minutes = number / 100 * 60 + number % 100
        return text[0] == UInt8(ascii: "-") ? -minutes : minutes
    }

    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    private static func std11(_ date: MailDate) -> String {
        let day = "\(weekdays[date.weekday]), \(digits(date.day, 2)) \(months[date.month - 1]) \(digits(date.year, 4))"
        return "\(day) \(time.text(of: date)) \(offset(date.zoneMinutes, dividedBy: ""))"
    }

    private static func offset(_ minutes: Int, dividedBy divider: String) -> String {
        if minutes == 0, !divider.isEmpty { return "Z" }
        let size = abs(minutes)
        return "\(minutes < 0 ? "-" : "+")\(digits(size / 60, 2))\(divider)\(digits(size % 60, 2))"
    }

    private static func digits(_ number: Int, _ width: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }
}

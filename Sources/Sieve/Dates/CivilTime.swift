// A moment as people write it in a time zone, in the parts of RFC 5260 section 4.2.
// Must not know where it comes from.

/// Date and time of day in a zone, by the Gregorian calendar.
struct CivilTime {
    /// The parts that scripts can ask for.
    enum Part: String {
        case year, month, day, date, julian, hour, minute, second, time, iso8601, std11, zone, weekday
    }

    private let year: Int
    private let month: Int
    private let day: Int
    private let secondOfDay: Int
    private let daysSince1970: Int
    private let zone: Int

    /// The moment `seconds` after the beginning of 1970 in UTC, in a zone so many minutes east of it.
    init(seconds: Int64, zone: Int) {
        let local = Int(clamping: seconds) &+ zone * 60
        daysSince1970 = Self.floor(local, by: 86_400)
        secondOfDay = local - daysSince1970 * 86_400
        (year, month, day) = Self.date(daysSince1970)
        self.zone = zone
    }

    func text(of part: Part) -> String {
        switch part {
        case .year: Self.digits(year, 4)
        case .month: Self.digits(month, 2)
        case .day: Self.digits(day, 2)
        case .date: "\(text(of: .year))-\(text(of: .month))-\(text(of: .day))"
        case .julian: String(daysSince1970 + 40_587)
        case .hour: Self.digits(secondOfDay / 3_600, 2)
        case .minute: Self.digits(secondOfDay / 60 % 60, 2)
        case .second: Self.digits(secondOfDay % 60, 2)
        case .time: "\(text(of: .hour)):\(text(of: .minute)):\(text(of: .second))"
        case .iso8601: "\(text(of: .date))T\(text(of: .time))\(isoZone)"
        case .std11:
            "\(Self.weekdays[weekday]), \(text(of: .day)) \(Self.months[month - 1]) \(text(of: .year)) \(text(of: .time)) \(text(of: .zone))"
        case .zone: "\(zone < 0 ? "-" : "+")\(Self.digits(abs(zone) / 60, 2))\(Self.digits(abs(zone) % 60, 2))"
        case .weekday: String(weekday)
        }
    }

    private var weekday: Int { ((daysSince1970 % 7) + 11) % 7 }

    private var isoZone: String {
        zone == 0 ? "Z" : "\(zone < 0 ? "-" : "+")\(Self.digits(abs(zone) / 60, 2)):\(Self.digits(abs(zone) % 60, 2))"
    }

    static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// The minutes east of UTC that `+hhmm` or `-hhmm` says.
    static func zone(_ text: [UInt8]) -> Int? {
        guard text.count == 5, text[0] == UInt8(ascii: "+") || text[0] == UInt8(ascii: "-") else { return nil }
        guard text[1...].allSatisfy(\.isDigit), let number = Int(text[1...].text), number % 100 < 60 else { return nil }
        let minutes = number / 100 * 60 + number % 100
        return text[0] == UInt8(ascii: "-") ? -minutes : minutes
    }

    /// The days from the beginning of 1970 to a date.
    static func days(year: Int, month: Int, day: Int) -> Int {
        // Years begin in March here, so that the leap day is the last of a year.
        let shifted = month <= 2 ? year - 1 : year
        let era = floor(shifted, by: 400)
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func date(_ days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = floor(shifted, by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    private static func floor(_ number: Int, by divisor: Int) -> Int {
        number >= 0 ? number / divisor : (number - divisor + 1) / divisor
    }

    private static func digits(_ number: Int, _ width: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }
}

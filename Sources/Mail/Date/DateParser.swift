// Reads date-time (RFC 5322 sections 3.3 and 4.3) and what mailers write instead.
// Must not accept a day that does not exist.

import Dates

/// Reads one date.
struct DateParser {
    static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]

    private enum Token: Equatable {
        case number(Int, digits: Int)
        /// In small letters.
        case word(String)
        /// `:`, `+` or `-`; commas and dots are left out.
        case sign(UInt8)
    }

    private var tokens: ArraySlice<Token>

    init(_ text: [UInt8]) { tokens = Self.tokens(text)[...] }

    /// `[weekday,] day month year hour:minute[:second] [zone]`, or with the month first, as C's asctime has it.
    mutating func date() -> MailDate? {
        if case .word(let word)? = tokens.first, Self.month(word) == nil { tokens.removeFirst() }
        let day: Int?
        let month: Int?
        if case .word? = tokens.first {
            month = takeMonth()
            day = takeNumber(1...31, digits: 1...2)
        } else {
            day = takeNumber(1...31, digits: 1...2)
            skip(0x2D)
            month = takeMonth()
            skip(0x2D)
        }
        guard let day, let month else { return nil }
        // asctime puts the year behind the time.
        let year = isTimeNext ? nil : takeYear()
        guard let time = takeTime() else { return nil }
        let zone = takeZone()
        guard let year = year ?? takeYear(), day <= CivilDate.length(ofMonth: month, year: year) else { return nil }
        return MailDate(
            year: year,
            month: month,
            day: day,
            time: time,
            zoneMinutes: zone ?? 0,
            isZoneKnown: zone != nil
        )
    }

    // MARK: Pieces

    private var isTimeNext: Bool { tokens.dropFirst().first == .sign(.colon) }

    private mutating func skip(_ sign: UInt8) {
        if tokens.first == .sign(sign) { tokens.removeFirst() }
    }

    private mutating func takeNumber(_ range: ClosedRange<Int>, digits: ClosedRange<Int>) -> Int? {
        guard case .number(let number, let count)? = tokens.first, range.contains(number), digits.contains(count) else {
            return nil
        }
        tokens.removeFirst()
        return number
    }

    private static func month(_ word: String) -> Int? {
        guard word.utf8.count >= 3 else { return nil }
        return months.firstIndex { word.hasPrefix($0.lowercased()) }.map { $0 + 1 }
    }

    private mutating func takeMonth() -> Int? {
        guard case .word(let word)? = tokens.first, let month = Self.month(word) else { return nil }
        tokens.removeFirst()
        return month
    }

    /// Two digits are 1950 to 2049, three are years behind 1900 (RFC 5322 section 4.3).
    private mutating func takeYear() -> Int? {
        guard case .number(let number, let digits)? = tokens.first, (2...4).contains(digits) else { return nil }
        tokens.removeFirst()
        return switch digits {
        case 2: number < 50 ? 2_000 + number : 1_900 + number
        case 3: 1_900 + number
        default: number >= 1 ? number : nil
        }
    }

    private mutating func takeTime() -> (Int, Int, Int)? {
        guard let hour = takeNumber(0...23, digits: 1...2), tokens.first == .sign(.colon) else { return nil }
        tokens.removeFirst()
        guard let minute = takeNumber(0...59, digits: 1...2) else { return nil }
        guard tokens.first == .sign(.colon) else { return (hour, minute, 0) }
        tokens.removeFirst()
        guard let second = takeNumber(0...60, digits: 1...2) else { return nil }
        return (hour, minute, second)
    }

    /// Minutes ahead of UTC; nil if unknown or missing.
    private mutating func takeZone() -> Int? {
        guard let token = tokens.first else { return nil }
        switch token {
        case .sign(let sign) where sign == 0x2B || sign == 0x2D:
            tokens.removeFirst()
            guard case .number(let number, 4)? = tokens.first, number / 100 < 24, number % 100 < 60 else { return nil }
            tokens.removeFirst()
            if number == 0, sign == 0x2D { return nil }
            let minutes = number / 100 * 60 + number % 100
            return sign == 0x2B ? minutes : -minutes
        case .word(let name):
            tokens.removeFirst()
            return Self.zones[name]
        case .sign, .number: return nil
        }
    }

    /// The obsolete zones that still mean something; letters but Z do not (RFC 5322 section 4.3).
    private static let zones = [
        "ut": 0, "utc": 0, "gmt": 0, "z": 0, "est": -300, "edt": -240, "cst": -360, "cdt": -300, "mst": -420,
        "mdt": -360, "pst": -480, "pdt": -420,
    ]

    // MARK: Tokens

    /// Comments and white space are left out.
    private static func tokens(_ text: [UInt8]) -> [Token] {
        var tokens: [Token] = []
        var index = 0
        while index < text.count, tokens.count < Limits.dateTokens {
            let octet = text[index]
            let start = index
            index += 1
            if octet == .openParenthesis {
                index = behindComment(text, from: start)
            } else if octet &- 0x30 < 10 {
                var number = 0
                index = start
                while index < text.count, text[index] &- 0x30 < 10 {
                    number = min(number * 10 + Int(text[index] - 0x30), 1_000_000)
                    index += 1
                }
                tokens.append(.number(number, digits: index - start))
            } else if octet.lowercased &- 0x61 < 26 {
                while index < text.count, text[index].lowercased &- 0x61 < 26 { index += 1 }
                tokens.append(.word(String(decoding: text[start..<index].map(\.lowercased), as: UTF8.self)))
            } else if octet == .colon || octet == 0x2B || octet == 0x2D {
                tokens.append(.sign(octet))
            }
        }
        return tokens
    }

    private static func behindComment(_ text: [UInt8], from start: Int) -> Int {
        var depth = 0
        var index = start
        while index < text.count {
            switch text[index] {
            case .openParenthesis: depth += 1
            case .closeParenthesis: depth -= 1
            case .backslash: index += 1
            default: break
            }
            index += 1
            if depth == 0 { break }
        }
        return min(index, text.count)
    }
}

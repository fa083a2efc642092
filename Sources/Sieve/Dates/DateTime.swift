// The date-time of RFC 5322 sections 3.3 and 4.3 in a header field, at its end or behind its last semicolon.
// Must not accept a date that no calendar has.

/// A moment with the zone it was written in.
struct DateTime {
    /// Seconds since 1970 in UTC.
    let seconds: Int64
    /// Minutes east of UTC.
    let zone: Int

    /// Reads the last date-time of a field's value; nil if there is none, or it is impossible.
    init?(lastIn value: [UInt8]) {
        let tail = value.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false).last ?? []
        var words = Self.words(of: tail)[...]
        // The day's name, with its comma, says nothing that the date does not.
        if let first = words.first, first.allSatisfy(\.isLetter) { words = words.dropFirst() }
        guard words.count >= 6, let day = Self.number(words.removeFirst(), digits: 1...2),
            let month = Self.month(words.removeFirst()),
            let year = Self.year(words.removeFirst()),
            let hour = Self.number(words.removeFirst(), digits: 2...2), words.popFirst() == [UInt8(ascii: ":")],
            let minute = words.popFirst().flatMap({ Self.number($0, digits: 2...2) })
        else { return nil }
        var second = 0
        if words.first == [UInt8(ascii: ":")] {
            words = words.dropFirst()
            guard let number = words.popFirst().flatMap({ Self.number($0, digits: 2...2) }) else { return nil }
            // A leap second is shown as the second before it.
            second = number == 60 ? 59 : number
        }
        // Some mailers leave the zone out.
        guard words.count <= 1, let zone = words.first.map(Self.zone) ?? 0, hour < 24, minute < 60, second < 60,
            day >= 1, day <= Self.length(of: month, year)
        else { return nil }
        let days = CivilTime.days(year: year, month: month, day: day)
        seconds = Int64(days * 86_400 + hour * 3_600 + minute * 60 + second - zone * 60)
        self.zone = zone
    }

    /// Words of letters and digits, and colons; comments and everything else divide.
    private static func words(of text: ArraySlice<UInt8>) -> [[UInt8]] {
        var words: [[UInt8]] = []
        var word: [UInt8] = []
        var nesting = 0
        for octet in text {
            let isWord = nesting == 0 && (octet.isLetter || octet.isDigit || "+-".utf8.contains(octet))
            if isWord {
                word.append(octet)
                continue
            }
            if !word.isEmpty { words.append(word) }
            word = []
            switch octet {
            case UInt8(ascii: "("): nesting += 1
            case UInt8(ascii: ")"): nesting -= 1
            case UInt8(ascii: ":") where nesting == 0: words.append([octet])
            default: break
            }
        }
        return word.isEmpty ? words : words + [word]
    }

    private static func number(_ word: [UInt8], digits: ClosedRange<Int>) -> Int? {
        digits.contains(word.count) && word.allSatisfy(\.isDigit) ? Int(word.text) : nil
    }

    private static func month(_ word: [UInt8]) -> Int? {
        CivilTime.months.firstIndex { Array($0.utf8).isSameIgnoringCase(as: word) }.map { $0 + 1 }
    }

    /// Years of two or three digits are of the last century or this one (RFC 5322 section 4.3).
    private static func year(_ word: [UInt8]) -> Int? {
        guard let number = number(word, digits: 2...4) else { return nil }
        switch word.count {
        case 2: return number + (number < 50 ? 2_000 : 1_900)
        case 3: return number + 1_900
        default: return number
        }
    }

    private static func zone(_ word: [UInt8]) -> Int? {
        if let zone = CivilTime.zone(word) { return zone }
        let american = [
            "EDT": -240, "EST": -300, "CDT": -300, "CST": -360, "MDT": -360, "MST": -420, "PDT": -420, "PST": -480,
        ]
        if let zone = american[word.text.uppercased()] { return zone }
        return word.allSatisfy(\.isLetter) ? 0 : nil
    }

    private static func length(of month: Int, _ year: Int) -> Int {
        let next = month == 12 ? (year + 1, 1) : (year, month + 1)
        return CivilTime.days(year: next.0, month: next.1, day: 1) - CivilTime.days(year: year, month: month, day: 1)
    }
}

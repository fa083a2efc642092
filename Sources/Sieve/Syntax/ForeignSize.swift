// Sizes as people write them elsewhere: `1.5M`, `1MB`, `10 KiB`; Sieve has digits and one letter (RFC 5228 section 2.4.1).

/// A size that is no number of Sieve, and the number that is meant.
struct ForeignSize {
    /// As it stands in the script.
    let text: String
    /// What to write instead.
    let fix: String

    private static let powers: [String: Int] = [
        "": 0, "b": 0, "k": 1, "kb": 1, "kib": 1, "m": 2, "mb": 2, "mib": 2, "g": 3, "gb": 3, "gib": 3,
    ]

    /// Nil if what begins here is a number, or something else altogether.
    init?(_ source: ArraySlice<UInt8>) {
        var rest = source.prefix(Limits.foreignSizeLength)
        let whole = Self.take(&rest) { $0.isDigit }
        var fraction = ""
        if let mark = rest.first, mark == .dot || mark == UInt8(ascii: ","), rest.dropFirst().first?.isDigit == true {
            rest.removeFirst()
            fraction = Self.take(&rest) { $0.isDigit }
        }
        var behindBlanks = rest
        let blanks = Self.take(&behindBlanks) { $0.isBlank }
        let unit = Self.take(&behindBlanks) { $0.isIdentifierPart }.lowercased()
        guard let power = Self.powers[unit] else { return nil }
        if !unit.isEmpty { rest = behindBlanks }
        let isUnitOdd = unit.count > 1 || unit == "b" || !unit.isEmpty && !blanks.isEmpty
        guard !fraction.isEmpty || isUnitOdd else { return nil }
        text = String(decoding: source[source.startIndex..<rest.startIndex], as: UTF8.self)
        fix = Self.fix(whole, fraction, power)
    }

    private static func fix(_ whole: String, _ fraction: String, _ power: Int) -> String {
        let letters = ["", "K", "M", "G"]
        guard !fraction.isEmpty else { return "write \(whole)\(letters[power])" }
        guard power > 0, whole.count < 7, let value = Double("\(whole).\(fraction)") else {
            return "write a whole number"
        }
        return "write \(Int((value * 1024).rounded()))\(letters[power - 1])"
    }

    private static func take(_ rest: inout ArraySlice<UInt8>, while isPart: (UInt8) -> Bool) -> String {
        let taken = rest.prefix(while: isPart)
        rest = rest.dropFirst(taken.count)
        return String(decoding: taken, as: UTF8.self)
    }
}

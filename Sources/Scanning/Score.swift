// A spam score as a decimal number.
// Must not be a binary fraction: 5.0 is spam at a threshold of 5.0.

/// A decimal number, exact to three places, as scanners write scores.
public struct Score: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The number times 1000.
    public let thousandths: Int

    /// A number of thousandths.
    public init(thousandths: Int) { self.thousandths = thousandths }

    /// The nearest number of thousandths; nil where there is none.
    public init?(_ number: Double) {
        let scaled = (number * 1000).rounded()
        guard scaled.magnitude <= Double(Self.largest) else { return nil }
        thousandths = Int(scaled)
    }

    /// A sign, digits, a point, digits: `-2.3`, `1000.0`, `5`. Nothing else is a score; further places are cut.
    public init?(_ text: some StringProtocol) {
        var digits = Array(text.utf8)[...]
        let isNegative = digits.first == UInt8(ascii: "-")
        if isNegative || digits.first == UInt8(ascii: "+") { digits.removeFirst() }
        let parts = digits.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = parts.first, !whole.isEmpty else { return nil }
        let places = parts.count > 1 ? Array(parts[1]) : []
        guard parts.count == 1 || !places.isEmpty else { return nil }
        var value = 0
        let padded = Array(whole) + (places + Array(repeating: UInt8(ascii: "0"), count: 3)).prefix(3)
        for digit in padded {
            guard Self.digits.contains(digit) else { return nil }
            value = value * 10 + Int(digit - UInt8(ascii: "0"))
            guard value <= Self.largest else { return nil }
        }
        guard places.allSatisfy(Self.digits.contains) else { return nil }
        thousandths = isNegative ? -value : value
    }

    /// A thousand million points: what is beyond is no score.
    private static let largest = 1_000_000_000_000
    private static let digits = UInt8(ascii: "0")...UInt8(ascii: "9")

    /// The smaller number first.
    public static func < (left: Score, right: Score) -> Bool { left.thousandths < right.thousandths }

    /// At least one place: `5.0`, `-2.35`.
    public var description: String {
        let (whole, rest) = thousandths.magnitude.quotientAndRemainder(dividingBy: 1000)
        var places = String(String(rest + 1000).dropFirst())
        while places.count > 1, places.last == "0" { places.removeLast() }
        return "\(thousandths < 0 ? "-" : "")\(whole).\(places)"
    }
}

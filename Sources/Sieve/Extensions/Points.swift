// The points of a score, as decimal numbers are: with binary fractions .29 of 1 would be 28 percent.

/// A number of points in billionths; what is finer does not count, and what is larger than a billion is a billion.
struct Points {
    private static let one = 1_000_000_000
    private static let most = one * one

    private let billionths: Int

    var isPositive: Bool { billionths > 0 }

    init(_ whole: Int) { billionths = min(max(whole, 0), Self.one) * Self.one }

    /// Nil for what is no number above 0.
    init?(_ number: Double) {
        guard number.isFinite, number > 0 else { return nil }
        billionths = Int(min(Double(Self.most), (number * Double(Self.one)).rounded()))
    }

    /// Reads a decimal number with an optional sign; text behind it does not count. Nil if there is none.
    init?(_ octets: [UInt8]) {
        var rest = octets.drop { $0.isBlank }
        let sign = rest.first.flatMap { Self.signs.contains($0) ? $0 : nil }
        if sign != nil { rest.removeFirst() }
        let whole = rest.prefix { $0.isDigit }
        rest = rest[whole.endIndex...]
        var fraction = rest.prefix(0)
        if rest.first == .dot {
            fraction = rest.dropFirst().prefix { $0.isDigit }
            rest = rest[fraction.endIndex...]
        }
        // `1.2.3` and `1-2` are no numbers.
        if let next = rest.first, next == .dot || Self.signs.contains(next) { return nil }
        if whole.isEmpty, fraction.isEmpty { return nil }
        let digits = whole.drop { $0 == UInt8(ascii: "0") }
        let parts = digits + fraction.prefix(9) + Array(repeating: UInt8(ascii: "0"), count: max(0, 9 - fraction.count))
        let value = digits.count > 9 ? Self.most : parts.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        billionths = sign == UInt8(ascii: "-") ? -value : value
    }

    private static let signs = [UInt8(ascii: "+"), UInt8(ascii: "-")]

    /// How many whole steps out of `steps` the points are on the way from 0 to `worst`, which is above 0.
    func share(of worst: Points, in steps: Int) -> Int {
        let reached = min(max(billionths, 0), worst.billionths)
        return worst.billionths.dividingFullWidth(reached.multipliedFullWidth(by: steps)).quotient
    }
}

// Comparators (RFC 4790, RFC 5228 section 2.7.3): when two strings are equal, which comes first.
// Must not look at a locale.

/// A collation that scripts name with `:comparator`.
enum Comparator: Sendable {
    /// i;octet: octets as they are.
    case octet
    /// i;ascii-casemap: letters of US-ASCII in either case are the same.
    case asciiCasemap
    /// i;ascii-numeric: numbers at the beginning; what begins with none is beyond all numbers.
    case asciiNumeric
    /// i;unicode-casemap: letters of all scripts in either case are the same (RFC 5051). Titlecase is mapped;
    /// compatibility forms are not taken apart.
    case unicodeCasemap

    /// The comparator that scripts call `name`.
    init?(name: [UInt8]) {
        switch name.text {
        case "i;octet": self = .octet
        case "i;ascii-casemap": self = .asciiCasemap
        case "i;ascii-numeric": self = .asciiNumeric
        case "i;unicode-casemap": self = .unicodeCasemap
        default: return nil
        }
    }

    var name: String {
        switch self {
        case .octet: "i;octet"
        case .asciiCasemap: "i;ascii-casemap"
        case .asciiNumeric: "i;ascii-numeric"
        case .unicodeCasemap: "i;unicode-casemap"
        }
    }

    /// Whether `:contains` and `:matches` work with it.
    var hasSubstrings: Bool { self != .asciiNumeric }

    /// Whether letter case does not count.
    var ignoresCase: Bool { self == .asciiCasemap || self == .unicodeCasemap }

    /// A string as it is compared: case is folded here where it takes more than US-ASCII.
    func prepared(_ string: [UInt8]) -> [UInt8] {
        guard self == .unicodeCasemap else { return string }
        var folded = ""
        for scalar in string.text.unicodeScalars { folded += scalar.properties.titlecaseMapping }
        return Array(folded.utf8)
    }

    /// The order of two prepared strings: below zero, zero, above zero.
    func order(_ left: [UInt8], _ right: [UInt8]) -> Int {
        switch self {
        case .octet, .unicodeCasemap: Self.order(left, right) { $0 }
        case .asciiCasemap: Self.order(left, right) { $0.uppercased }
        case .asciiNumeric: Self.numericOrder(left, right)
        }
    }

    /// Whether two prepared strings are the same.
    func areEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        switch self {
        case .octet, .unicodeCasemap: left == right
        case .asciiCasemap: left.isSameIgnoringCase(as: right)
        case .asciiNumeric: Self.numericOrder(left, right) == 0
        }
    }

    private static func order(_ left: [UInt8], _ right: [UInt8], folding: (UInt8) -> UInt8) -> Int {
        for index in 0..<min(left.count, right.count) {
            let (a, b) = (folding(left[index]), folding(right[index]))
            if a != b { return Int(a) - Int(b) }
        }
        return left.count - right.count
    }

    private static func numericOrder(_ left: [UInt8], _ right: [UInt8]) -> Int {
        switch (digits(of: left), digits(of: right)) {
        case (nil, nil): return 0
        case (nil, _?): return 1
        case (_?, nil): return -1
        case (let a?, let b?):
            if a.count != b.count { return a.count - b.count }
            if a.elementsEqual(b) { return 0 }
            return a.lexicographicallyPrecedes(b) ? -1 : 1
        }
    }

    /// The digits at the beginning without leading zeros; nil if there are none.
    private static func digits(of octets: [UInt8]) -> ArraySlice<UInt8>? {
        let digits = octets.prefix(while: \.isDigit)
        return digits.isEmpty ? nil : digits.drop { $0 == UInt8(ascii: "0") }
    }
}

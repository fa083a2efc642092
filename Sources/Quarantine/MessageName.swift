// What a message is called: to people, and as a file of a maildir.
// Must not open anything.

/// A message of the quarantine: 16 hexadecimal digits that are in its notice and on the command line.
package struct QuarantineIdentifier: Sendable, Hashable, CustomStringConvertible {
    let number: UInt64

    static func random() -> QuarantineIdentifier { .init(number: .random(in: 0...UInt64.max)) }

    init(number: UInt64) { self.number = number }

    /// Nil for what is no identifier; capital digits are digits.
    package init?(_ text: String) {
        guard text.utf8.count == 16, text.utf8.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }),
            let number = UInt64(text, radix: 16)
        else { return nil }
        self.number = number
    }

    package var description: String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

/// A file name as the Maildir format has it: seconds, a part that is unique, a host, then `S` for its size in octets
/// (Maildir++); a mail program appends a colon and flags: `1795421704.M123456R8f3a9c21d07b4e55.popsieve,S=48211:2,S`.
///
/// Sizes and times are in the name so that expiring and counting need not look at the files themselves.
struct MessageName: Sendable, Equatable {
    /// In place of a host: a random number is unique on all of them.
    private static let host = "popsieve"

    let identifier: QuarantineIdentifier
    /// When it was put there, from 1970 on.
    let microseconds: Int64
    /// Octets of the file: metadata and message.
    let size: Int
    /// What a mail program made of the name's end.
    private let flags: String

    /// The last second that is written with four digits of year.
    private static let secondsMost: Int64 = 253_402_300_799

    /// A moment before 1970 becomes 1970; one after 9999 becomes 9999.
    static func clamped(_ microseconds: Int64) -> Int64 { min(max(microseconds, 0), secondsMost * 1_000_000) }

    init(_ identifier: QuarantineIdentifier, microseconds: Int64, size: Int) {
        self.identifier = identifier
        self.microseconds = Self.clamped(microseconds)
        self.size = size
        flags = ""
    }

    /// Nil for a file that the quarantine did not write. Listings ask this for each name there is, so it reads octets.
    init?(_ text: String) {
        var rest = NameReader(text.utf8[...])
        // The second part is exactly as long as it is written; no number begins with a zero that it is not.
        guard let seconds = rest.number(upTo: 12), seconds <= Self.secondsMost, rest.skip(".M"),
            let fraction = rest.digits(6, radix: 10), rest.skip("R"), let number = rest.digits(16, radix: 16),
            rest.skip("."), rest.skip(Self.host), rest.skip(",S="), let size = rest.number(upTo: 12),
            rest.octets.isEmpty || rest.octets.first == UInt8(ascii: ",") || rest.octets.first == UInt8(ascii: ":")
        else { return nil }
        identifier = QuarantineIdentifier(number: number)
        microseconds = seconds * 1_000_000 + Int64(fraction)
        self.size = Int(size)
        flags = String(Substring(rest.octets))
    }

    var text: String {
        let fraction = String(microseconds % 1_000_000)
        let zeros = String(repeating: "0", count: 6 - fraction.count)
        return "\(microseconds / 1_000_000).M\(zeros)\(fraction)R\(identifier).\(Self.host),S=\(size)\(flags)"
    }
}

/// Takes a file name apart from its beginning on.
private struct NameReader {
    private(set) var octets: Substring.UTF8View

    init(_ octets: Substring.UTF8View) { self.octets = octets }

    mutating func skip(_ text: String) -> Bool {
        guard octets.starts(with: text.utf8) else { return false }
        octets = octets.dropFirst(text.utf8.count)
        return true
    }

    /// So many digits, those above nine in lower case.
    mutating func digits(_ count: Int, radix: UInt64) -> UInt64? {
        var value: UInt64 = 0
        for _ in 0..<count {
            guard let octet = octets.popFirst(), let digit = Self.value(octet), digit < radix else { return nil }
            value = value * radix + digit
        }
        return value
    }

    /// A decimal number as it is written: without a zero in front.
    mutating func number(upTo most: Int) -> Int64? {
        let count = octets.prefix(most + 1).prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }.count
        guard (1...most).contains(count), count == 1 || octets.first != UInt8(ascii: "0") else { return nil }
        return digits(count, radix: 10).map { Int64($0) }
    }

    private static func value(_ digit: UInt8) -> UInt64? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(digit - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(digit - UInt8(ascii: "a") + 10)
        default: nil
        }
    }
}

/// The order of every listing: by time, then by identifier.
extension MessageName: Comparable {
    static func < (one: Self, other: Self) -> Bool {
        (one.microseconds, one.identifier.number) < (other.microseconds, other.identifier.number)
    }
}

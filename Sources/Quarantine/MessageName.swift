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

    /// Nil for a file that the quarantine did not write.
    init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let fields = parts[0].split(separator: ",", omittingEmptySubsequences: false)
        let base = fields[0].split(separator: ".", omittingEmptySubsequences: false)
        guard base.count == 3, base[2] == Self.host, let seconds = Self.decimal(base[0]),
            seconds <= Self.secondsMost, base[1].utf8.count == 24, base[1].hasPrefix("M"),
            let rest = Self.decimal(base[1].dropFirst().prefix(6)), base[1].dropFirst(7).hasPrefix("R"),
            let identifier = QuarantineIdentifier(String(base[1].suffix(16))),
            fields.count > 1, fields[1].hasPrefix("S="), let size = Self.decimal(fields[1].dropFirst(2)),
            // Sums of sizes stay far from their type's end.
            size < 1 << 40
        else { return nil }
        self.identifier = identifier
        self.size = Int(size)
        microseconds = seconds * 1_000_000 + rest
        let written = MessageName(identifier, microseconds: microseconds, size: Int(size)).text
        guard text.hasPrefix(written) else { return nil }
        flags = String(text.dropFirst(written.count))
    }

    var text: String {
        let fraction = String(microseconds % 1_000_000)
        let zeros = String(repeating: "0", count: 6 - fraction.count)
        return "\(microseconds / 1_000_000).M\(zeros)\(fraction)R\(identifier).\(Self.host),S=\(size)\(flags)"
    }

    private static func decimal(_ digits: Substring) -> Int64? {
        guard digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
        return Int64(digits)
    }
}

/// The order of every listing: by time, then by identifier.
extension MessageName: Comparable {
    static func < (one: Self, other: Self) -> Bool {
        (one.microseconds, one.identifier.number) < (other.microseconds, other.identifier.number)
    }
}

// Character sets in which each octet is a character: most of what is neither UTF-8 nor written far in the east.
// Must not know what the characters are: iconv does, and is asked once for each.

import Octets
import Synchronization

/// What each octet of a character set is in UTF-8.
final class OctetTable: Sendable {
    /// Three octets of UTF-8, the first lowest, and how many of them there are on top; 0 for what is no character.
    private let entries: [UInt32]

    /// Nil where iconv does not know the name.
    private init?(_ name: String) {
        var entries: [UInt32] = []
        for octet in UInt8.min...UInt8.max {
            var text: [UInt8] = []
            guard let isValid = CharsetConverter.convert([octet], from: name, into: &text) else { return nil }
            let packed = text.prefix(3).reversed().reduce(0) { $0 << 8 | UInt32($1) }
            entries.append(isValid && text.count <= 3 ? UInt32(text.count) << 24 | packed : 0)
        }
        self.entries = entries
    }

    /// Unicode's own first 256 characters.
    static let latin1 = OctetTable(
        (0...255).map { $0 < 0x80 ? 1 << 24 | $0 : 2 << 24 | (0x80 | $0 & 0x3F) << 8 | 0xC0 | $0 >> 6 }
    )

    private init(_ entries: [UInt32]) { self.entries = entries }

    private static let made = Mutex<[String: OctetTable]>([:])

    /// The table of a character set; nil where it has none, or nobody knows it.
    static func named(_ name: String) -> OctetTable? {
        guard names.contains(name) else { return nil }
        return made.withLock { made in
            if let table = made[name] { return table }
            let table = OctetTable(name)
            made[name] = table
            return table
        }
    }

    /// Appends `octets` as UTF-8, what is no character as U+FFFD; false if there was such.
    func append(_ octets: ArraySlice<UInt8>, to text: inout [UInt8]) -> Bool {
        var isValid = true
        var start = octets.startIndex
        while true {
            let index = octets.startIndex + octets.span.firstOffsetBeyondASCII(from: start - octets.startIndex)
            if index > start { text += octets[start..<index] }
            guard index < octets.endIndex else { return isValid }
            start = index + 1
            var entry = entries[Int(octets[index])]
            if entry == 0 {
                isValid = false
                text += UTF8Text.replacement
            }
            for _ in 0..<entry >> 24 {
                text.append(UInt8(truncatingIfNeeded: entry))
                entry >>= 8
            }
        }
    }

    /// Those that are US-ASCII below 128, and in which no octet changes another: cp1255 and cp1258, where accents join the
    /// letters before them, are iconv's.
    static let names: Set<String> = [
        "iso-8859-2", "iso-8859-3", "iso-8859-4", "iso-8859-5", "iso-8859-6", "iso-8859-7", "iso-8859-8", "iso-8859-9",
        "iso-8859-10", "iso-8859-13", "iso-8859-14", "iso-8859-15", "iso-8859-16", "cp437", "cp737", "cp775", "cp850",
        "cp852", "cp855", "cp857", "cp858", "cp860", "cp861", "cp862", "cp863", "cp865", "cp866", "cp869", "cp874",
        "cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1256", "cp1257", "koi8-r", "koi8-u", "macintosh",
        "mac-cyrillic",
    ]
}

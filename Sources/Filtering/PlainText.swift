// Text of strangers on its way to people: one line, no control characters, bounded.
// Must not change what can be shown as it is.

extension String {
    /// The text in one line: control characters and what turns the direction of writing become blanks, and what is
    /// longer than `limit` characters is cut.
    package func singleLine(upTo limit: Int) -> String {
        var line = ""
        for character in prefix(limit) {
            let isHarmless = character.unicodeScalars.allSatisfy { !$0.isTreacherous }
            line.append(isHarmless ? character : " ")
        }
        return count > limit ? line + "…" : line
    }

    /// The text as lines of a notice: indented, without control characters, of at most 80 characters each and 20 in all.
    var noticeLines: [String] {
        let lines = split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" || $0 == "\r" }
        let shown = lines.prefix(20).map { "  " + String($0).singleLine(upTo: 80) }
        return lines.count > 20 ? shown + ["  …"] : shown
    }

    /// The text as a POP3 reply may carry it: one line of printable US-ASCII, at most 200 characters.
    var replyText: String {
        let line = singleLine(upTo: 200).map { $0.isASCII ? $0 : $0 == "…" ? "." : "?" }
        return String(String(line.reversed().drop { $0 == " " }.reversed()).drop { $0 == " " })
    }
}

extension Unicode.Scalar {
    /// Whether it could break a line, hide text or turn its direction.
    fileprivate var isTreacherous: Bool {
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse: true
        default: false
        }
    }
}

/// Encoded words (RFC 2047) for the few fields that Popsieve writes by itself.
enum EncodedText {
    /// An unstructured field value in US-ASCII; long or other text becomes encoded words, folded.
    static func unstructured(_ text: String) -> String {
        let isPlain = text.utf8.count <= 900 && text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F } && !text.contains("=?")
        return isPlain ? text : words(text).joined(separator: "\r\n ")
    }

    /// Words of at most 75 octets, no character split between two.
    private static func words(_ text: String) -> [String] {
        var words: [String] = []
        var octets: [UInt8] = []
        for character in text {
            let next = Array(String(character).utf8)
            if octets.count + next.count > 45, !octets.isEmpty {
                words.append(word(octets))
                octets = []
            }
            octets += next.prefix(45)
        }
        return words + [word(octets)]
    }

    private static func word(_ octets: [UInt8]) -> String { "=?utf-8?B?\(base64(octets))?=" }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")

    private static func base64(_ octets: [UInt8]) -> String {
        var text = ""
        for start in stride(from: 0, to: octets.count, by: 3) {
            let group = octets[start..<min(start + 3, octets.count)]
            let bits = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - group.count))
            for index in 0...group.count { text.append(alphabet[Int(bits >> UInt32(18 - 6 * index)) & 0x3F]) }
            text += String(repeating: "=", count: 3 - group.count)
        }
        return text
    }
}

// Character sets by the names that mail gives them, and their text as UTF-8.
// Must not call C: CharsetConverter does.

/// A character set that a message names.
enum Charset: Equatable {
    case utf8
    case usASCII
    case latin1
    /// Known to iconv, perhaps, under this name.
    case other(String)
    /// A name that is none, or that is not asked for.
    case unknown

    /// What decoding came to.
    enum Outcome {
        case valid
        /// Octets that are none in the character set became U+FFFD.
        case invalid
        /// Nobody knows the character set; US-ASCII and UTF-8 were read, the rest is U+FFFD.
        case unknown
    }

    /// The character set that mail calls `name`, whatever the case of its letters.
    init(name: ArraySlice<UInt8>) {
        let isName = name.allSatisfy { octet in
            switch octet.lowercased {
            case 0x61...0x7A, 0x30...0x39: true  // letters and digits
            case 0x2D, 0x2E, 0x3A, 0x5F: true  // - . : _
            default: false
            }
        }
        // Slashes are options to iconv, and the longest name that it knows has 26 octets.
        guard isName, !name.isEmpty, name.count <= 40 else {
            self = .unknown
            return
        }
        let name = String(decoding: name.map(\.lowercased), as: UTF8.self)
        switch name {
        case "utf-8", "utf8": self = .utf8
        case "us-ascii", "ascii", "ansi_x3.4-1968", "iso646-us", "us": self = .usASCII
        case "iso-8859-1", "latin1", "iso_8859-1", "iso8859-1", "l1", "8859-1": self = .latin1
        default: self = Self.refused.contains(name) ? .unknown : .other(Self.aliases[name] ?? name)
        }
    }

    /// Appends `octets` as UTF-8.
    func decode(_ octets: ArraySlice<UInt8>, into text: inout [UInt8]) -> Outcome {
        switch self {
        case .utf8: return UTF8Text.append(octets, to: &text) ? .valid : .invalid
        case .usASCII:
            // Octets above 127 that say they are US-ASCII are UTF-8 more often than anything else.
            let isASCII = octets.allSatisfy { $0 < 0x80 }
            return UTF8Text.append(octets, to: &text) && isASCII ? .valid : .invalid
        case .latin1:
            if octets.allSatisfy({ $0 < 0x80 }) {
                text += octets
            } else {
                for octet in octets {
                    if octet >= 0x80 { text.append(0xC0 | octet >> 6) }
                    text.append(octet < 0x80 ? octet : 0x80 | octet & 0x3F)
                }
            }
            return .valid
        case .other(let name):
            var converted: [UInt8] = []
            guard let isValid = CharsetConverter.convert(octets, from: name, into: &converted) else {
                _ = UTF8Text.append(octets, to: &text)
                return .unknown
            }
            // iconv knows UTF-8 under more names than we, and lets through what is none.
            return UTF8Text.append(converted[...], to: &text) && isValid ? .valid : .invalid
        case .unknown:
            _ = UTF8Text.append(octets, to: &text)
            return .unknown
        }
    }

    /// What iconv calls otherwise, or where mailers use a superset under the name of its base.
    private static let aliases = [
        "gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030", "gb_2312-80": "gb18030",
        "big5": "big5-hkscs", "x-x-big5": "big5-hkscs",
        "shift_jis": "cp932", "shift-jis": "cp932", "x-sjis": "cp932", "sjis": "cp932", "windows-31j": "cp932",
        "euc-kr": "cp949", "ks_c_5601-1987": "cp949", "ks_c_5601-1989": "cp949", "ksc5601": "cp949",
        "iso-8859-8-i": "iso-8859-8", "iso-8859-8-e": "iso-8859-8", "iso-8859-6-i": "iso-8859-6",
        "x-mac-roman": "macintosh", "x-mac-cyrillic": "mac-cyrillic", "x-mac-ce": "maccentraleurope",
        "unicode-1-1-utf-7": "utf-7", "unicode-1-1-utf-8": "utf-8", "x-utf-8": "utf-8", "utf-8-sig": "utf-8",
        "windows-874": "cp874", "x-windows-949": "cp949", "x-windows-950": "cp950", "x-euc-jp": "euc-jp",
        "cp-850": "cp850", "windows1252": "cp1252", "windows1251": "cp1251", "win-1251": "cp1251",
        "iso-8859-9-e": "iso-8859-9", "visual": "iso-8859-8",
    ]

    /// Names that mean the machine's own forms or locale, and one whose decoder has overrun its buffer (CVE-2024-2961).
    private static let refused: Set<String> = [
        "internal", "wchar_t", "char", "ucs-4-internal", "ucs-2-internal", "ucs4-internal", "ucs2-internal",
        "iso-2022-cn-ext", "iso2022cnext", "iso2022-cn-ext", "csiso2022cnext",
    ]
}

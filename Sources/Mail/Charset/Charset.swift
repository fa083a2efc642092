// Character sets by the names that mail gives them, and their text as UTF-8.
// Must not call C: CharsetConverter does.

/// A character set that a message names.
enum Charset: Equatable {
    case utf8
    case usASCII
    case latin1
    /// UTF-16 or UTF-32 in an order that the text itself tells.
    case wide(WideText)
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
        /// Read in the one order of octets; in the other one it is another text.
        case unordered

        /// What is wrong with the text.
        var defect: Defect.Kind? {
            switch self {
            case .valid: nil
            case .invalid: .invalidText
            case .unknown: .unknownCharset
            case .unordered: .missingByteOrder
            }
        }
    }

    /// The character set that mail calls `name`, whatever the case of its letters.
    init(name: ArraySlice<UInt8>) {
        let name = Self.withoutQuotes(name)
        let isName = name.allSatisfy { octet in
            switch octet.lowercased {
            case 0x61...0x7A, 0x30...0x39: true  // letters and digits
            case 0x2D, 0x2E, 0x3A, 0x5F: true  // - . : _
            default: false
            }
        }
        // Slashes are options to iconv.
        guard isName, !name.isEmpty, name.count <= Limits.charsetNameLength else {
            self = .unknown
            return
        }
        let written = String(decoding: name.map(\.lowercased), as: UTF8.self)
        switch CharsetNames.standardName(of: written) {
        case "utf-8": self = .utf8
        case "us-ascii": self = .usASCII
        case "iso-8859-1": self = .latin1
        case "utf-16": self = .wide(.utf16)
        case "utf-32": self = .wide(.utf32)
        case let name: self = CharsetNames.refused.contains(name) ? .unknown : .other(name)
        }
    }

    /// Some mailers quote names that need it not, with signs that quote nothing where they stand.
    private static func withoutQuotes(_ name: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var name = name.trimmed
        while let first = name.first, first == 0x27 || first == .quote { name.removeFirst() }
        while let last = name.last, last == 0x27 || last == .quote { name.removeLast() }
        return name
    }

    /// Appends `octets` as UTF-8.
    func decode(_ octets: ArraySlice<UInt8>, into text: inout [UInt8]) -> Outcome {
        switch self {
        case .utf8: return UTF8Text.append(octets, to: &text) ? .valid : .invalid
        case .usASCII:
            // Octets above 127 that say they are US-ASCII are UTF-8 more often than anything else.
            return UTF8Text.append(octets, to: &text) && octets.isASCII ? .valid : .invalid
        case .latin1:
            _ = OctetTable.latin1.append(octets, to: &text)
            return .valid
        case .wide(let form): return form.decode(octets, into: &text)
        case .other(let name):
            if let table = OctetTable.named(name) { return table.append(octets, to: &text) ? .valid : .invalid }
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
}

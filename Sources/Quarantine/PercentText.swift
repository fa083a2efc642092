// Octets of any origin as text that is safe where a name or a header line has to stand.
// Must not decide where that is.

/// Percent-encoding: `%2e` for an octet that may not stand for itself, `%25` for the sign. Dovecot's
/// `mailbox_list_storage_escape_char` writes and reads the same.
enum PercentText {
    private static let sign = UInt8(ascii: "%")

    static func append(_ octets: some Sequence<UInt8>, to text: inout [UInt8]) {
        for octet in octets {
            text.append(sign)
            text.append(digit(octet >> 4))
            text.append(digit(octet & 0x0F))
        }
    }

    /// Every octet that is no visible ASCII, and the sign.
    static func encode(_ octets: some Sequence<UInt8>, space: Bool = false) -> [UInt8] {
        var text: [UInt8] = []
        for octet in octets {
            if (0x21...0x7E).contains(octet) && octet != sign || space && octet == 0x20 {
                text.append(octet)
            } else {
                append(CollectionOfOne(octet), to: &text)
            }
        }
        return text
    }

    /// Nil where a sign is without its two digits.
    static func decode(_ text: some Sequence<UInt8>) -> [UInt8]? {
        var octets: [UInt8] = []
        var rest = text.makeIterator()
        while let octet = rest.next() {
            guard octet == sign else {
                octets.append(octet)
                continue
            }
            guard let high = rest.next().flatMap(value), let low = rest.next().flatMap(value) else { return nil }
            octets.append(high << 4 | low)
        }
        return octets
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}

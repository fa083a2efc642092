// The two SASL mechanisms whose content Popsieve reads: PLAIN and LOGIN, and base64 under them.
// Must not keep what it decodes.

/// What is inside the lines of an AUTH exchange.
package enum SASLResponse {
    /// Authentication name and password of PLAIN (RFC 4616). An authorization name must be empty or the same.
    package static func plain(_ base64: Span<UInt8>) -> Credentials? {
        guard let message = decodeBase64(base64) else { return nil }
        let parts = message.split(separator: 0, maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].isEmpty || parts[0] == parts[1] else { return nil }
        return Credentials(user: Array(parts[1]), secret: Array(parts[2]))
    }

    /// RFC 4648 section 4: nothing else than the alphabet, and padding, which some programs leave out. `=` alone is the
    /// empty response (RFC 5034 section 4).
    package static func decodeBase64(_ text: Span<UInt8>) -> [UInt8]? {
        if text.count == 1, text[0] == 0x3D { return [] }
        let missing = (4 - text.count % 4) % 4
        if missing > 0 {
            guard missing < 3, text.count > 0, text[text.count - 1] != 0x3D else { return nil }
            let padded = [UInt8](copying: text) + [UInt8](repeating: 0x3D, count: missing)
            return decodeBase64(padded.span)
        }
        var decoded: [UInt8] = []
        decoded.reserveCapacity(text.count / 4 * 3)
        for group in stride(from: 0, to: text.count, by: 4) {
            var bits: UInt32 = 0
            var padding = 0
            for index in group..<group + 4 {
                if text[index] == 0x3D, group + 4 == text.count, index >= group + 2 {
                    padding += 1
                    bits <<= 6
                } else {
                    guard padding == 0, let value = sextet(text[index]) else { return nil }
                    bits = bits << 6 | value
                }
            }
            let octets = [UInt8(bits >> 16 & 0xFF), UInt8(bits >> 8 & 0xFF), UInt8(bits & 0xFF)]
            decoded.append(contentsOf: octets.dropLast(padding))
        }
        return decoded
    }

    private static func sextet(_ octet: UInt8) -> UInt32? {
        switch octet {
        case 0x41...0x5A: UInt32(octet - 0x41)
        case 0x61...0x7A: UInt32(octet - 0x61 + 26)
        case 0x30...0x39: UInt32(octet - 0x30 + 52)
        case 0x2B: 62
        case 0x2F: 63
        default: nil
        }
    }
}

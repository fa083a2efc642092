// Base64 (RFC 4648 section 4) inside of SCRAM's messages, and of nonces.
// Must not be lenient: SCRAM's messages are signed as they are.

private let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

func encodedBase64(_ octets: [UInt8]) -> [UInt8] {
    var text: [UInt8] = []
    for start in stride(from: 0, to: octets.count, by: 3) {
        let group = octets[start..<min(start + 3, octets.count)]
        let bits = group.reduce(0) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - group.count))
        for position in 0..<4 {
            text.append(position <= group.count ? alphabet[Int(bits >> UInt32(18 - 6 * position) & 0x3F)] : 0x3D)
        }
    }
    return text
}

func decodedBase64(_ text: [UInt8]) -> [UInt8]? {
    guard text.count % 4 == 0 else { return nil }
    let padding = text.suffix(2).count { $0 == 0x3D }
    var octets: [UInt8] = []
    var bits: UInt32 = 0
    for (index, character) in text.enumerated() {
        let isPadding = index >= text.count - padding
        guard let value = isPadding && character == 0x3D ? 0 : alphabet.firstIndex(of: character) else { return nil }
        bits = bits << 6 | UInt32(value)
        if index % 4 == 3 {
            octets += [UInt8(bits >> 16 & 0xFF), UInt8(bits >> 8 & 0xFF), UInt8(bits & 0xFF)]
            bits = 0
        }
    }
    return octets.dropLast(padding)
}

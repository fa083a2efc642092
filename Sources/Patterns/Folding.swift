// One form for texts that a caseless pattern takes for the same, so that they can be looked for octet by octet.
// Must not fold what is not US-ASCII: literals end at such letters where case does not matter.

/// Where the letters of US-ASCII have other forms: PCRE2 takes these two characters for letters of US-ASCII, and no
/// other (a test asks it for all of Unicode).
enum Folding {
    /// U+017F, the long s.
    static let longS: [UInt8] = [0xC5, 0xBF]
    /// U+212A, the sign for kelvin.
    static let kelvin: [UInt8] = [0xE2, 0x84, 0xAA]

    /// Capital letters become small ones, and the two characters s and k.
    static func folded(_ text: [UInt8]) -> [UInt8] {
        var folded: [UInt8] = []
        folded.reserveCapacity(text.count)
        var index = 0
        while index < text.count {
            let octet = text[index]
            if octet == longS[0], text[index...].starts(with: longS) {
                folded.append(UInt8(ascii: "s"))
                index += longS.count
            } else if octet == kelvin[0], text[index...].starts(with: kelvin) {
                folded.append(UInt8(ascii: "k"))
                index += kelvin.count
            } else {
                folded.append(octet.asciiLowercased)
                index += 1
            }
        }
        return folded
    }
}

extension UInt8 {
    var asciiLowercased: UInt8 { self >= 0x41 && self <= 0x5A ? self + 0x20 : self }
}

// UTF-8, taken apart by hand: what is valid stays, what is not becomes U+FFFD.
// Must not guess at other character sets.

import Octets

/// UTF-8 as it comes from the network.
enum UTF8Text {
    /// U+FFFD, what stands for octets that are no character.
    static let replacement: [UInt8] = [0xEF, 0xBF, 0xBD]

    /// `octets` if they are UTF-8, else a repaired copy; false if they had to be repaired.
    static func repaired(_ octets: [UInt8]) -> (text: [UInt8], isValid: Bool) {
        if octets[...].isASCII { return (octets, true) }
        var text: [UInt8] = []
        text.reserveCapacity(octets.count + 8)
        let isValid = append(octets[...], to: &text)
        return (text, isValid)
    }

    /// Appends `octets`, each ill-formed piece replaced by one U+FFFD; false if there was one.
    static func append(_ octets: ArraySlice<UInt8>, to text: inout [UInt8]) -> Bool {
        var isValid = true
        var start = octets.startIndex
        var index = start
        while true {
            // Where they are written, others follow.
            if index < octets.endIndex, octets[index] < 0x80 {
                index = octets.startIndex + octets.span.firstOffsetBeyondASCII(from: index - octets.startIndex)
            }
            guard index < octets.endIndex else { break }
            let (length, isWhole) = measure(octets[index...])
            if !isWhole {
                text += octets[start..<index]
                text += replacement
                start = index + length
                isValid = false
            }
            index += length
        }
        text += octets[start...]
        return isValid
    }

    /// The length of the character that begins here, or of the longest beginning of one (Unicode, table 3-7).
    static func measure(_ octets: ArraySlice<UInt8>) -> (length: Int, isWhole: Bool) {
        guard let lead = octets.first else { return (0, false) }
        let count: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch lead {
        case 0x00..<0x80: return (1, true)
        case 0xC2...0xDF: count = 2
        case 0xE0...0xEF:
            count = 3
            if lead == 0xE0 { second = 0xA0...0xBF }
            if lead == 0xED { second = 0x80...0x9F }
        case 0xF0...0xF4:
            count = 4
            if lead == 0xF0 { second = 0x90...0xBF }
            if lead == 0xF4 { second = 0x80...0x8F }
        default: return (1, false)
        }
        var length = 1
        for octet in octets.dropFirst().prefix(count - 1) {
            guard (length == 1 ? second : 0x80...0xBF).contains(octet) else { break }
            length += 1
        }
        return (length, length == count)
    }
}

extension ArraySlice<UInt8> {
    /// Whether all octets are US-ASCII.
    var isASCII: Bool { span.firstOffsetBeyondASCII() == count }
}

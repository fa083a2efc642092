// encoded-character (RFC 5228 section 2.4.2.4): ${hex:…} and ${unicode:…} in strings.
// Must not touch what is not well-formed, nor look twice at what it put in.

extension Extension {
    static let encodedCharacter = Extension(capability: "encoded-character")
}

enum EncodedCharacter {
    /// Puts the octets and characters in; throws for a character that Unicode does not have.
    static func decode(_ octets: [UInt8], at position: SourcePosition) throws(CompileError) -> [UInt8] {
        var result: [UInt8] = []
        var offset = 0
        while offset < octets.count {
            if octets[offset] == .dollar, let (sequence, end) = try sequence(in: octets, at: offset, position) {
                result += sequence
                offset = end
            } else {
                result.append(octets[offset])
                offset += 1
            }
        }
        return result
    }

    private static func sequence(
        in octets: [UInt8],
        at start: Int,
        _ position: SourcePosition
    ) throws(CompileError) -> ([UInt8], Int)? {
        let rest = octets[start...]
        if let (numbers, end) = numbers(in: rest, behind: "${hex:", digits: 1...2) {
            return (numbers.map { UInt8(truncatingIfNeeded: $0) }, end)
        }
        guard let (numbers, end) = numbers(in: rest, behind: "${unicode:", digits: 1...Int.max) else { return nil }
        var characters: [UInt8] = []
        for number in numbers {
            guard let scalar = Unicode.Scalar(number) else {
                throw CompileError(
                    position: position,
                    message:
                        "invalid unicode character 0x\(String(number, radix: 16, uppercase: true)) in encoded character",
                    fix: "use a value from 0 to D7FF or from E000 to 10FFFF"
                )
            }
            characters += Array(String(Character(scalar)).utf8)
        }
        return (characters, end)
    }

    /// Hexadecimal numbers with blanks between them, up to the closing brace.
    private static func numbers(
        in octets: ArraySlice<UInt8>,
        behind prefix: String,
        digits: ClosedRange<Int>
    ) -> ([UInt32], Int)? {
        guard octets.prefix(prefix.utf8.count).isSameIgnoringCase(as: Array(prefix.utf8)) else { return nil }
        let inner = octets.dropFirst(prefix.utf8.count).prefix { $0.hexadecimalValue != nil || isBlank($0) }
        guard inner.endIndex < octets.endIndex, octets[inner.endIndex] == UInt8(ascii: "}") else { return nil }
        let words = inner.split(whereSeparator: isBlank)
        guard !words.isEmpty else { return nil }
        var numbers: [UInt32] = []
        for word in words {
            guard digits.contains(word.count) else { return nil }
            var number: UInt32 = 0
            for octet in word {
                guard let digit = octet.hexadecimalValue else { return nil }
                // What does not fit is no character either.
                number = number > 0x0FFF_FFFF ? UInt32.max : number << 4 | UInt32(digit)
            }
            numbers.append(number)
        }
        return (numbers, inner.endIndex + 1)
    }

    private static func isBlank(_ octet: UInt8) -> Bool {
        octet.isBlank || octet.isLineEnd
    }
}

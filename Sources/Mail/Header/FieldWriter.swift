// Writes one header field: encoded where it must be, folded where it gets long.
// Must not judge the value: HeaderBlock.add has done that.

/// Writes header fields, the one place that does: whoever makes a message of its own takes them from here.
package enum FieldWriter {
    /// Octets of a line at which it is folded (RFC 5322 section 2.1.1), its line end not counted.
    static let lineLength = 78
    /// Octets of one encoded word (RFC 2047 section 2).
    static let wordLength = 75
    /// A run without white space that is longer cannot be folded, and so is encoded: a line has 998 octets at most.
    static let unbrokenLength = 900

    /// A piece that is never folded, with the white space before it.
    private struct Piece {
        let gap: ArraySlice<UInt8>
        let text: ArraySlice<UInt8>
    }

    /// `name: value` with a line end, in US-ASCII: what is not becomes encoded words, long lines are folded.
    ///
    /// - Parameters:
    ///   - name: The name of a field (RFC 5322 section 2.2).
    ///   - value: UTF-8 without line ends and NUL.
    ///   - isLiteral: Whether encoded words in the value are text, to be read as they stand here.
    package static func field(name: [UInt8], value: [UInt8], isLiteral: Bool = false) -> [UInt8] {
        var output = name + [.colon]
        var column = output.count
        for (index, piece) in pieces(of: value, column: column, isLiteral).enumerated() {
            if index > 0, column + piece.gap.count + piece.text.count > lineLength {
                output += [.cr, .lf]
                column = 0
            }
            output += piece.gap
            output += piece.text
            column += piece.gap.count + piece.text.count
        }
        return output + [.cr, .lf]
    }

    /// The value's pieces, the first of which is to stand at `column`.
    private static func pieces(of value: [UInt8], column: Int, _ isLiteral: Bool) -> [Piece] {
        let tokens = split(value)
        guard tokens.contains(where: { mustEncode($0.text, isLiteral) }) else { return tokens }
        // An encoded word that was meant to be read as it is must not join those that are made here.
        let flags = tokens.map { mustEncode($0.text, isLiteral) || $0.text.starts(with: [.equals, .question]) }
        var pieces: [Piece] = []
        var index = 0
        while index < tokens.count {
            guard flags[index] else {
                pieces.append(tokens[index])
                index += 1
                continue
            }
            // White space between two encoded words does not count, so a run is encoded as one.
            let first = index
            while index < tokens.count, flags[index] { index += 1 }
            let run = value[tokens[first].text.startIndex..<tokens[index - 1].text.endIndex]
            var gap = tokens[first].gap
            let firstLength = first == 0 ? lineLength - column - 1 : wordLength
            for word in encodedWords(run, firstLength: firstLength) {
                pieces.append(Piece(gap: gap, text: word[...]))
                gap = [.space]
            }
        }
        return pieces
    }

    /// The runs of octets between white space. The first has one space before it.
    private static func split(_ value: [UInt8]) -> [Piece] {
        var pieces: [Piece] = []
        var index = 0
        while index < value.count {
            let gapStart = index
            while index < value.count, value[index].isBlank { index += 1 }
            let textStart = index
            while index < value.count, !value[index].isBlank { index += 1 }
            let gap: ArraySlice<UInt8> = pieces.isEmpty ? [.space] : value[gapStart..<textStart]
            pieces.append(Piece(gap: gap, text: value[textStart..<index]))
        }
        if pieces.isEmpty { pieces.append(Piece(gap: [.space], text: [])) }
        return pieces
    }

    private static func mustEncode(_ text: ArraySlice<UInt8>, _ isLiteral: Bool) -> Bool {
        text.count > unbrokenLength || !text.allSatisfy(\.isVisible)
            || isLiteral && EncodedWords.hasBeginning(Array(text))
    }

    // MARK: Encoded words

    /// `text`, UTF-8, as encoded words: Q where most of it stays readable, else B.
    private static func encodedWords(_ text: ArraySlice<UInt8>, firstLength: Int) -> [[UInt8]] {
        var repaired: [UInt8] = []
        _ = UTF8Text.append(text, to: &repaired)
        let isQ = repaired.reduce(0) { $0 + qLength($1) } <= (repaired.count + 2) / 3 * 4
        let head = Array((isQ ? "=?utf-8?q?" : "=?utf-8?b?").utf8)
        // A character takes twelve octets in Q, so a word has room for one even behind a very long name.
        let firstRoom = max(min(firstLength, wordLength) - head.count - 2, 16)
        return chunks(repaired, isQ: isQ, room: wordLength - head.count - 2, firstRoom: firstRoom).map { chunk in
            head + (isQ ? encodeQ(chunk) : Base64.encode(chunk)) + [.question, .equals]
        }
    }

    /// Cuts text between characters, so that each piece has room in one word.
    private static func chunks(_ text: [UInt8], isQ: Bool, room: Int, firstRoom: Int) -> [ArraySlice<UInt8>] {
        var chunks: [ArraySlice<UInt8>] = []
        var start = 0
        var used = 0
        var index = 0
        while index < text.count {
            let length = UTF8Text.measure(text[index...]).length
            let cost = isQ ? text[index..<index + length].reduce(0) { $0 + qLength($1) } : length
            let room = chunks.isEmpty ? firstRoom : room
            if used + cost > (isQ ? room : room / 4 * 3) {
                chunks.append(text[start..<index])
                (start, used) = (index, 0)
            }
            used += cost
            index += length
        }
        chunks.append(text[start...])
        return chunks
    }

    private static func qLength(_ octet: UInt8) -> Int { staysInQ(octet) || octet == .space ? 1 : 3 }

    /// What may stand for itself everywhere, in display names too (RFC 2047 section 5, rule 3).
    private static func staysInQ(_ octet: UInt8) -> Bool {
        switch octet {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x21, 0x2A, 0x2B, 0x2D, 0x2F: true  // 0-9 A-Z a-z ! * + - /
        default: false
        }
    }

    private static func encodeQ(_ text: ArraySlice<UInt8>) -> [UInt8] {
        text.flatMap { octet -> [UInt8] in
            if staysInQ(octet) { return [octet] }
            if octet == .space { return [.underscore] }
            return [.equals, UInt8.hexDigits[Int(octet >> 4)], UInt8.hexDigits[Int(octet & 15)]]
        }
    }
}

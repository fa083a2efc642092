// Quoted-printable (RFC 2045 section 6.7), read as leniently as mail programs do, and written.
// Must not know where the text stands.

/// Quoted-printable as it comes from the network.
enum QuotedPrintable {
    /// Appends what `text` stands for. White space at line ends does not count, and every line end is CRLF.
    ///
    /// - Returns: Whether every equals sign quoted something, and nothing stood there that must be quoted: control
    ///   characters and octets above 127. What is wrong stays as it is.
    @discardableResult
    static func decode(_ text: Span<UInt8>, into output: inout [UInt8]) -> Bool {
        if output.isEmpty { output.reserveCapacity(text.count) }
        var isValid = true
        /// Up to here white space was quoted, and stays.
        var fixed = output.count
        var index = 0
        while index < text.count {
            let end = endOfPlain(text, from: index, &isValid)
            output.append(copying: text.extracting(index..<end))
            index = end
            guard index < text.count else { break }
            index += 1
            if text[end] != .equals {
                trimBlanks(of: &output, to: fixed)
                output += [.cr, .lf]
                if text[end] == .cr, index < text.count, text[index] == .lf { index += 1 }
            } else if let quoted = text.hexOctet(at: index) {
                output.append(quoted)
                index += 2
            } else if let next = softLineEnd(text, from: index) {
                index = next
            } else {
                output.append(.equals)
                isValid = false
            }
            fixed = output.count
        }
        trimBlanks(of: &output, to: fixed)
        return isValid
    }

    /// The next equals sign or line end.
    private static func endOfPlain(_ octets: Span<UInt8>, from start: Int, _ isValid: inout Bool) -> Int {
        var index = start
        while index < octets.count, octets[index] != .equals {
            let octet = octets[index]
            // Printing characters and the space, which are nearly all there are.
            if octet &- 0x20 >= 0x5F {
                if octet.isLineEnd { break }
                if octet != .tab { isValid = false }
            }
            index += 1
        }
        return index
    }

    private static func trimBlanks(of output: inout [UInt8], to fixed: Int) {
        while output.count > fixed, output[output.count - 1].isBlank { output.removeLast() }
    }

    /// Behind the line end that an equals sign removes; nil if there is none. The text's end is one.
    private static func softLineEnd(_ text: Span<UInt8>, from start: Int) -> Int? {
        var index = start
        while index < text.count, text[index].isBlank { index += 1 }
        guard index < text.count else { return index }
        guard text[index].isLineEnd else { return nil }
        let isCRLF = text[index] == .cr && index + 1 < text.count && text[index + 1] == .lf
        return index + (isCRLF ? 2 : 1)
    }

    /// `text` in quoted-printable, lines of at most 76 octets, all line ends CRLF.
    static func encode(_ text: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(text.count + text.count / 8)
        var column = 0
        var index = 0
        while index < text.count {
            let octet = text[index]
            index += 1
            if octet.isLineEnd {
                if octet == .cr, index < text.count, text[index] == .lf { index += 1 }
                output += [.cr, .lf]
                column = 0
                continue
            }
            let isLast = index == text.count || text[index].isLineEnd
            let staysItself = octet.isVisible && octet != .equals || octet.isBlank && !isLast
            let length = staysItself ? 1 : 3
            // An equals sign may have to end the line.
            if column + length > Limits.textLineLength - 1 {
                output += [.equals, .cr, .lf]
                column = 0
            }
            output +=
                staysItself ? [octet] : [.equals, UInt8.hexDigits[Int(octet >> 4)], UInt8.hexDigits[Int(octet & 15)]]
            column += length
        }
        return output
    }
}

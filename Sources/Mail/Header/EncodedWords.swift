// Encoded words in header values: `=?charset?B?…?=` (RFC 2047), read as leniently as mail programs do.
// Must not fail: what is no encoded word stays as it is.

/// Decodes the encoded words of one unfolded header value.
///
/// They are decoded wherever they stand, also in quoted strings and in the middle of words, which RFC 2047 section 5
/// forbids: mail programs show them decoded, and what the reader sees is what a rule means.
struct EncodedWords {
    /// A word that was found, by ranges of the value.
    private struct Word {
        let charset: Range<Int>
        let isBase64: Bool
        let text: Range<Int>
        let end: Int
    }

    private let octets: [UInt8]
    private var output: [UInt8] = []
    private var defects = Defects()
    /// The octets of adjacent words in one character set: mailers cut characters in two (RFC 2047 section 5 forbids).
    private var pending: [UInt8] = []
    private var pendingCharset: Range<Int>?
    private var hasWords = false

    /// `value` as UTF-8. Octets that are no UTF-8, outside encoded words as well as inside, become U+FFFD. White space
    /// at the ends that encoded words stand for does not count (RFC 5228 section 5.7).
    static func decode(_ value: [UInt8], noting defects: inout Defects) -> [UInt8] {
        guard value.contains(.question), hasBeginning(value) else {
            let (text, isValid) = UTF8Text.repaired(value)
            if !isValid { defects.note(.invalidText, at: 0) }
            return text
        }
        var decoder = EncodedWords(octets: value)
        decoder.run()
        defects.note(decoder.defects)
        return decoder.hasWords ? Array(decoder.output[...].trimmed) : decoder.output
    }

    private init(octets: [UInt8]) { self.octets = octets }

    /// Whether an encoded word may begin somewhere.
    static func hasBeginning(_ value: [UInt8]) -> Bool {
        zip(value, value.dropFirst()).contains { $0 == .equals && $1 == .question }
    }

    private mutating func run() {
        output.reserveCapacity(octets.count)
        var plainStart = 0
        var index = 0
        while index + 1 < octets.count {
            guard octets[index] == .equals, octets[index + 1] == .question, let word = word(at: index) else {
                index += 1
                continue
            }
            appendPlain(plainStart..<index, isBetweenWords: pendingCharset != nil)
            append(word)
            index = word.end
            plainStart = index
        }
        appendPlain(plainStart..<octets.count, isBetweenWords: false)
    }

    /// Text outside encoded words. White space between two of them does not count (RFC 2047 section 6.2).
    private mutating func appendPlain(_ range: Range<Int>, isBetweenWords: Bool) {
        if isBetweenWords, octets[range].allSatisfy(\.isWhiteSpace) { return }
        flush(at: range.lowerBound)
        if !UTF8Text.append(octets[range], to: &output) { defects.note(.invalidText, at: range.lowerBound) }
    }

    private mutating func append(_ word: Word) {
        if let charset = pendingCharset, !octets[charset].isSame(ignoringCaseOf: octets[word.charset]) {
            flush(at: word.charset.lowerBound)
        }
        pendingCharset = word.charset
        hasWords = true
        let isValid =
            word.isBase64
            ? Base64.decode(octets[word.text].span, into: &pending)
            : Self.decodeQ(octets[word.text], into: &pending)
        if !isValid { defects.note(.invalidEncodedText, at: word.text.lowerBound) }
    }

    private mutating func flush(at offset: Int) {
        guard let charset = pendingCharset else { return }
        let start = output.count
        let outcome = Charset(name: octets[charset]).decode(pending[...], into: &output)
        if let defect = outcome.defect { defects.note(defect, at: charset.lowerBound) }
        if output[start...].contains(where: \.isForbiddenControl) {
            defects.note(.encodedControl, at: charset.lowerBound)
        }
        pending.removeAll(keepingCapacity: true)
        pendingCharset = nil
    }

    // MARK: Finding

    /// The encoded word that begins at `start`, if one does.
    private mutating func word(at start: Int) -> Word? {
        var index = start + 2
        while index < octets.count, octets[index].isVisible, octets[index] != .question { index += 1 }
        let charset = start + 2..<index
        guard !charset.isEmpty, index + 2 < octets.count, octets[index] == .question, octets[index + 2] == .question
        else { return nil }
        let isBase64: Bool
        switch octets[index + 1].lowercased {
        case 0x62: isBase64 = true
        case 0x71: isBase64 = false
        default:
            defects.note(.malformedEncodedWord, at: start)
            return nil
        }
        let (text, end) = text(from: index + 3)
        return Word(charset: withoutLanguage(charset), isBase64: isBase64, text: text, end: end)
    }

    /// The encoded text that begins at `start`, and where its word ends: at `?=`; failing that, at the next word, at
    /// white space, at the end.
    private mutating func text(from start: Int) -> (text: Range<Int>, end: Int) {
        var blank: Int?
        var index = start
        while index < octets.count {
            let following = index + 1 < octets.count ? octets[index + 1] : nil
            if octets[index] == .question, following == .equals {
                if blank != nil { defects.note(.malformedEncodedWord, at: start) }
                return (start..<index, index + 2)
            }
            // Not `=?=`, which is an equals sign before the end.
            if octets[index] == .equals, following == .question,
                index + 2 >= octets.count || octets[index + 2] != .equals
            {
                break
            }
            if blank == nil, octets[index].isBlank { blank = index }
            index += 1
        }
        defects.note(.malformedEncodedWord, at: start)
        let end = blank ?? index
        return (start..<end, end)
    }

    /// A language may follow the character set (RFC 2231 section 5).
    private func withoutLanguage(_ charset: Range<Int>) -> Range<Int> {
        guard let star = octets[charset].firstIndex(of: 0x2A) else { return charset }
        return charset.lowerBound..<star
    }

    /// The Q encoding (RFC 2047 section 4.2); false if an equals sign has no digits, or an octet stands there that is to
    /// be encoded.
    private static func decodeQ(_ text: ArraySlice<UInt8>, into output: inout [UInt8]) -> Bool {
        var isValid = true
        var index = text.startIndex
        while index < text.endIndex {
            let octet = text[index]
            index += 1
            switch octet {
            case .underscore: output.append(.space)
            case .equals:
                if let quoted = text.hexOctet(at: index) {
                    output.append(quoted)
                    index += 2
                } else {
                    output.append(octet)
                    isValid = false
                }
            default:
                output.append(octet)
                if !octet.isVisible, !octet.isBlank { isValid = false }
            }
        }
        return isValid
    }
}

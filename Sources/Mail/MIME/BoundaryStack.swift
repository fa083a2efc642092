// The boundaries of the multiparts that are open, and whether a line is one of them (RFC 2046 section 5.1.1).
// Must not take more time for a line than its length, however many boundaries there are.

/// Knows all boundaries that a line may be.
struct BoundaryStack {
    enum Kind: Equatable {
        /// A part of this multipart begins.
        case delimiter(Int)
        /// This multipart ends.
        case close(Int)
        /// The boundary of a multipart that has ended.
        case ended
        /// Text, to this reader.
        case text
    }

    struct Match {
        let kind: Kind
        /// Whether another reader may see something else in the line.
        let isAmbiguous: Bool
    }

    private struct Entry {
        let part: Int
        let boundary: [UInt8]
        /// The part that had the same boundary before.
        let hidden: Int?
        var hasEnded = false
    }
    private var stack: [Entry] = []
    /// The innermost open multipart of each boundary.
    private var parts: [ArraySlice<UInt8>: Int] = [:]
    private var ended: Set<ArraySlice<UInt8>> = []
    /// The length of the longest boundary there was, and which octets boundaries begin with: one bit for four of them.
    private var longest = 0
    private var beginnings: UInt64 = 0

    var isEmpty: Bool { stack.isEmpty && ended.isEmpty }

    /// Whether `boundary` is one by RFC 2046, but for white space at its end.
    static func isWellFormed(_ boundary: [UInt8]) -> Bool {
        boundary.count <= Limits.boundaryLength
            && boundary.allSatisfy { octet in
                switch octet {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true  // 0-9 A-Z a-z
                case 0x27...0x29, 0x2B...0x2F, .space, .colon, .equals, .question, .underscore: true  // ' ( ) + , - . /
                default: false
                }
            }
    }

    /// Whether `boundary` and that of another open multipart begin with one another, and differ.
    func hasSimilar(_ boundary: [UInt8]) -> Bool {
        if boundary.count > Limits.boundaryLength { return false }
        return stack.contains { entry in
            !entry.hasEnded && entry.boundary.count != boundary.count && entry.boundary.count <= Limits.boundaryLength
                && (entry.boundary.starts(with: boundary) || boundary.starts(with: entry.boundary))
        }
    }

    /// Adds the boundary of a multipart; true if another open one has the same.
    mutating func push(_ boundary: [UInt8], of part: Int) -> Bool {
        longest = max(longest, boundary.count)
        if let first = boundary.first { beginnings |= Self.bit(of: first) }
        let hidden = parts.updateValue(part, forKey: boundary[...])
        stack.append(Entry(part: part, boundary: boundary, hidden: hidden))
        return hidden != nil
    }

    /// The multipart `part`, the innermost one, has seen its closing boundary.
    mutating func end(_ part: Int) {
        guard let last = stack.indices.last, stack[last].part == part else { return }
        stack[last].hasEnded = true
        parts[stack[last].boundary[...]] = stack[last].hidden
        ended.insert(stack[last].boundary[...])
    }

    /// Forgets `part`, if it is the innermost multipart.
    mutating func pop(_ part: Int) {
        guard let last = stack.last, last.part == part else { return }
        if !last.hasEnded { parts[last.boundary[...]] = last.hidden }
        stack.removeLast()
    }

    /// What `line`, which begins with two dashes, is; nil for text that nobody takes for a boundary.
    func match(_ octets: Span<UInt8>, _ line: Line, _ reading: Message.BoundaryReading) -> Match? {
        let start = line.start + 2
        guard start < line.end, beginnings & Self.bit(of: octets[start]) != 0 else { return nil }
        var end = line.end
        while end > start, octets[end - 1].isBlank { end -= 1 }
        // A longer line is no boundary as a whole, and what it begins with is all that counts.
        let length = longest + 3
        let text = [UInt8](copying: octets.extracting((start..<end).prefix(length)))[...]
        // A boundary must not end with white space (RFC 2046 section 5.1.1). One that does matches with it only.
        let untrimmed =
            end < line.end ? exact([UInt8](copying: octets.extracting((start..<line.end).prefix(length)))[...]) : nil
        guard var match = untrimmed ?? exact(text) ?? prefix(text) else { return nil }
        if reading == .strict, !isStrict(octets, line) || match.isAmbiguous {
            match = Match(kind: .text, isAmbiguous: true)
        }
        return match
    }

    private static func bit(of octet: UInt8) -> UInt64 { 1 << UInt64(octet & 63) }

    private func exact(_ text: ArraySlice<UInt8>) -> Match? {
        if let part = parts[text] { return Match(kind: .delimiter(part), isAmbiguous: false) }
        let isClosing = text.count >= 2 && text.suffix(2).elementsEqual([0x2D, 0x2D])
        if isClosing, let part = parts[text.dropLast(2)] { return Match(kind: .close(part), isAmbiguous: false) }
        if ended.contains(text) || isClosing && ended.contains(text.dropLast(2)) {
            return Match(kind: .ended, isAmbiguous: !isClosing)
        }
        return nil
    }

    /// A line that begins like an open boundary; only the innermost one is taken for what it looks like.
    private func prefix(_ text: ArraySlice<UInt8>) -> Match? {
        guard let last = stack.last(where: { !$0.hasEnded }) else { return nil }
        guard text.starts(with: last.boundary) else {
            let isLikeOuter = stack.contains { entry in
                !entry.hasEnded && entry.boundary.count <= Limits.boundaryLength && text.starts(with: entry.boundary)
            }
            return isLikeOuter ? Match(kind: .text, isAmbiguous: true) : nil
        }
        let rest = text.dropFirst(last.boundary.count)
        let isClosing = rest.starts(with: [0x2D, 0x2D])
        return Match(kind: isClosing ? .close(last.part) : .delimiter(last.part), isAmbiguous: true)
    }

    /// Whether CRLF stands before the line and behind it.
    private func isStrict(_ octets: Span<UInt8>, _ line: Line) -> Bool {
        let start = line.start
        let before = start == 0 || start >= 2 && octets[start - 1] == .lf && octets[start - 2] == .cr
        return before && (line.next == line.end || line.next == line.end + 2)
    }
}

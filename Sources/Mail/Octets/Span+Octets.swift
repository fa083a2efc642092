// What arrays of octets can do, for octets that lie elsewhere.
// Must not copy, but where the name says so.

extension Span<UInt8> {
    /// Whether `octets` stand at `start`.
    func stands(_ octets: [UInt8], at start: Int) -> Bool {
        guard start + octets.count <= count else { return false }
        for index in octets.indices where self[start + index] != octets[index] { return false }
        return true
    }

    /// Whether those in `range` are `octets`, in small letters, but for the case of US-ASCII letters.
    func isSame(_ range: Range<Int>, ignoringCaseOf octets: [UInt8]) -> Bool {
        guard range.count == octets.count else { return false }
        for index in octets.indices where self[range.lowerBound + index].lowercased != octets[index] { return false }
        return true
    }

    /// Whether any octet is not US-ASCII.
    var hasEightBit: Bool {
        for index in indices where self[index] >= 0x80 { return true }
        return false
    }

    /// The octet that two hexadecimal digits at `index` stand for.
    @inline(__always) func hexOctet(at index: Int) -> UInt8? {
        guard index + 1 < count, let high = self[index].hexValue, let low = self[index + 1].hexValue else {
            return nil
        }
        return high << 4 | low
    }
}

extension OutputSpan<UInt8> {
    /// Appends a copy of `octets`, for which there must be room.
    @inline(__always)
    mutating func append(copying octets: Span<UInt8>) {
        for index in octets.indices { append(octets[index]) }
    }
}

extension [UInt8] {
    /// A copy of `octets`.
    init(copying octets: Span<UInt8>) { self.init(capacity: octets.count) { $0.append(copying: octets) } }

    /// Appends a copy of `octets`.
    @inline(__always)
    mutating func append(copying octets: Span<UInt8>) {
        append(addingCapacity: octets.count) { $0.append(copying: octets) }
    }
}

// The codes of deflate (RFC 1951 section 3.2.2): from the lengths of codes to the symbols that bits stand for.
// Must not take more time to be made than it has symbols and quick codes.

/// A prefix code. Codes up to nine bits are looked up at once, longer ones bit by bit.
struct HuffmanTable: Sendable {
    static let longestCode = 15
    private static let quickBits = 9

    /// By the next nine bits: the symbol, and the length of its code in the lowest four bits; 0 if it is longer.
    private var quick = [UInt16](repeating: 0, count: 1 << quickBits)
    /// How many codes of each length there are.
    private var counts = [Int](repeating: 0, count: longestCode + 1)
    /// The symbols in the order of their codes.
    private var symbols: [UInt16] = []

    /// Makes the code in which symbol 0 has a code of the first length, and so on; nil if there are more codes than
    /// lengths have room for. There may be fewer: what bits stand for no code is damage when it is met.
    init?(_ lengths: ArraySlice<UInt8>) {
        for length in lengths where length > 0 { counts[Int(length)] += 1 }
        var room = 1
        for length in 1...Self.longestCode {
            room = room * 2 - counts[length]
            if room < 0 { return nil }
        }
        build(lengths)
    }

    /// The same of lengths that are known to have room.
    init(fixed lengths: [UInt8]) {
        for length in lengths { counts[Int(length)] += 1 }
        build(lengths[...])
    }

    private mutating func build(_ lengths: ArraySlice<UInt8>) {
        var places = [Int](repeating: 0, count: Self.longestCode + 2)
        var codes = [Int](repeating: 0, count: Self.longestCode + 2)
        for length in 1...Self.longestCode {
            places[length + 1] = places[length] + counts[length]
            codes[length + 1] = (codes[length] + counts[length]) << 1
        }
        symbols = [UInt16](repeating: 0, count: places[Self.longestCode + 1])
        for (symbol, octet) in lengths.enumerated() where octet > 0 {
            let length = Int(octet)
            symbols[places[length]] = UInt16(symbol)
            places[length] += 1
            let code = codes[length]
            codes[length] += 1
            if length <= Self.quickBits { setQuick(code, length, symbol) }
        }
    }

    /// Codes come with their highest bit first, in numbers whose lowest comes first.
    private mutating func setQuick(_ code: Int, _ length: Int, _ symbol: Int) {
        var index = 0
        for bit in 0..<length where code >> bit & 1 == 1 { index |= 1 << (length - 1 - bit) }
        while index < quick.count {
            quick[index] = UInt16(symbol << 4 | length)
            index += 1 << length
        }
    }

    /// Takes the next symbol; nil if the bits stand for none.
    @inline(__always)
    func decode(_ reader: inout BitReader) -> Int? {
        let bits = reader.peek()
        let entry = Int(quick[bits & (1 << Self.quickBits - 1)])
        if entry != 0 {
            reader.skip(entry & 15)
            return entry >> 4
        }
        return decodeSlowly(bits, &reader)
    }

    private func decodeSlowly(_ bits: Int, _ reader: inout BitReader) -> Int? {
        var code = 0
        var first = 0
        var place = 0
        for length in 1...Self.longestCode {
            code |= bits >> (length - 1) & 1
            let count = counts[length]
            if code - first < count {
                reader.skip(length)
                return Int(symbols[place + code - first])
            }
            place += count
            first = (first + count) << 1
            code <<= 1
        }
        return nil
    }
}

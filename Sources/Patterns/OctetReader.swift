// A pattern's octets, one after the other.
// Must not know what a pattern means, but for the form of its quantifiers.

struct OctetReader {
    private let octets: [UInt8]
    private var index = 0

    init(_ octets: [UInt8]) { self.octets = octets }

    var isAtEnd: Bool { index == octets.count }

    var next: UInt8? { peek(0) }

    /// The octet so many behind the next one.
    func peek(_ distance: Int) -> UInt8? { index + distance < octets.count ? octets[index + distance] : nil }

    /// Goes over octets that were looked at.
    mutating func advance(_ count: Int = 1) { index = min(index + count, octets.count) }

    /// Goes over `text` if it comes next.
    mutating func take(_ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        let isNext = text.withUTF8Buffer { unsafe $0.elementsEqual(octets[index...].prefix(count)) }
        if isNext { advance(count) }
        return isNext
    }

    /// Goes behind the next octet of this value; false if there is none.
    mutating func skip(through octet: UInt8) -> Bool {
        guard let place = octets[index...].firstIndex(of: octet) else { return false }
        index = place + 1
        return true
    }

    /// A whole character of UTF-8, or else an octet.
    mutating func takeCharacter(isUTF: Bool) -> [UInt8] {
        let start = index
        advance()
        if isUTF { while let next, next & 0xC0 == 0x80 { advance() } }
        return Array(octets[start..<index])
    }

    /// `*`, `+`, `?`, `{2}`, `{2,}`, `{2,3}`: how often at least and at most.
    mutating func takeQuantifier() -> (least: Int, most: Int?)? {
        if take("*") { return (0, nil) }
        if take("+") { return (1, nil) }
        if take("?") { return (0, 1) }
        let start = index
        guard take("{"), let least = takeNumber() else {
            index = start
            return nil
        }
        if take("}") { return (least, least) }
        guard take(",") else {
            index = start
            return nil
        }
        let most = takeNumber()
        if take("}") { return (least, most) }
        index = start
        return nil
    }

    /// Whether a brace could begin a quantifier in any version: some take spaces and `{,3}`.
    var mayBeginQuantifier: Bool {
        let inner = octets[index...].dropFirst().prefix {
            (0x30...0x39).contains($0) || $0 == 0x2C || $0 == 0x20 || $0 == 0x09
        }
        return !inner.isEmpty && inner.endIndex < octets.count && octets[inner.endIndex] == UInt8(ascii: "}")
    }

    private mutating func takeNumber() -> Int? {
        let digits = octets[index...].prefix { (0x30...0x39).contains($0) }
        guard !digits.isEmpty, let number = Int(String(decoding: digits, as: UTF8.self)) else { return nil }
        index = digits.endIndex
        return number
    }
}

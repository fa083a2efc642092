// What a client has said in confidence, so that no log ever repeats it, whatever a server quotes.
// Must not be printable, and must not live longer than the login it belongs to.

/// The secrets of one login, in every form in which a server could quote them.
package struct Secrets: Sendable, CustomReflectable, CustomStringConvertible {
    /// As they were typed.
    private var clear: [[UInt8]] = []
    /// Lines of a SASL exchange, as they were sent.
    private var lines: [[UInt8]] = []
    /// Too short to be searched for: it would be found everywhere.
    private static let shortest = 4

    package init() {}

    /// A password or a token, in clear.
    package mutating func add(_ secret: [UInt8]) {
        if !secret.isEmpty { clear.append(secret) }
    }

    /// A line of a SASL exchange: as it is, decoded, and each of the decoded parts (RFC 4616).
    package mutating func add(response line: [UInt8]) {
        guard !line.isEmpty else { return }
        lines.append(line)
        // What is no base64 is what was to be encoded, or lacks its padding.
        let padded = line + [UInt8](repeating: 0x3D, count: (4 - line.count % 4) % 4)
        guard let decoded = SASLResponse.decodeBase64(line.span) ?? SASLResponse.decodeBase64(padded.span) else {
            return add(line)
        }
        if decoded.isEmpty { return }
        if line.count % 4 != 0 { add(line) }
        add(decoded)
        let parts = decoded.split(separator: 0)
        if parts.count > 1, let secret = parts.last { add(Array(secret)) }
    }

    var isEmpty: Bool { clear.isEmpty && lines.isEmpty }

    mutating func forget() {
        if !clear.isEmpty || !lines.isEmpty { (clear, lines) = ([], []) }
    }

    /// The start of a line for a log, with every secret taken out, whatever the case of its letters.
    package func excerpt(_ line: Span<UInt8>, upTo limit: Int = 120) -> String {
        var text = [UInt8](copying: line)
        let forms = clear + clear.map(Base64.encode) + lines
        for form in forms.sorted(by: { $0.count > $1.count }) {
            let found = text.occurrences(of: form)
            guard !found.isEmpty else { continue }
            guard form.count >= Self.shortest else { return Self.hidden }
            for range in found.reversed() { text.replaceSubrange(range, with: "[secret]".utf8) }
        }
        if clear.contains(where: { Disguise(of: $0).isIn(text) }) { return Self.hidden }
        return String(decoding: text.prefix(limit), as: UTF8.self)
    }

    private static let hidden = "(not shown: it quotes the login)"

    package var description: String { "(secrets)" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// A secret as a server could write it otherwise: cut, escaped, in hexadecimal digits, inside of something in base64.
private struct Disguise {
    private let skeleton: [UInt8]
    private let encoded: [[UInt8]]

    init(of secret: [UInt8]) {
        // Its beginning is enough: what is cut is not shown either.
        skeleton = Array(secret.skeleton.prefix(6))
        let digits = Array("0123456789abcdef".utf8)
        let hexadecimal = secret.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        // Behind one, two or three other octets it is other text; its first and last characters depend on the neighbours.
        let embedded = (0..<3).map { before in
            let text = Base64.encode([UInt8](repeating: 0, count: before) + secret).filter { $0 != 0x3D }
            return Array(text.dropFirst(before == 0 ? 0 : before + 1).dropLast())
        }
        encoded = ([hexadecimal] + embedded).filter { $0.count >= 6 }
    }

    func isIn(_ text: [UInt8]) -> Bool {
        if skeleton.count >= 4, text.unescaped.contains(where: { !$0.skeleton.occurrences(of: skeleton).isEmpty }) {
            return true
        }
        return encoded.contains { !text.occurrences(of: $0).isEmpty }
    }
}

extension Array where Element == UInt8 {
    /// Letters and digits alone.
    fileprivate var skeleton: [UInt8] {
        filter { (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) || $0 >= 0x80 }
    }

    /// The text, and the text without escapes: `%20`, `=20`, `&amp;`, `&#32;`.
    fileprivate var unescaped: [[UInt8]] {
        [self] + [unescaped(0x25), unescaped(0x3D)].filter { $0 != self }
    }

    /// - Parameter mark: what stands before two hexadecimal digits
    private func unescaped(_ mark: UInt8) -> [UInt8] {
        var plain: [UInt8] = []
        var index = 0
        while index < count {
            if self[index] == mark, index + 2 < count,
                let octet = UInt8(String(decoding: self[index + 1...index + 2], as: UTF8.self), radix: 16)
            {
                plain.append(octet)
                index += 3
            } else if self[index] == 0x26, let end = self[index...].prefix(10).firstIndex(of: 0x3B) {
                plain += Self.character(String(decoding: self[index + 1..<end], as: UTF8.self))
                index = end + 1
            } else {
                plain.append(self[index])
                index += 1
            }
        }
        return plain
    }

    /// What an entity of HTML with a number stands for, such as `#104` or `#x68`; those with names are no letters.
    private static func character(_ entity: String) -> [UInt8] {
        guard entity.hasPrefix("#") else { return [] }
        let digits = entity.dropFirst()
        let isHexadecimal = digits.first == "x" || digits.first == "X"
        let number = isHexadecimal ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
        return number.flatMap(Unicode.Scalar.init).map { Array(String(Character($0)).utf8) } ?? []
    }

    /// Where `other` stands, without overlaps, letters compared without regard to ASCII case.
    fileprivate func occurrences(of other: [UInt8]) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var index = 0
        while index + other.count <= count {
            if other.indices.allSatisfy({ self[index + $0].asciiLowercased == other[$0].asciiLowercased }) {
                found.append(index..<index + other.count)
                index += other.count
            } else {
                index += 1
            }
        }
        return found
    }
}

extension UInt8 {
    fileprivate var asciiLowercased: UInt8 { self >= 0x41 && self <= 0x5A ? self | 0x20 : self }
}

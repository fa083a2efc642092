// What a client has said in confidence, so that no log ever repeats it, whatever a server quotes.
// Must not be printable, and must not live longer than the login it belongs to.

/// The secrets of one login, in every form in which a server could quote them.
struct Secrets: Sendable, CustomReflectable, CustomStringConvertible {
    private var forms: [[UInt8]] = []
    /// Too short to be searched for: it would be found everywhere.
    private static let shortest = 4

    /// A password or a token, in clear.
    mutating func add(_ secret: [UInt8]) {
        guard !secret.isEmpty else { return }
        forms.append(secret)
        forms.append(Base64.encode(secret))
    }

    /// A line of a SASL exchange: as it is, decoded, and each of the decoded parts (RFC 4616).
    mutating func add(response line: [UInt8]) {
        guard !line.isEmpty else { return }
        forms.append(line)
        guard let decoded = SASLResponse.decodeBase64(line.span), !decoded.isEmpty else { return }
        add(decoded)
        let parts = decoded.split(separator: 0)
        if parts.count > 1, let secret = parts.last { add(Array(secret)) }
    }

    mutating func forget() {
        if !forms.isEmpty { forms = [] }
    }

    /// The start of a line for a log, with every secret taken out, whatever the case of its letters.
    func excerpt(_ line: Span<UInt8>, upTo limit: Int = 120) -> String {
        var text = [UInt8](copying: line)
        for form in forms.sorted(by: { $0.count > $1.count }) {
            let found = text.occurrences(of: form)
            guard !found.isEmpty else { continue }
            guard form.count >= Self.shortest else { return "(not shown: it quotes the login)" }
            for range in found.reversed() { text.replaceSubrange(range, with: "[secret]".utf8) }
        }
        return String(decoding: text.prefix(limit), as: UTF8.self)
    }

    var description: String { "(secrets)" }
    var customMirror: Mirror { Mirror(self, children: []) }
}

extension Array where Element == UInt8 {
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

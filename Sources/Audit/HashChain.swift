// The hash in each line over the line before: what was removed, changed, inserted or moved is found.
// Must not compute digests: whoever opens a log or reads it brings them.

/// How the hashes of a chain are made.
package struct ChainMethod: Sendable, Equatable {
    /// What tells it from others: two of one name make the same hashes. Never a key itself.
    package let name: [UInt8]
    private let digest: @Sendable ([UInt8]) -> [UInt8]?

    /// - Parameter digest: 32 octets that nobody can find another text for; nil where they can't be computed
    package init(name: [UInt8], digest: @escaping @Sendable ([UInt8]) -> [UInt8]?) {
        self.name = name
        self.digest = digest
    }

    package static func == (one: Self, other: Self) -> Bool { one.name == other.name }

    /// The link of a line, without its end and its own hash, behind another; nil where it can't be computed.
    package func link(_ line: some Sequence<UInt8>, after link: ChainLink) -> ChainLink? {
        digest(link.octets + Array(line)).flatMap(ChainLink.init(octets:))
    }

    /// The link that goes on from a line that broke off behind another: its own, where nothing but the line's end is missing.
    func link(halfLine: ArraySlice<UInt8>, after link: ChainLink) -> ChainLink? {
        ChainedLine(Array(halfLine))?.link ?? self.link(halfLine, after: link)
    }
}

/// One line's hash: what stands in the line, and what the next one is hashed with.
package struct ChainLink: Sendable, Equatable {
    fileprivate static let count = 32
    private static let digits = Array("0123456789abcdef".utf8)

    /// Before the first line.
    package static let origin = ChainLink(known: [UInt8](repeating: 0, count: count))

    fileprivate let octets: [UInt8]

    private init(known octets: [UInt8]) { self.octets = octets }

    fileprivate init?(octets: [UInt8]) {
        guard octets.count == Self.count else { return nil }
        self.init(known: octets)
    }

    /// Reads 64 digits in lower case.
    package init?(hex: some Sequence<UInt8>) {
        let values = hex.map { Self.digits.firstIndex(of: $0) ?? -1 }
        guard values.count == 2 * Self.count, !values.contains(-1) else { return nil }
        self.init(known: (0..<Self.count).map { UInt8(values[2 * $0] * 16 + values[2 * $0 + 1]) })
    }

    package var hex: [UInt8] {
        octets.reduce(into: []) { hex, octet in
            hex.append(Self.digits[Int(octet >> 4)])
            hex.append(Self.digits[Int(octet & 0xF)])
        }
    }
    package var text: String { String(decoding: hex, as: UTF8.self) }
}

/// A line of a chain: what it says, and the hash at its end.
package struct ChainedLine {
    private static let beginning = Array(#","chain":""#.utf8)
    private static let end = Array(#""}"#.utf8)
    /// Octets that the hash adds to a line.
    static let added = beginning.count + 64 + end.count - 1

    /// The JSON object without the hash.
    package let content: [UInt8]
    package let link: ChainLink

    /// Nil for a line that has no hash.
    package init?(_ line: [UInt8]) {
        let start = line.count - Self.beginning.count - 64 - Self.end.count
        guard start > 0, line[start...].starts(with: Self.beginning), line.suffix(2) == Self.end[...],
            let link = ChainLink(hex: line[(start + Self.beginning.count)...].prefix(64))
        else { return nil }
        content = Array(line[..<start]) + [UInt8(ascii: "}")]
        self.link = link
    }

    /// The line, without its end, that says the same and has the hash.
    static func joining(_ content: ArraySlice<UInt8>, _ link: ChainLink) -> [UInt8] {
        Array(content.dropLast()) + beginning + link.hex + end
    }
}

/// Why a chain begins, or goes on in a way that a reader must be told.
package enum ChainStart: String, Sendable, CaseIterable {
    /// A new file: `after` is the last hash of the one before.
    case newFile = "new-file"
    /// The line before is half of one: `after` is a hash over it, as if it were whole.
    case halfLine = "half-line"
    /// There is nothing before it that could be found.
    case nothingBefore = "nothing-before"
    /// The line before has no hash.
    case noChainBefore = "no-chain-before"
}

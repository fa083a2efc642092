// Remembers which unique-id each message has, from the UIDL replies that pass by.
// Must not change or judge them: they go to the client as they are.

/// Unique-ids by message number (RFC 1939 section 7), packed, because a session may hold tens of thousands.
package struct UIDLListing: Sendable {
    private var octets: [UInt8] = []
    private var places: [MessageNumber: Range<UInt32>] = [:]
    private var lines = ListingLines()
    /// All were asked for.
    private(set) var isWhole = false
    private let limit: Int

    package init(limit: Int) {
        self.limit = limit
    }

    package subscript(number: MessageNumber) -> String? {
        places[number].map { String(decoding: octets[Int($0.lowerBound)..<Int($0.upperBound)], as: UTF8.self) }
    }

    /// Takes a part of a listing, cut anywhere.
    package mutating func append(_ part: Span<UInt8>) {
        var lines = lines
        self.lines = ListingLines()
        lines.append(part) { line in learn(line: line) }
        self.lines = lines
    }

    /// Takes a number and a unique-id, with or without a CR behind it, as a listing and a single reply have it.
    package mutating func learn(line: Span<UInt8>) {
        let words = ListingWords.ranges(of: line, from: 0, upTo: 2)
        guard words.count == 2, let number = parseDecimal(line.extracting(words[0])),
            let number = MessageNumber(exactly: number)
        else { return }
        var end = words[1].lowerBound
        while end < words[1].upperBound, line[end] > 0x20, line[end] < 0x7F { end += 1 }
        let uidl = line.extracting(words[1].lowerBound..<end)
        guard (1...70).contains(uidl.count) else { return }
        // Clients ask again and again in one session; what is known takes no more room.
        guard !knows(uidl, of: number), hasRoom else { return }
        let start = octets.count
        for index in uidl.indices { octets.append(uidl[index]) }
        places[number] = UInt32(start)..<UInt32(octets.count)
    }

    private func knows(_ uidl: Span<UInt8>, of number: MessageNumber) -> Bool {
        guard let place = places[number], place.count == uidl.count else { return false }
        for index in uidl.indices where octets[Int(place.lowerBound) + index] != uidl[index] { return false }
        return true
    }

    /// A unique-id of one octet takes an entry of the table all the same.
    private var hasRoom: Bool {
        octets.count + 70 + places.count * Self.entry <= limit
    }

    /// A number and a range, in octets.
    private static let entry = 12

    /// A reply is over; an unfinished line is none.
    package mutating func end() {
        lines = ListingLines()
        isWhole = true
    }
}

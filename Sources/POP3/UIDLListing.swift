// Remembers which unique-id each message has, from the UIDL replies that pass by.
// Must not change or judge them: they go to the client as they are.

/// Unique-ids by message number (RFC 1939 section 7), packed, because a session may hold tens of thousands.
package struct UIDLListing: Sendable {
    private var octets: [UInt8] = []
    private var places: [MessageNumber: Range<UInt32>] = [:]
    /// The start of a line whose end has not come yet.
    private var rest: [UInt8] = []
    private let limit: Int

    package init(limit: Int) {
        self.limit = limit
    }

    package subscript(number: MessageNumber) -> String? {
        places[number].map { String(decoding: octets[Int($0.lowerBound)..<Int($0.upperBound)], as: UTF8.self) }
    }

    /// Takes a part of a listing, cut anywhere.
    package mutating func append(_ part: Span<UInt8>) {
        for index in part.indices {
            if part[index] == 0x0A {
                let line = rest
                rest.removeAll(keepingCapacity: true)
                learn(line: line.span)
            } else if rest.count < 128 {
                rest.append(part[index])
            }
        }
    }

    /// Takes `number SP unique-id`, with or without a CR behind it, as a listing and a single reply have it.
    package mutating func learn(line: Span<UInt8>) {
        guard let space = line.firstOffset(of: 0x20), let number = parseDecimal(line.extracting(0..<space)) else {
            return
        }
        var end = space + 1
        while end < line.count, line[end] > 0x20, line[end] < 0x7F { end += 1 }
        guard (1...70).contains(end - space - 1), let number = MessageNumber(exactly: number) else { return }
        let uidl = line.extracting(space + 1..<end)
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
        rest = []
    }
}

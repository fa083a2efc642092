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
        guard octets.count < limit else { return }
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
        guard (1...70).contains(end - space - 1), number <= MessageNumber.max, octets.count + 70 <= limit else {
            return
        }
        let start = octets.count
        for index in space + 1..<end { octets.append(line[index]) }
        places[MessageNumber(number)] = UInt32(start)..<UInt32(octets.count)
    }

    /// A reply is over; an unfinished line is none.
    package mutating func end() {
        rest = []
    }
}

// A name server's answer to the question for a service (RFC 2782), read octet by octet.
// Must not ask: see Resolver. What it reads may have been made up by anybody.

/// A server of a service, as its domain names it.
package struct ServiceRecord: Hashable, Sendable {
    /// The lowest is tried first.
    package var priority: Int
    /// Among those of one priority, how often it is to be the first.
    package var weight: Int
    package var port: Int
    package var target: String

    package init(priority: Int, weight: Int, port: Int, target: String) {
        self.priority = priority
        self.weight = weight
        self.port = port
        self.target = target
    }
}

/// Reads the message of RFC 1035 section 4.
package struct ServiceAnswer {
    /// What follows from an answer.
    package enum Outcome: Equatable, Sendable {
        /// In the order of the message; none where the domain says that it has no such service (`.`).
        case records([ServiceRecord])
        case malformed
    }

    /// Records that are read; a domain has a handful.
    static let most = 32
    /// Of a name, in RFC 1035; each pointer leads back, so that no name is without an end.
    private static let octetsOfName = 255

    private let octets: [UInt8]
    private var offset = 0

    package static func read(_ octets: [UInt8]) -> Outcome {
        var answer = ServiceAnswer(octets: octets)
        guard let records = answer.outcome() else { return .malformed }
        return .records(records)
    }

    private init(octets: [UInt8]) { self.octets = octets }

    private mutating func outcome() -> [ServiceRecord]? {
        guard octets.count >= 12 else { return nil }
        offset = 4
        guard let questions = number(), let answers = number() else { return nil }
        offset = 12
        for _ in 0..<questions { guard name() != nil, skip(4) else { return nil } }
        var records: [ServiceRecord] = []
        for _ in 0..<answers where records.count < Self.most {
            guard name() != nil, let type = number(), number() != nil, skip(4), let length = number(),
                offset + length <= octets.count
            else { return nil }
            let end = offset + length
            // Others are names that lead to this one.
            if type == 33 {
                guard let record = record(end: end) else { return nil }
                if record.target != "", record.port > 0 { records.append(record) }
            }
            offset = end
        }
        return records
    }

    private mutating func record(end: Int) -> ServiceRecord? {
        guard let priority = number(), let weight = number(), let port = number(), let target = name(), offset <= end
        else { return nil }
        return ServiceRecord(priority: priority, weight: weight, port: port, target: target)
    }

    private mutating func skip(_ count: Int) -> Bool {
        offset += count
        return offset <= octets.count
    }

    /// Two octets.
    private mutating func number() -> Int? {
        guard offset + 2 <= octets.count else { return nil }
        defer { offset += 2 }
        return Int(octets[offset]) << 8 | Int(octets[offset + 1])
    }

    /// Labels with dots between, which may go on at an earlier place. Empty: the root. What no host's name has is malformed,
    /// since others would read it as something else.
    private mutating func name() -> String? {
        var text: [UInt8] = []
        var place = offset
        /// Behind the name, once it has gone on elsewhere.
        var behind: Int?
        while place < octets.count {
            let length = Int(octets[place])
            switch length {
            case 0:
                offset = behind ?? place + 1
                return String(decoding: text, as: UTF8.self)
            case 1...63:
                guard place + 1 + length <= octets.count, text.count + length < Self.octetsOfName else { return nil }
                let label = octets[(place + 1)...(place + length)]
                guard label.allSatisfy(Self.isOfName) else { return nil }
                if !text.isEmpty { text.append(UInt8(ascii: ".")) }
                text += label
                place += 1 + length
            case 0xC0...:
                guard place + 1 < octets.count else { return nil }
                let target = (length & 0x3F) << 8 | Int(octets[place + 1])
                guard target < place else { return nil }
                behind = behind ?? place + 2
                place = target
            default: return nil
            }
        }
        return nil
    }

    private static func isOfName(_ octet: UInt8) -> Bool {
        switch octet {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}

extension [ServiceRecord] {
    /// In the order in which they are to be tried: by priority, and within one by chance, as weights say (RFC 2782).
    package func ordered(by generator: inout some RandomNumberGenerator) -> [ServiceRecord] {
        var ordered: [ServiceRecord] = []
        for priority in Set(map(\.priority)).sorted() {
            // Those without a weight are first where the sum is drawn from, so that they have some chance.
            var left = filter { $0.priority == priority }.sorted { $0.weight == 0 && $1.weight > 0 }
            while !left.isEmpty {
                let weights = left.map(\.weight).reduce(0, +)
                let drawn = Int.random(in: 0...weights, using: &generator)
                var sum = 0
                let index = left.firstIndex { record in
                    sum += record.weight
                    return sum >= drawn
                }
                ordered.append(left.remove(at: index ?? 0))
            }
        }
        return ordered
    }
}

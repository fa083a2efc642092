// Unpacks deflate (RFC 1951), as much of it as somebody is willing to pay for.
// Must not trust a length or a distance, nor make more than it was told.

/// Unpacks one stream.
struct Inflater {
    /// How it ended.
    enum Outcome: Equatable {
        case complete
        /// There is more than it may make, or it costs more than it may.
        case tooLong
        /// It is no deflate, or it breaks off.
        case damaged
    }

    private var reader: BitReader
    /// The most that it may make, and the most that this may cost.
    private let limit: Int
    private let costLimit: Int
    /// What it made.
    private(set) var output: [UInt8] = []
    /// What it cost, in octets: those that it made, and something for each block.
    private(set) var cost = 0

    /// Prepares to unpack those of `octets` that are in `range`, up to `limit` octets, for `costLimit` at most.
    init(_ octets: [UInt8], in range: Range<Int>, upTo limit: Int, costLimit: Int) {
        reader = BitReader(octets, range)
        self.limit = limit
        self.costLimit = costLimit
    }

    mutating func run() -> Outcome {
        while true {
            cost += Limits.deflateBlockCost
            guard cost <= costLimit else { return .tooLong }
            let before = output.count
            let isLast = reader.take(1) == 1
            let outcome: Outcome
            switch reader.take(2) {
            case 0: outcome = stored()
            case 1: outcome = packed(Self.fixedLiterals, Self.fixedDistances)
            case 2: outcome = dynamic()
            default: outcome = .damaged
            }
            cost += output.count - before
            if outcome != .complete { return outcome }
            if reader.isOver { return .damaged }
            if isLast { return .complete }
        }
    }

    // MARK: Blocks

    private mutating func stored() -> Outcome {
        reader.skipToOctet()
        let length = reader.take(16)
        guard reader.take(16) == length ^ 0xFFFF, !reader.isOver else { return .damaged }
        for _ in 0..<length {
            if output.count >= limit { return .tooLong }
            output.append(UInt8(truncatingIfNeeded: reader.take(8)))
            if reader.isOver { return .damaged }
        }
        return .complete
    }

    private mutating func dynamic() -> Outcome {
        let literals = reader.take(5) + 257
        let distances = reader.take(5) + 1
        let codes = reader.take(4) + 4
        guard literals <= 286, distances <= 30 else { return .damaged }
        var lengths = [UInt8](repeating: 0, count: 19)
        for index in 0..<codes { lengths[Self.lengthOrder[index]] = UInt8(truncatingIfNeeded: reader.take(3)) }
        guard let table = HuffmanTable(lengths[...]), let all = lengthsRead(literals + distances, table),
            let literalTable = HuffmanTable(all[..<literals]), let distanceTable = HuffmanTable(all[literals...])
        else { return .damaged }
        return packed(literalTable, distanceTable)
    }

    /// The order in which the lengths of the code for lengths stand (RFC 1951 section 3.2.7).
    private static let lengthOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]

    private mutating func lengthsRead(_ count: Int, _ table: HuffmanTable) -> [UInt8]? {
        var lengths: [UInt8] = []
        while lengths.count < count {
            guard let symbol = table.decode(&reader) else { return nil }
            let value: UInt8
            let times: Int
            switch symbol {
            case ..<16: (value, times) = (UInt8(symbol), 1)
            case 16:
                guard let last = lengths.last else { return nil }
                (value, times) = (last, 3 + reader.take(2))
            case 17: (value, times) = (0, 3 + reader.take(3))
            default: (value, times) = (0, 11 + reader.take(7))
            }
            guard lengths.count + times <= count, !reader.isOver else { return nil }
            for _ in 0..<times { lengths.append(value) }
        }
        return lengths
    }

    private mutating func packed(_ literals: HuffmanTable, _ distances: HuffmanTable) -> Outcome {
        while true {
            guard let symbol = literals.decode(&reader), !reader.isOver else { return .damaged }
            if symbol < 256 {
                if output.count >= limit { return .tooLong }
                output.append(UInt8(truncatingIfNeeded: symbol))
            } else if symbol == 256 {
                return .complete
            } else {
                let outcome = copy(symbol - 257, distances)
                if outcome != .complete { return outcome }
            }
        }
    }

    private mutating func copy(_ symbol: Int, _ distances: HuffmanTable) -> Outcome {
        guard symbol < Self.lengthBases.count else { return .damaged }
        let length = Self.lengthBases[symbol] + reader.take(Self.lengthBits[symbol])
        guard let code = distances.decode(&reader), code < Self.distanceBases.count else { return .damaged }
        let distance = Self.distanceBases[code] + reader.take(Self.distanceBits[code])
        guard distance <= output.count, !reader.isOver else { return .damaged }
        let room = limit - output.count
        for _ in 0..<min(length, room) { output.append(output[output.count - distance]) }
        return length > room ? .tooLong : .complete
    }

    // MARK: Tables of RFC 1951

    private static let lengthBits = [
        0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
    ]
    private static let lengthBases = [
        3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227,
        258,
    ]
    private static let distanceBits = (0..<30).map { max(0, $0 / 2 - 1) }
    private static let distanceBases = (0..<30).map { $0 < 2 ? $0 + 1 : (2 + $0 % 2) << ($0 / 2 - 1) + 1 }

    private static let fixedLiterals = HuffmanTable(
        fixed: [UInt8](repeating: 8, count: 144) + [UInt8](repeating: 9, count: 112)
            + [UInt8](repeating: 7, count: 24) + [UInt8](repeating: 8, count: 8)
    )
    private static let fixedDistances = HuffmanTable(fixed: [UInt8](repeating: 5, count: 30))
}

/// Bits of octets, the lowest first; zeros behind the end.
struct BitReader {
    private let octets: [UInt8]
    private var position: Int
    private let end: Int
    private var bits: UInt64 = 0
    private var count = 0
    /// How many of the bits that are left were made up.
    private var madeUp = 0

    init(_ octets: [UInt8], _ range: Range<Int>) {
        self.octets = octets
        position = range.lowerBound
        end = range.upperBound
    }

    /// Whether bits were taken that are not there.
    var isOver: Bool { count < madeUp }

    @inline(__always)
    private mutating func fill(_ wanted: Int) {
        while count < wanted {
            if position < end {
                bits |= UInt64(octets[position]) << UInt64(count)
                position += 1
            } else {
                madeUp += 8
            }
            count += 8
        }
    }

    /// The next bits, as many as a code may have.
    @inline(__always)
    mutating func peek() -> Int {
        fill(HuffmanTable.longestCode)
        return Int(truncatingIfNeeded: bits & 0x7FFF)
    }

    @inline(__always)
    mutating func skip(_ number: Int) {
        bits >>= UInt64(number)
        count -= number
    }

    /// Takes up to 16 bits as a number.
    @inline(__always)
    mutating func take(_ number: Int) -> Int {
        if number == 0 { return 0 }
        fill(number)
        let value = Int(truncatingIfNeeded: bits & (1 << UInt64(number) - 1))
        skip(number)
        return value
    }

    mutating func skipToOctet() { skip(count % 8) }
}

// Remembers how large each message is, from the STAT and LIST replies that pass by and from those that Popsieve asked for.
// Must not guess: what is not known is asked for, and what can't be known is said to be so.

/// Sizes in octets by message number (RFC 1939 section 5), and how many messages there are.
struct SizeListing: Sendable {
    /// What is known of one message's size.
    enum Knowledge: Equatable {
        case size(Int)
        /// The server was asked and did not tell.
        case untold
        case unasked

        var octets: Int? { if case .size(let octets) = self { octets } else { nil } }
    }

    /// How many messages the maildrop has; nil while nobody has asked.
    private(set) var messages: Maildrop?
    /// Whether all sizes were asked for at once.
    private(set) var isWhole = false
    /// -1 is a size that the server did not tell.
    private var sizes: [MessageNumber: Int] = [:]
    /// The last one that was asked for, which counts though there be no room for it.
    private var last: (number: MessageNumber, size: Int)?
    private var lines = ListingLines()
    private let limit: Int

    enum Maildrop: Equatable, Sendable {
        case messages(UInt32)
        /// The server did not tell.
        case untold
    }

    init(limit: Int) {
        self.limit = limit
    }

    subscript(number: MessageNumber) -> Knowledge {
        if let size = sizes[number] { return size < 0 ? .untold : .size(size) }
        if let last, last.number == number { return last.size < 0 ? .untold : .size(last.size) }
        return .unasked
    }

    /// Those that the server told.
    var all: some Sequence<(key: MessageNumber, value: Int)> { sizes.lazy.filter { $0.value >= 0 } }

    // MARK: Learning

    /// `+OK messages octets`, or a refusal.
    mutating func learnMaildrop(reply line: Span<UInt8>) {
        let count = ListingWords.numbers(of: line).first ?? nil
        messages = count.flatMap { UInt32(exactly: $0) }.map { .messages($0) } ?? .untold
    }

    /// `+OK number octets`, or the octets alone, as some servers answer; or a refusal.
    mutating func learn(reply line: Span<UInt8>, to number: MessageNumber) {
        let numbers = ListingWords.numbers(of: line)
        let size: UInt64? =
            switch (numbers.first ?? nil, numbers.count > 1 ? numbers[1] : nil) {
            case (UInt64(number)?, let octets?): octets
            // A lone number that could be the message's is neither.
            case (let octets?, nil) where numbers.count == 1 && octets != UInt64(number): octets
            default: nil
            }
        keep(size.flatMap { Int(exactly: $0) }, of: number)
        last = (number, size.flatMap { Int(exactly: $0) } ?? -1)
    }

    /// A part of a listing, cut anywhere.
    mutating func append(_ part: Span<UInt8>) {
        var lines = lines
        self.lines = ListingLines()
        lines.append(part) { line in learn(line: line) }
        self.lines = lines
    }

    /// A listing is over.
    mutating func end() {
        lines = ListingLines()
        isWhole = true
    }

    private mutating func learn(line: Span<UInt8>) {
        let numbers = ListingWords.numbers(of: line, from: 0)
        guard numbers.count > 1, let number = numbers[0].flatMap({ MessageNumber(exactly: $0) }) else { return }
        keep(numbers[1].flatMap { Int(exactly: $0) }, of: number)
    }

    private mutating func keep(_ size: Int?, of number: MessageNumber) {
        guard sizes.count < limit || sizes[number] != nil else { return }
        sizes[number] = size ?? -1
    }
}

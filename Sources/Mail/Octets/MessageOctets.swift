// The octets of a message, wherever they lie: in an array, or in storage that somebody else owns.
// Must not copy them to look at them, nor open, map or free anything: who made the storage does.

/// Octets that lie somewhere else than in an array, such as in a mapped file. They must not change as long as anybody
/// holds the storage, and are given back when nobody does.
public protocol OctetStorage: AnyObject, Sendable {
    /// How many there are.
    var count: Int { get }
    /// Calls `body` once with all of them.
    func withOctets<Result>(_ body: (Span<UInt8>) throws -> Result) rethrows -> Result
}

/// The octets of a message. A copy of this value is not one of the octets.
public struct MessageOctets: Sendable {
    private enum Place {
        case array([UInt8])
        case storage(any OctetStorage)
    }

    private let place: Place
    /// How many there are.
    public let count: Int

    /// Octets in an array.
    public init(_ array: [UInt8]) {
        place = .array(array)
        count = array.count
    }

    /// Octets that lie elsewhere.
    public init(_ storage: any OctetStorage) {
        place = .storage(storage)
        count = storage.count
    }

    /// Calls `body` with all of them, where they lie.
    public func withOctets<Result>(_ body: (Span<UInt8>) throws -> Result) rethrows -> Result {
        switch place {
        case .array(let array): try body(array.span)
        case .storage(let storage): try storage.withOctets(body)
        }
    }

    /// Calls `body` with those in `range`, where they lie.
    public func withOctets<Result>(
        in range: Range<Int>,
        _ body: (Span<UInt8>) throws -> Result
    ) rethrows -> Result {
        try withOctets { try body($0.extracting(range)) }
    }

    /// All of them in an array: made only if they lie elsewhere.
    public func array() -> [UInt8] {
        switch place {
        case .array(let array): array
        case .storage(let storage): storage.withOctets { [UInt8](copying: $0) }
        }
    }

    /// A copy of those in `range`.
    public func array(in range: Range<Int>) -> [UInt8] { withOctets(in: range) { [UInt8](copying: $0) } }
}

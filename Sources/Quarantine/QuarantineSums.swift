// How much the quarantine holds, kept while it changes, so that a bound costs no look at the disk for each message.
// Must not be asked for more than a sum: the folders are the truth.

/// Messages and octets, those of the metadata included.
package struct QuarantineSum: Sendable, Equatable {
    package var messages = 0
    package var octets = 0

    package init(messages: Int = 0, octets: Int = 0) {
        self.messages = messages
        self.octets = octets
    }

    static func + (one: Self, other: Self) -> Self {
        .init(messages: one.messages + other.messages, octets: one.octets + other.octets)
    }

    static func - (one: Self, other: Self) -> Self {
        .init(messages: max(0, one.messages - other.messages), octets: max(0, one.octets - other.octets))
    }
}

/// What is there, and what is being written. Exact for one process; what others do is seen when it counts again.
struct Ledger: Sendable {
    /// Seen in the folders; nil before the first count.
    private(set) var held: QuarantineSum?
    /// Promised to writers that are not done.
    private(set) var promised = QuarantineSum()
    private var counted: ContinuousClock.Instant?

    /// Promises room for `more`, or throws ``QuarantineError/full(_:)``.
    mutating func promise(
        _ more: QuarantineSum,
        limits: QuarantineLimits,
        count: () throws(QuarantineError) -> QuarantineSum
    ) throws(QuarantineError) {
        if isOlder(than: limits.sumAge) { try recount(count) }
        if Self.bound(total + more, limits) != nil, isOlder(than: limits.fullAge) { try recount(count) }
        if let bound = Self.bound(total + more, limits) { throw .full(bound) }
        promised = promised + more
    }

    /// A writer gave up.
    mutating func withdraw(_ promise: QuarantineSum) { promised = promised - promise }

    /// A writer's message is in its folder.
    mutating func keep(_ promise: QuarantineSum) {
        promised = promised - promise
        held = held.map { $0 + promise }
    }

    mutating func remove(_ gone: QuarantineSum) { held = held.map { $0 - gone } }

    private var total: QuarantineSum { (held ?? .init()) + promised }

    private mutating func recount(_ count: () throws(QuarantineError) -> QuarantineSum) throws(QuarantineError) {
        held = try count()
        counted = .now
    }

    private func isOlder(than age: Duration) -> Bool { counted.map { $0.duration(to: .now) >= age } ?? true }

    private static func bound(_ sum: QuarantineSum, _ limits: QuarantineLimits) -> QuarantineError.Bound? {
        if sum.messages > limits.messages { return .messages(limits.messages) }
        if sum.octets > limits.octets { return .octets(limits.octets) }
        return nil
    }
}

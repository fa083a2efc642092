// Counts of what has many names: those that are many are told apart, the rest is one sum.
// Must not grow with the number of names.

/// Counts by name, in memory that has a bound.
///
/// When there are too many names, those with the smallest counts go into the sum of all others, so that a name that comes
/// again begins anew: what is often there is counted well, what is rare may be counted short.
package struct TopCounts<Name: Hashable & Sendable & Comparable, Counts: Countable>: Sendable {
    private let limit: Int
    private var counts: [Name: Counts] = [:]
    /// Of names that are not told apart any more.
    package private(set) var others = Counts()
    /// Whether there were more names than could be told apart.
    package private(set) var isCut = false

    /// - Parameter limit: names that are kept at least
    package init(limit: Int) { self.limit = limit }

    package mutating func add(_ name: Name, _ change: (inout Counts) -> Void) {
        change(&counts[name, default: Counts()])
        if counts.count > 2 * limit { cut() }
    }

    private mutating func cut() {
        isCut = true
        let sorted = counts.sorted { $0.value.weight > $1.value.weight }
        for (_, counts) in sorted[limit...] { others.add(counts) }
        counts = Dictionary(uniqueKeysWithValues: sorted[..<limit].map { ($0.key, $0.value) })
    }

    /// Names that are told apart.
    package var count: Int { counts.count }

    /// The names with the largest counts, and the sum of all that is not among them.
    package func top(_ number: Int, by weight: (Counts) -> Int) -> (names: [(Name, Counts)], rest: Counts) {
        let sorted = counts.filter { weight($0.value) > 0 }.sorted { one, other in
            let (mine, theirs) = (weight(one.value), weight(other.value))
            return mine == theirs ? one.key < other.key : mine > theirs
        }
        var rest = others
        for (_, counts) in sorted.dropFirst(number) { rest.add(counts) }
        return (sorted.prefix(number).map { ($0.key, $0.value) }, rest)
    }
}

/// What is counted of one name.
package protocol Countable: Sendable {
    init()
    mutating func add(_ other: Self)
    /// What is kept when not all can be.
    var weight: Int { get }
}

extension Int: Countable {
    package mutating func add(_ other: Int) { self += other }
    package var weight: Int { self }
}

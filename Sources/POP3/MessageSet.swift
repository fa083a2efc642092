// Which messages of a maildrop something is true of.
// Must not grow with a number that a client makes up.

/// A set of message numbers; the order in which they come makes it small: most clients go from the first to the last.
package struct MessageSet: Sendable {
    /// In the order in which they came, without overlaps.
    private var runs: [ClosedRange<MessageNumber>] = []
    /// More are forgotten, but counted: what is asked again costs a round trip, no more.
    private static let most = 4_096
    /// How many there are.
    package private(set) var count = 0

    package init() {}

    /// In the order in which they came, but for those that were forgotten.
    package var numbers: [MessageNumber] { runs.flatMap(Array.init) }

    func contains(_ number: MessageNumber) -> Bool {
        runs.contains { $0.contains(number) }
    }

    package mutating func insert(_ number: MessageNumber) {
        guard !contains(number) else { return }
        count += 1
        if let last = runs.last, last.upperBound < .max, last.upperBound + 1 == number {
            runs[runs.count - 1] = last.lowerBound...number
        } else if runs.count < Self.most {
            runs.append(number...number)
        }
    }

    package mutating func remove(_ number: MessageNumber) {
        guard let index = runs.firstIndex(where: { $0.contains(number) }) else { return }
        let run = runs.remove(at: index)
        count -= 1
        if number < run.upperBound { runs.insert(number + 1...run.upperBound, at: index) }
        if number > run.lowerBound { runs.insert(run.lowerBound...number - 1, at: index) }
    }
}

// What happens again and again is told once and then counted.
// Must not read a clock or write: whoever owns it says what time it is, and tells.

import NIOCore

/// The first of its kind is told at once; those that follow within the interval are counted and told together.
struct Repetitions<Kind: Hashable & Sendable>: Sendable {
    private struct Entry {
        var toldAt: NIODeadline
        var untold = 0
    }

    /// What is to be told now.
    struct News: Equatable {
        /// Nil: of all the kinds for which there was no room.
        var kind: Kind?
        /// How often it happened since it was told last.
        var count: Int
    }

    private let interval: TimeAmount
    private let most: Int
    private var entries: [Kind: Entry] = [:]
    private var others: Entry?

    /// - Parameter most: kinds that are told apart
    init(interval: TimeAmount, most: Int) {
        self.interval = interval
        self.most = most
    }

    /// Counts one more; how many are to be told now, nil if none.
    mutating func happened(_ kind: Kind, at now: NIODeadline) -> News? {
        if var entry = entries[kind] {
            let count = Self.count(&entry, interval, now)
            entries[kind] = entry
            return count.map { News(kind: kind, count: $0) }
        }
        if entries.count >= most {
            entries = entries.filter { $0.value.untold > 0 || now - $0.value.toldAt < interval }
        }
        guard entries.count >= most else {
            entries[kind] = Entry(toldAt: now)
            return News(kind: kind, count: 1)
        }
        guard var entry = others else {
            others = Entry(toldAt: now)
            return News(kind: nil, count: 1)
        }
        let count = Self.count(&entry, interval, now)
        others = entry
        return count.map { News(kind: nil, count: $0) }
    }

    /// What was counted and is due, so that nothing stays untold when it does not happen again.
    ///
    /// - Parameter isLast: everything is due, because this is the end.
    mutating func due(at now: NIODeadline, isLast: Bool = false) -> [News] {
        var news: [News] = []
        func isDue(_ entry: Entry) -> Bool { entry.untold > 0 && (isLast || now - entry.toldAt >= interval) }
        for (kind, entry) in entries where isDue(entry) {
            news.append(News(kind: kind, count: entry.untold))
            entries[kind] = Entry(toldAt: now)
        }
        if let entry = others, isDue(entry) {
            news.append(News(kind: nil, count: entry.untold))
            others = Entry(toldAt: now)
        }
        return news
    }

    /// What was counted of a kind since it was told; it is as good as told.
    mutating func takeCount(of kind: Kind) -> Int {
        let count = entries[kind]?.untold ?? 0
        entries[kind]?.untold = 0
        return count
    }

    private static func count(_ entry: inout Entry, _ interval: TimeAmount, _ now: NIODeadline) -> Int? {
        entry.untold += 1
        guard now - entry.toldAt >= interval else { return nil }
        defer { entry = Entry(toldAt: now) }
        return entry.untold
    }
}

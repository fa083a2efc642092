// A table that forgets: what nobody has touched for a while goes, and there is never more than so much.
// Must not read a clock.

import NIOCore

/// Two tables, a young and an old one. What is touched moves to the young one; when that is full, or old enough, it becomes
/// the old one and what was in the old one is forgotten. Nothing is searched, sorted or timed.
struct Generations<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private let most: Int
    private let time: TimeAmount
    private var young: [Key: Value] = [:]
    private var old: [Key: Value] = [:]
    private var bornAt: NIODeadline?

    /// - Parameters:
    ///   - most: how many are remembered
    ///   - time: what was not touched for so long may be forgotten, and is after twice as long
    init(most: Int, time: TimeAmount) {
        self.most = max(2, most)
        self.time = time
    }

    var count: Int { young.count + old.count }

    subscript(key: Key) -> Value? { young[key] ?? old[key] }

    /// Changes what is known of a key; what becomes nil is forgotten.
    mutating func update(_ key: Key, at now: NIODeadline, _ body: (inout Value?) -> Void) {
        age(now)
        var value = young[key] ?? old.removeValue(forKey: key)
        body(&value)
        young[key] = value
    }

    private mutating func age(_ now: NIODeadline) {
        let isOld = bornAt.map { now - $0 >= time } ?? false
        if young.count >= most / 2 || isOld {
            // After a long time without anything the old ones are older still.
            old = bornAt.map { now - $0 >= time * 2 } == true ? [:] : young
            young = [:]
            bornAt = now
        }
        bornAt = bornAt ?? now
    }
}

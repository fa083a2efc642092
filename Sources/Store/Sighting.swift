// One evaluation of the test `duplicate` (RFC 7352).
// Must not decide what a duplicate means for a message.

/// What a `duplicate` test looked for, and for how long it is to be remembered.
package struct Sighting: Sendable, Equatable {
    package let account: Account
    /// `:handle`, empty where there is none; RFC 7352 section 3.2.
    package let handle: [UInt8]
    /// What tells this message from others: Message-ID, another field, or a text of the script's; section 3.1.
    package let id: [UInt8]
    /// Of the message that is being judged: one that is fetched again is no duplicate of itself.
    package let uidl: [UInt8]
    /// `:seconds`, or its default. With 0 nothing is a duplicate, and nothing is remembered; section 3.3.
    package let seconds: Int64
    /// `:last`: the time runs from the last sighting on, not from the first.
    package let isLast: Bool

    package init(account: Account, handle: [UInt8], id: [UInt8], uidl: [UInt8], seconds: Int64, isLast: Bool) {
        self.account = account
        self.handle = handle
        self.id = id
        self.uidl = uidl
        self.seconds = seconds
        self.isLast = isLast
    }

    /// Handle and identifier as one value; the length keeps "a" and "bc" apart from "ab" and "c".
    var key: [UInt8] { Array("\(handle.count):".utf8) + handle + id }

    var isWithinLimits: Bool {
        account.isWithinLimits && [handle, id, uidl].allSatisfy { $0.count <= StoreLimits.valueOctets } && seconds > 0
    }
}

/// What is remembered of it. Times are microseconds from 1970 on.
struct SeenMessage: Sendable, Equatable {
    /// Of the message that was seen first.
    var uidl: [UInt8]
    /// The first sighting, or with `:last` the latest.
    var time: Int64
    var expires: Int64
    /// Whether a message that is seen already is kept longer.
    var isLast: Bool

    init(uidl: [UInt8], time: Int64, expires: Int64, isLast: Bool = false) {
        self.uidl = uidl
        self.time = time
        self.expires = expires
        self.isLast = isLast
    }

    init(_ sighting: Sighting, most seconds: Int64, now: Int64) {
        let lifetime = min(sighting.seconds, seconds) * 1_000_000
        self.init(uidl: sighting.uidl, time: now, expires: now + lifetime, isLast: sighting.isLast)
    }

    /// Whether it makes another message a duplicate. The shorter of both times counts, the one that was given when it was
    /// seen and that of the test now: true must never be said in error (section 3).
    func counts(for sighting: Sighting, now: Int64) -> Bool {
        // Both bounds keep the product small: a script may name any number.
        let asked = min(sighting.seconds, 1 << 40) * 1_000_000
        return expires > now && time > now - asked && time <= now + StoreLimits.aheadMicroseconds
    }

    /// A later sighting of the same, before this one was written.
    mutating func merge(_ later: SeenMessage) {
        let lifetime = later.expires - later.time
        let isAhead = time > later.time + StoreLimits.aheadMicroseconds
        if expires <= later.time || time <= later.time - lifetime || isAhead {
            self = later
        } else if later.isLast {
            (time, expires, isLast) = (later.time, later.expires, true)
        }
    }
}

// Who has failed to log in lately, and how long the next try waits for that.
// Must not read a clock, count connections or know POP3.

import NIOCore

/// Keeps guesses away from the servers: beyond a few failures each try of an address, or for a user, has to wait longer than
/// the one before, and only one of them is let through at a time. Waiting costs nobody but the one who waits: a login that
/// comes from where the same user was let in before is not delayed by what others do.
struct LoginDelays: Sendable {
    struct Limits: Sendable, Equatable {
        /// Tries in a minute, from one address and for one user, failed or not; 0: as many as they like.
        var perAddress: Int
        var perUser: Int
        /// Failures that nobody has to wait for; 0: nobody ever has to wait.
        var failures: Int
        /// What a try waits at most; one that would have to wait longer is refused.
        var longest: TimeAmount
    }

    enum Answer: Equatable {
        /// - Parameter isKnown: this user was let in from there
        case now(isKnown: Bool)
        case at(NIODeadline)
        /// As many guesses as cost nothing are with the servers: what comes of them is worth waiting for.
        case askAgain(at: NIODeadline)
        case refused(Refusal)
    }

    /// Why a try is refused before a server hears of it.
    enum Refusal: Equatable {
        case tooManyFailures(wait: TimeAmount)
        case tooMany(wait: TimeAmount)
    }

    private enum Key: Hashable {
        case address(AddressBlock)
        case user(Int)
    }

    private struct Pair: Hashable {
        var address: AddressBlock
        var user: Int
    }

    private struct Account {
        var failures = LeakingCount()
        /// Before that nobody else is let through.
        var next: NIODeadline?
        var rate = Rate()
        /// When the tries begin, or began, that may be guesses and have no answer yet; those that take too long are not
        /// waited for.
        var underWay: [NIODeadline] = []
    }

    private struct History {
        /// The user was let in from there, and has not failed too often since.
        var isKnown = false
        var failures = LeakingCount()
        /// Of one who is known: nobody else can use it up.
        var rate = Rate()
    }

    /// Tries in a minute.
    private struct Rate {
        private var minute: NIODeadline?
        private var tries = 0

        mutating func count(at now: NIODeadline) {
            if minute.map({ now >= $0 + LoginDelays.minute }) ?? true { (minute, tries) = (now, 0) }
            tries += 1
        }

        /// Until the next minute, where there were enough in this one.
        func wait(most: Int, at now: NIODeadline) -> TimeAmount? {
            guard most > 0, let minute, tries >= most else { return nil }
            let end = minute + LoginDelays.minute
            return now < end ? end - now : nil
        }
    }

    private static let minute = TimeAmount.minutes(1)
    private static let pause = TimeAmount.milliseconds(250)
    /// Whoever leaves a login open, or a server that does not answer, keeps others waiting no longer.
    private static let longestTry = TimeAmount.seconds(10)
    private var accounts: Generations<Key, Account>
    private var pairs: Generations<Pair, History>

    /// - Parameter most: addresses and users that are remembered
    init(most: Int = 65_536) {
        // All failures have leaked away by then.
        accounts = Generations(most: most, time: Self.minute * 30)
        // Whoever fetches mail once a day is known the next day.
        pairs = Generations(most: most, time: Self.minute * 60 * 24 * 7)
    }

    // MARK: Questions

    /// Whether and when somebody may try to log in. The answer counts as a try.
    ///
    /// - Parameters:
    ///   - user: a number for the name; nil where it is not known
    ///   - since: when it was asked for the first time
    mutating func ask(
        _ address: AddressBlock,
        user: Int?,
        _ limits: Limits,
        since: NIODeadline,
        at now: NIODeadline
    ) -> Answer {
        let keys = Self.keys(address, user)
        let pair = user.map { Pair(address: address, user: $0) }
        let isKnown = pair.map { pairs[$0]?.isKnown == true } == true
        if let wait = wait(keys, isKnown ? pair : nil, limits, now) { return .refused(.tooMany(wait: wait)) }
        var start = now
        let isFree = limits.failures == 0 || isKnown
        let failing = isFree ? [] : keys.filter { failures(of: $0, now) >= limits.failures }
        for key in failing { start = max(start, accounts[key]?.next ?? now) }
        guard start - now <= limits.longest else { return .refused(.tooManyFailures(wait: start - now)) }
        if !isFree, failing.isEmpty, keys.contains(where: { possibleFailures(of: $0, now) >= limits.failures }) {
            guard now - since < limits.longest else { return .refused(.tooMany(wait: Self.pause)) }
            return .askAgain(at: now + Self.pause)
        }
        for key in failing {
            let delay = delay(after: possibleFailures(of: key, now), limits)
            accounts.update(key, at: now) { $0?.next = start + delay }
        }
        count(keys, isKnown ? pair : nil, guess: isFree ? nil : start, now)
        return start > now ? .at(start) : .now(isKnown: isKnown)
    }

    private static func keys(_ address: AddressBlock, _ user: Int?) -> [Key] {
        [.address(address)] + (user.map { [.user($0)] } ?? [])
    }

    /// With the tries whose answers are still to come.
    private func possibleFailures(of key: Key, _ now: NIODeadline) -> Int {
        let underWay = accounts[key]?.underWay.count { now - $0 < Self.longestTry } ?? 0
        return failures(of: key, now) + underWay
    }

    private func failures(of key: Key, _ now: NIODeadline) -> Int { accounts[key]?.failures.count(at: now) ?? 0 }

    /// One second, and twice as long with each failure more.
    private func delay(after failures: Int, _ limits: Limits) -> TimeAmount {
        min(limits.longest, .seconds(1) * (1 << min(failures - limits.failures, 30)))
    }

    /// Until the next minute, where there were enough tries in this one.
    ///
    /// - Parameter known: who is known there, whose tries are counted by themselves
    private func wait(_ keys: [Key], _ known: Pair?, _ limits: Limits, _ now: NIODeadline) -> TimeAmount? {
        for key in keys {
            let wait: TimeAmount?
            switch key {
            case .address: wait = accounts[key]?.rate.wait(most: limits.perAddress, at: now)
            case .user:
                let rate = known.map { pairs[$0]?.rate } ?? accounts[key]?.rate
                wait = rate?.wait(most: limits.perUser, at: now)
            }
            if let wait { return wait }
        }
        return nil
    }

    /// - Parameter guess: when it begins, if it may be one
    private mutating func count(_ keys: [Key], _ known: Pair?, guess: NIODeadline?, _ now: NIODeadline) {
        if let known { pairs.update(known, at: now) { $0?.rate.count(at: now) } }
        for key in keys {
            if known != nil, case .user = key { continue }
            accounts.update(key, at: now) { account in
                var next = account ?? Account()
                next.rate.count(at: now)
                if let guess {
                    next.underWay.removeAll { now - $0 >= Self.longestTry }
                    next.underWay.append(guess)
                }
                account = next
            }
        }
    }

    // MARK: What came of it

    /// A try has its answer, or nobody waits for one any more.
    ///
    /// - Parameter start: when it was let through
    mutating func ended(_ address: AddressBlock, user: Int?, start: NIODeadline, at now: NIODeadline) {
        for key in Self.keys(address, user) {
            guard let index = accounts[key]?.underWay.firstIndex(of: start) else { continue }
            accounts.update(key, at: now) { _ = $0?.underWay.remove(at: index) }
        }
    }

    /// Forgives what this user has failed from there, and nobody else: a client that polls would give those who guess at its
    /// name fresh guesses each time.
    mutating func succeeded(_ address: AddressBlock, user: Int?, at now: NIODeadline) {
        guard let user else { return }
        var forgiven = 0
        pairs.update(Pair(address: address, user: user), at: now) { history in
            forgiven = history?.failures.count(at: now) ?? 0
            history = History(isKnown: true, rate: history?.rate ?? Rate())
        }
        guard forgiven > 0 else { return }
        forgive(.user(user), forgiven, now)
        forgive(.address(address), forgiven, now)
    }

    private mutating func forgive(_ key: Key, _ count: Int, _ now: NIODeadline) {
        accounts.update(key, at: now) { account in
            account?.failures.subtract(count, at: now)
            if account?.failures.count(at: now) == 0 { account?.next = nil }
        }
    }

    /// The server has refused, or whoever tried has not waited for its answer.
    mutating func failed(_ address: AddressBlock, user: Int?, _ limits: Limits, at now: NIODeadline) {
        guard limits.failures > 0 else { return }
        // More than that changes nothing, and would have to leak away.
        let most = limits.failures + 8
        for key in Self.keys(address, user) {
            accounts.update(key, at: now) { account in
                account = account ?? Account()
                account?.failures.add(at: now, most: most)
            }
        }
        guard let user else { return }
        pairs.update(Pair(address: address, user: user), at: now) { history in
            var next = history ?? History()
            next.failures.add(at: now, most: most)
            if next.failures.count(at: now) >= limits.failures { next.isKnown = false }
            history = next
        }
    }
}

/// A count that loses one a minute: somebody who mistypes now and then never gets far.
struct LeakingCount: Sendable, Equatable {
    private static let interval = TimeAmount.minutes(1)
    private var value = 0
    private var since: NIODeadline?

    func count(at now: NIODeadline) -> Int {
        guard let since, value > 0 else { return 0 }
        return max(0, value - Int((now - since).nanoseconds / Self.interval.nanoseconds))
    }

    mutating func add(at now: NIODeadline, most: Int) {
        settle(now)
        value = min(most, value + 1)
    }

    mutating func subtract(_ count: Int, at now: NIODeadline) {
        settle(now)
        value = max(0, value - min(count, value))
    }

    private mutating func settle(_ now: NIODeadline) {
        let count = count(at: now)
        // The part of a minute that has passed goes on.
        since = count > 0 ? since.map { $0 + Self.interval * (value - count) } : now
        value = count
    }
}

// Passwords that were found right not long ago, and those that are being checked: a device polls, and a check takes long.
// Must not hold a password: each is known by a digest that means nothing outside this process.

import NIOCore
import Passwords
import Synchronization
import TLS

/// Checks each password once for all who come with it at the same time, and again only after a while.
final class CheckedPasswords: Sendable {
    fileprivate enum State {
        case right(until: NIODeadline)
        /// Who waits for the check that runs.
        case waiting([EventLoopPromise<Bool>])
    }

    fileprivate struct Known {
        var states: [[UInt8]: State] = [:]
        /// Of those that were right, in the order of their ends.
        var right: [[UInt8]] = []
    }

    /// How long a right one is not checked again.
    static let time = TimeAmount.minutes(5)
    /// Beyond that the oldest go.
    static let most = 10_000

    private let hashes: SlowHashes
    private let key: [UInt8]
    private let known = Mutex(Known())

    init(by hashes: SlowHashes) {
        self.hashes = hashes
        var generator = SystemRandomNumberGenerator()
        key = (0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }

    /// Whether a password is the one of a hash; nil where so many wait for a check already.
    func check(
        _ password: [UInt8],
        _ hash: PasswordHash,
        _ place: SlowHashes.Place,
        on loop: any EventLoop,
        at now: NIODeadline
    ) -> EventLoopFuture<Bool>? {
        guard let name = SHA256.code(of: Array("\(hash.text)\n".utf8) + password, key: key) else {
            return hashes.run(place, toldTo: loop) { hash.matches(password) }
        }
        enum Turn {
            case right, waits, checks
        }
        let promise = loop.makePromise(of: Bool.self)
        let turn: Turn = known.withLock { known in
            switch known.states[name] {
            case .right(let until) where until > now: return .right
            case .waiting(let promises):
                known.states[name] = .waiting(promises + [promise])
                return .waits
            case .right, nil:
                known.states[name] = .waiting([promise])
                return .checks
            }
        }
        switch turn {
        case .right: promise.succeed(true)
        case .waits: break
        case .checks:
            guard let result = hashes.run(place, toldTo: loop, { hash.matches(password) }) else {
                finish(name, .failure(CancellationError()), at: now)
                return nil
            }
            result.whenComplete { [self] in finish(name, $0, at: .now()) }
        }
        return promise.futureResult
    }

    private func finish(_ name: [UInt8], _ result: Result<Bool, any Error>, at now: NIODeadline) {
        let promises = known.withLock { known -> [EventLoopPromise<Bool>] in
            guard case .waiting(let promises) = known.states.removeValue(forKey: name) else { return [] }
            if case .success(true) = result { known.keep(name, until: now + Self.time, at: now) }
            return promises
        }
        for promise in promises { promise.completeWith(result) }
    }
}

extension CheckedPasswords.Known {
    fileprivate mutating func keep(_ name: [UInt8], until: NIODeadline, at now: NIODeadline) {
        states[name] = .right(until: until)
        right.append(name)
        while let first = right.first, right.count > CheckedPasswords.most || isOver(first, now) {
            right.removeFirst()
            // It may be under check again.
            if case .right = states[first] { states[first] = nil }
        }
    }

    private func isOver(_ name: [UInt8], _ now: NIODeadline) -> Bool {
        if case .right(let until) = states[name] { until <= now } else { true }
    }
}

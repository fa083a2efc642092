// Who waits for whose failures, and for how long.

import NIOCore
import Testing
import Transport

@testable import Relay

@Suite struct LoginDelaysTests {
    /// Logins of a small world, whose time passes when it is told to.
    private struct World {
        var delays = LoginDelays()
        var limits = LoginDelays.Limits(perAddress: 0, perUser: 0, failures: 3, longest: .seconds(8))
        var now = NIODeadline.uptimeNanoseconds(1_000_000_000_000)

        func block(_ text: String) -> AddressBlock {
            guard let address = IPAddress(text) else { preconditionFailure("\(text) is no address") }
            return AddressBlock(address)
        }

        mutating func ask(_ address: String, _ user: Int?) -> LoginDelays.Answer {
            delays.ask(block(address), user: user, limits, since: now, at: now)
        }

        /// Seconds until the login may go on, and has its answer at once; nil: it is refused.
        mutating func wait(_ address: String, _ user: Int?) -> Double? {
            let answer = ask(address, user)
            switch answer {
            case .now: delays.ended(block(address), user: user, start: now, at: now)
            case .at(let turn): delays.ended(block(address), user: user, start: turn, at: now)
            case .askAgain, .refused: break
            }
            return seconds(answer)
        }

        func seconds(_ answer: LoginDelays.Answer) -> Double? {
            switch answer {
            case .now: 0
            case .at(let turn), .askAgain(let turn): Double((turn - now).nanoseconds) / 1e9
            case .refused: nil
            }
        }

        mutating func fail(_ address: String, _ user: Int?, times: Int = 1) {
            for _ in 0..<times { delays.failed(block(address), user: user, limits, at: now) }
        }

        mutating func succeed(_ address: String, _ user: Int?) {
            delays.succeeded(block(address), user: user, at: now)
        }

        mutating func pass(_ seconds: Int64) { now = now + .seconds(seconds) }
    }

    @Test("the first failures cost nothing, each more doubles what the next try waits, up to the longest wait")
    func doubling() {
        var world = World()
        world.fail("192.0.2.1", 1, times: 2)
        #expect(world.wait("192.0.2.1", 1) == 0)
        var waits: [Double?] = []
        for _ in 0..<6 {
            world.fail("192.0.2.1", 1)
            // The last try is over.
            waits.append(world.wait("192.0.2.1", 1))
            world.now = world.now + .nanoseconds(Int64((waits.last.flatMap(\.self) ?? 0) * 1e9))
        }
        // A try goes at once, and the next one waits: after three failures 1 s, after four 2 s.
        #expect(waits == [0, 1, 2, 4, 8, 8])
    }

    @Test("tries of one address go one at a time: a hundred at once are no hundred guesses")
    func oneAtATime() {
        var world = World()
        world.fail("192.0.2.1", nil, times: 4)
        let waits = (0..<100).map { user in world.seconds(world.ask("192.0.2.1", user)) }
        // What was let through, or will be, may fail as well, and doubles the wait of those behind it.
        #expect(waits.compactMap(\.self) == [0, 2, 6])
        guard case .refused(.tooManyFailures(let wait)) = world.ask("192.0.2.1", 1) else {
            Issue.record("it is not refused")
            return
        }
        #expect(wait > .seconds(8))
    }

    @Test("guesses whose answers are still to come are no more than those that cost nothing")
    func underWay() {
        var world = World()
        let start = world.now
        for user in 1...3 { #expect(world.ask("192.0.2.1", user) == .now(isKnown: false)) }
        let again = LoginDelays.Answer.askAgain(at: start + .milliseconds(250))
        #expect(world.ask("192.0.2.1", 4) == again)
        #expect(world.ask("198.51.100.1", 4) == .now(isKnown: false))
        world.pass(1)
        // One has its answer, and one more may go.
        world.delays.ended(world.block("192.0.2.1"), user: 2, start: start, at: world.now)
        #expect(world.ask("192.0.2.1", 4) == .now(isKnown: false))
        #expect(world.wait("192.0.2.1", 5) == 0.25)
        world.succeed("192.0.2.1", 1)
        #expect(world.ask("192.0.2.1", 1) == .now(isKnown: true))
        // Whoever has waited too long is refused, and a try that takes too long holds nobody up.
        let late = world.delays.ask(
            world.block("192.0.2.1"),
            user: 5,
            world.limits,
            since: start - .seconds(8),
            at: start
        )
        #expect(late == .refused(.tooMany(wait: .milliseconds(250))))
        world.pass(9)
        #expect(world.ask("192.0.2.1", 5) == .now(isKnown: false))
    }

    @Test("those that have failed and those that may are as few together")
    func failedAndUnderWay() {
        var world = World()
        let start = world.now
        for user in 1...3 { #expect(world.ask("192.0.2.1", user) == .now(isKnown: false)) }
        world.pass(1)
        for user in 1...2 {
            world.fail("192.0.2.1", user)
            world.delays.ended(world.block("192.0.2.1"), user: user, start: start, at: world.now)
            #expect(world.wait("192.0.2.1", 9) == 0.25)
        }
    }

    @Test("nobody uses up the tries of a user where he was let in before")
    func triesOfOthers() {
        var world = World()
        world.limits.perUser = 3
        world.succeed("192.0.2.9", 1)
        for host in 1...3 { #expect(world.wait("198.51.100.\(host)", 1) == 0) }
        #expect(world.ask("198.51.100.4", 1) == .refused(.tooMany(wait: .seconds(60))))
        for _ in 1...3 { #expect(world.ask("192.0.2.9", 1) == .now(isKnown: true)) }
        #expect(world.ask("192.0.2.9", 1) == .refused(.tooMany(wait: .seconds(60))))
        // Nor does he use up theirs.
        #expect(world.wait("198.51.100.5", 2) == 0)
    }

    @Test("guesses at one user from many addresses are as few")
    func underWayOfUser() {
        var world = World()
        for host in 1...3 { #expect(world.ask("192.0.2.\(host)", 7) == .now(isKnown: false)) }
        #expect(world.wait("192.0.2.4", 7) == 0.25)
        #expect(world.wait("192.0.2.4", 8) == 0)
    }

    @Test("other addresses of an IPv6 network wait with it, other networks don't")
    func network() {
        var world = World()
        for host in 1...9 { world.fail("2001:db8::\(host)", host) }
        #expect(world.wait("2001:db8::aaaa", 77) == 0)
        #expect(world.wait("2001:db8::bbbb", 78) != 0)
        #expect(world.wait("2001:db8:0:1::1", 79) == 0)
    }

    @Test("a user whom many addresses guess waits where nobody knows him, and not where he was let in before")
    func knownPlace() {
        var world = World()
        world.succeed("192.0.2.9", 1)
        for host in 1...20 { world.fail("198.51.100.\(host)", 1) }
        #expect(world.wait("203.0.113.1", 1) == 0)
        #expect(world.wait("203.0.113.2", 1) != 0)
        for _ in 0..<10 { #expect(world.wait("192.0.2.9", 1) == 0) }
        // Nor does he wait for his neighbour's failures, unless they are his own.
        world.fail("192.0.2.9", 2, times: 9)
        #expect(world.wait("192.0.2.9", 1) == 0)
        world.fail("192.0.2.9", 1, times: 3)
        _ = world.ask("192.0.2.9", 1)
        #expect(world.wait("192.0.2.9", 1) != 0)
    }

    @Test("a success forgives what the user has failed there, and nobody else's failures")
    func forgiven() {
        var world = World()
        world.fail("192.0.2.1", 1, times: 2)
        world.fail("192.0.2.1", 2, times: 2)
        world.succeed("192.0.2.1", 1)
        // Two are left, of the other user.
        #expect(world.wait("192.0.2.1", 3) == 0)
        #expect(world.wait("192.0.2.1", 3) == 0)
        world.fail("192.0.2.1", 2)
        _ = world.ask("192.0.2.1", 3)
        #expect(world.wait("192.0.2.1", 3) != 0)
        // Somebody who has an account of his own can't wash off his guesses.
        world.succeed("192.0.2.1", 9)
        #expect(world.wait("192.0.2.1", 3) != 0)
    }

    @Test("who polls with the right password gives those who guess at the name no fresh guesses")
    func forgivenElsewhere() {
        var world = World()
        world.succeed("192.0.2.9", 1)
        var waits = 0
        for host in 1...40 {
            world.succeed("192.0.2.9", 1)
            if world.wait("198.51.100.\(host)", 1) != 0 { waits += 1 } else { world.fail("198.51.100.\(host)", 1) }
        }
        #expect(waits > 30)
        // Whose own failures are forgiven is the user's affair alone.
        world.fail("192.0.2.9", 1)
        world.succeed("192.0.2.9", 1)
        #expect(world.wait("203.0.113.1", 1) != 0)
    }

    @Test("failures leak away, one a minute")
    func leaking() {
        var world = World()
        world.fail("192.0.2.1", 1, times: 3)
        _ = world.ask("192.0.2.1", 1)
        #expect(world.wait("192.0.2.1", 1) != 0)
        world.pass(61)
        for _ in 0..<3 { #expect(world.wait("192.0.2.1", 1) == 0) }
        // Who guesses for hours has waited enough a quarter of an hour later.
        world.fail("192.0.2.1", 1, times: 1_000)
        world.pass(12 * 60)
        for _ in 0..<3 { #expect(world.wait("192.0.2.1", 1) == 0) }
    }

    @Test("a program that comes with an old password each five minutes never makes anybody wait")
    func oldPassword() {
        var world = World()
        for _ in 0..<100 {
            #expect(world.wait("192.0.2.1", 1) == 0)
            world.fail("192.0.2.1", 1)
            world.pass(300)
        }
    }

    @Test("so many tries a minute, failed or not, from an address and for a user; at the limit and one past it")
    func rate() {
        var world = World()
        world.limits.perAddress = 5
        world.limits.perUser = 3
        for _ in 0..<3 { #expect(world.wait("192.0.2.1", 1) == 0) }
        #expect(world.ask("192.0.2.1", 1) == .refused(.tooMany(wait: .seconds(60))))
        world.pass(20)
        for _ in 0..<2 { #expect(world.wait("192.0.2.1", 2) == 0) }
        #expect(world.ask("192.0.2.1", 3) == .refused(.tooMany(wait: .seconds(40))))
        #expect(world.wait("192.0.2.2", 2) == 0)
        world.pass(40)
        #expect(world.wait("192.0.2.1", 1) == 0)
    }

    @Test("with 0 nobody is counted and nobody waits")
    func switchedOff() {
        var world = World()
        world.limits.failures = 0
        world.fail("192.0.2.1", 1, times: 100)
        for _ in 0..<1_000 { #expect(world.wait("192.0.2.1", 1) == 0) }
    }

    @Test("it remembers no more than it may, and what was touched last")
    func bounded() {
        var table = Generations<Int, Int>(most: 100, time: .minutes(1))
        let now = NIODeadline.uptimeNanoseconds(0)
        for key in 0..<10_000 {
            table.update(key, at: now) { $0 = key }
            #expect(table.count <= 100)
        }
        #expect(table[9_999] == 9_999 && table[9_960] == 9_960 && table[0] == nil)
        table.update(9_999, at: now) { $0 = nil }
        #expect(table[9_999] == nil)
    }

    @Test("what nobody touches is forgotten")
    func forgotten() {
        var table = Generations<Int, Int>(most: 100, time: .minutes(1))
        var now = NIODeadline.uptimeNanoseconds(0)
        table.update(1, at: now) { $0 = 1 }
        now = now + .seconds(59)
        table.update(2, at: now) { $0 = 2 }
        #expect(table[1] == 1)
        now = now + .seconds(2)
        table.update(3, at: now) { $0 = 3 }
        #expect(table[1] == 1)
        now = now + .minutes(3)
        table.update(4, at: now) { $0 = 4 }
        #expect(table[1] == nil && table[2] == nil && table[4] == 4)
    }
}

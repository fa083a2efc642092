// A scanner that goes down and comes back, as logins see it.
// Must not wait for a clock that goes by itself.

import NIOCore
import NIOPosix
import ScannerDaemons
import Synchronization
import Testing

@testable import Scanning

@Suite("A scanner's health")
struct HealthTests {
    private static let message = Sample.text("the last words")

    private static func limits(failures: Int = 2) -> ScanLimits {
        var limits = ScanLimits.patient
        limits.failures = failures
        limits.pause = .seconds(5)
        return limits
    }

    @Test("after failures in a row it is left alone, asked after a pause, and used again", arguments: Kind.allCases)
    func breaker(kind: Kind) async throws {
        let clock = ManualClock()
        let isWell = Mutex(false)
        try await FakeScanner.serving { peer in
            guard isWell.withLock({ $0 }) else { return }
            // clamd is asked for its version, too.
            try await peer.hear(kind.check.question)
            try await peer.say(kind.check.answer)
        } _: { fake in
            let scanner = kind.scanner(fake.address, limits: Self.limits(), clock: clock)
            for _ in 1...2 {
                #expect(!scanner.isDown)
                #expect(await scanner.scan(Self.message) == .unscanned(.closed))
            }
            #expect(scanner.isDown && scanner.health.lastFailure == .closed)
            #expect(await scanner.scan(Self.message) == .unscanned(.down(because: .closed)))
            // Two scans with a retry each, and none while it is down.
            #expect(fake.connections == 4)
            try await eventually("it is looked after") { clock.nextWake == .seconds(5) }
            clock.advance(by: .seconds(5))
            try await eventually("it was asked, in vain") { fake.connections == 5 && clock.nextWake == .seconds(5) }
            #expect(scanner.isDown && scanner.health.duration == .seconds(5))
            isWell.withLock { $0 = true }
            clock.advance(by: .seconds(5))
            try await eventually("it is found") { !scanner.isDown }
            #expect(scanner.health.lastFailure == .closed && scanner.health.duration == .zero)
        }
    }

    private static func shell(_ script: String) -> MailScanner {
        MailScanner(
            .command("/bin/sh", ["-c", script], looksFor: [.viruses]),
            name: "own",
            limits: limits(),
            group: .singletonMultiThreadedEventLoopGroup
        )
    }

    /// One message that a user fetched again and again kept all users out.
    @Test("a scanner that says that it could not scan a message is not down, however often it says so")
    func oneMessage() async {
        let scanner = Self.shell("cat >/dev/null; exit 3")
        for _ in 1...5 { #expect(await scanner.scan(Self.message) == .unscanned(.exited(3))) }
        #expect(!scanner.isDown && !scanner.isWell && scanner.health.lastFailure == .exited(3))
    }

    /// The reason stood in everybody's mail, and in the operator's log.
    @Test("what a program writes of one user's mail is told to nobody else")
    func words() async {
        let scanner = Self.shell("cat")
        for _ in 1...3 {
            guard case .unscanned(let reason) = await scanner.scan(Self.message) else {
                Issue.record("it was scanned")
                return
            }
            #expect(reason.description.contains("last words") && !reason.withoutWords.contains("last words"))
        }
        #expect(scanner.reasonDown == nil)
    }

    @Test("nor is what a scanner has answered that is down by it", arguments: Kind.allCases)
    func garbage(kind: Kind) async throws {
        try await FakeScanner.serving { peer in
            try await peer.say("the last words\r\n")
        } _: { fake in
            let scanner = kind.scanner(fake.address, limits: Self.limits(), clock: ManualClock())
            for _ in 1...2 { _ = await scanner.scan(Self.message) }
            let others = await scanner.scan(Sample.text("of somebody else"))
            #expect(scanner.isDown, "\(others)")
            guard case .unscanned(let reason) = others else { return #expect(Bool(false), "\(others)") }
            #expect(!reason.description.contains("last words"), "\(reason)")
        }
    }

    @Test("one that is not there at start is down from the start")
    func probe() async throws {
        let scanner = MailScanner.test(clamd: .unix(path: "/nowhere/clamd.sock"), clock: ManualClock())
        #expect(!scanner.isDown)
        #expect(await scanner.probe() == .fails(.unreachable("no such file")))
        #expect(scanner.isDown)
        #expect(await scanner.fingerprint() == nil)
    }

    @Test("no more scans at once than are allowed; who waits too long, or is one too many, is told that it is busy")
    func busy() async throws {
        var limits = Self.limits()
        limits.parallel = 2
        limits.waiting = 1
        let (bounds, clock) = (limits, ManualClock())
        try await FakeScanner.serving { peer in
            try await peer.hearAll()
        } _: { fake in
            let scanner = MailScanner.test(clamd: fake.address, limits: bounds, clock: clock)
            let running = [Task { await scanner.scan(Self.message) }, Task { await scanner.scan(Self.message) }]
            try await eventually("two run") { fake.connections == 2 && clock.sleepers == 2 }
            let waiting = Task { await scanner.scan(Self.message) }
            try await eventually("one waits") { clock.sleepers == 3 }
            #expect(await scanner.scan(Self.message) == .unscanned(.busy))
            clock.advance(by: bounds.patience)
            #expect(await waiting.value == .unscanned(.busy))
            for scan in running { #expect(await scan.value == .unscanned(.timedOut(bounds.timeout))) }
            #expect(fake.connections == 2)
        }
    }

    @Test("who waits while it goes down is told that, and does not try")
    func downMeanwhile() async throws {
        var limits = Self.limits(failures: 1)
        limits.parallel = 1
        let (bounds, clock) = (limits, ManualClock())
        try await FakeScanner.serving { peer in
            try await peer.hearAll()
        } _: { fake in
            let scanner = MailScanner.test(clamd: fake.address, limits: bounds, clock: clock)
            let first = Task { await scanner.scan(Self.message) }
            try await eventually("one runs") { fake.connections == 1 && clock.sleepers == 1 }
            let second = Task { await scanner.scan(Self.message) }
            try await eventually("one waits") { clock.sleepers == 2 }
            #expect(await scanner.probeOnManualClock(clock, bounds) == .fails(.timedOut(bounds.probing)))
            first.cancel()
            #expect(await first.value == .unscanned(.cancelled))
            #expect(await second.value == .unscanned(.down(because: .timedOut(bounds.probing))))
            // The first and perhaps the check.
            #expect(fake.connections <= 2)
        }
    }
}

extension MailScanner {
    /// A check of a scanner that never answers.
    fileprivate func probeOnManualClock(_ clock: ManualClock, _ limits: ScanLimits) async -> ProbeResult {
        let before = clock.sleepers
        async let result = probe()
        try? await eventually("it is checked") { clock.sleepers == before + 1 }
        clock.advance(by: limits.probing)
        return await result
    }
}

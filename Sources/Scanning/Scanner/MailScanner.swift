// One scanner, whatever its kind: asked within limits, left alone while it is down.
// Must not know what the message is for.

import NIOCore
import Synchronization

/// A scanner that is set up. It keeps connections and its health; one for each setting, for as long as the setting lasts.
public final class MailScanner: Sendable {
    /// Its name in the settings, in rules and in the audit log.
    public let name: String
    /// What it looks for.
    public let subjects: Set<ScanSubject>
    /// Where it is, for people.
    public let place: String

    private let engine: any ScanEngine
    private let limits: ScanLimits
    private let clock: ScanClock
    private let gate: Gate
    private let breaker: Mutex<Breaker>
    private let recovery = Mutex<Task<Void, Never>?>(nil)

    init(
        name: String,
        subjects: Set<ScanSubject>,
        place: String,
        engine: any ScanEngine,
        limits: ScanLimits,
        clock: some Clock<Duration>
    ) {
        self.name = name
        self.subjects = subjects
        self.place = place
        self.engine = engine
        self.limits = limits
        self.clock = ScanClock(clock)
        gate = Gate(places: limits.parallel, waiting: limits.waiting)
        breaker = Mutex(Breaker(limit: limits.failures, now: self.clock.now()))
    }

    deinit { recovery.withLock { $0 }?.cancel() }

    /// Why it is known to be down; nil: it is not. Cheap enough to ask at every login.
    public var reasonDown: UnscannedReason? {
        if case .open(let reason) = breaker.withLock({ $0.state }) { reason } else { nil }
    }

    /// Whether it is known to be down.
    public var isDown: Bool { reasonDown != nil }

    /// Whether nothing failed since it answered last.
    public var isWell: Bool { breaker.withLock { $0.state } == .closed(failures: 0) }

    /// How it does.
    public var health: ScannerHealth {
        let now = clock.now()
        return breaker.withLock {
            ScannerHealth(isDown: $0.isOpen, duration: now - $0.since, lastFailure: $0.lastFailure)
        }
    }

    /// Scans a message. Cancelling the task ends the scan and its connection at once.
    ///
    /// - Parameter circumstances: what a trusted Received line tells; nothing else.
    public func scan(_ source: any ScanSource, _ circumstances: ScanCircumstances = .init()) async -> ScanResult {
        if let down { return down }
        guard await enter() else { return .unscanned(Task.isCancelled ? .cancelled : .busy) }
        defer { gate.leave() }
        // It may have gone down while we waited: a queue of time-outs would be no better.
        if let down { return down }
        let (result, isLate) = await clock.limit(limits.timeout) { [self] in await attempts(source, circumstances) }
        // Cancelled: whatever came of it was brought about by that.
        if Task.isCancelled { return .unscanned(.cancelled) }
        if isLate, case .unscanned = result { return learn(from: .unscanned(.timedOut(limits.timeout))) }
        return learn(from: result ?? .unscanned(.cancelled))
    }

    private var down: ScanResult? { reasonDown.map { .unscanned(.down(because: $0)) } }

    private func enter() async -> Bool {
        if gate.enterAtOnce() { return true }
        return await clock.limit(limits.patience) { [gate] in await gate.enter() }.value ?? false
    }

    /// One attempt, and another if nothing was judged.
    private func attempts(_ source: any ScanSource, _ circumstances: ScanCircumstances) async -> ScanResult {
        do throws(UnscannedReason) {
            do throws(UnscannedReason) {
                return try await engine.scan(source, circumstances, isRetry: false)
            } catch  where error.isWorthARetry && !Task.isCancelled {
                return try await engine.scan(source, circumstances, isRetry: true)
            }
        } catch {
            return .unscanned(error)
        }
    }

    private func learn(from result: ScanResult) -> ScanResult {
        if case .unscanned(let reason) = result {
            guard reason.isScannersFault else { return result }
            let now = clock.now()
            if reason.mayBeMessagesFault {
                breaker.withLock { $0.failedOnce(reason) }
                return result
            }
            if breaker.withLock({ $0.failed(reason, at: now) }) { lookAfterIt() }
        } else {
            breaker.withLock { $0.succeeded() }
        }
        return result
    }
}

// MARK: Is it there?

extension MailScanner {
    /// Asks whether it is there, for the start and for `check`. One that is not is down from then on, until it is found.
    public func probe() async -> ProbeResult {
        let (result, isLate) = await clock.limit(limits.probing) { [engine] () -> ProbeResult in
            do throws(UnscannedReason) {
                return .answers(try await engine.check())
            } catch {
                return .fails(error)
            }
        }
        if Task.isCancelled { return .fails(.cancelled) }
        var found = result ?? .fails(.cancelled)
        if isLate, case .fails = found { found = .fails(.timedOut(limits.probing)) }
        let now = clock.now()
        switch found {
        case .answers: breaker.withLock { $0.isThere(at: now) }
        case .fails(let reason): if breaker.withLock({ $0.isMissing(reason, at: now) }) { lookAfterIt() }
        }
        return found
    }

    /// A text that is another one when it would judge otherwise, as far as it can be known; nil when it doesn't answer.
    public func fingerprint() async -> String? {
        guard !isDown else { return nil }
        return await clock.limit(limits.probing) { [engine] in try? await engine.fingerprint() }.value ?? nil
    }

    /// Asks nothing any more, but for scans that are under way.
    public func end() async {
        let task = recovery.withLock { $0 }
        task?.cancel()
        await task?.value
    }

    /// Looks every now and then whether a scanner that is down is there again. Nobody scans meanwhile, so nobody else would
    /// find out.
    private func lookAfterIt() {
        let task = Task { [weak self, clock, pause = limits.pause] in
            while !Task.isCancelled {
                do { try await clock.sleep(pause) } catch { return }
                guard let self else { return }
                if case .answers = await self.probe() { return }
            }
        }
        recovery.withLock { $0 = task }
    }
}

// The sessions of a load on one loop: as many as are wanted, one behind the other, until the time is over.
// Must not speak POP3.

import NIOCore
import Transport

/// Belongs to its loop's thread.
final class Crowd {
    /// Sessions that are logging in at once where all are to be held.
    private static let arriving = 50
    /// How long sessions may take to end when the time is over, or to come where all are to be held.
    private static let patience = TimeAmount.seconds(60)

    let loop: Loop
    let plan: LoadPlan
    let target: LoadTarget
    private let wanted: Int
    private var live: Set<LoadSession> = []
    private var held = 0
    private var begin = NIODeadline.now()
    private var patience: LoopTimer?
    private(set) var isOver = false
    private var result = LoadResult()
    private let ended: EventLoopPromise<LoadResult>
    private let gathered: EventLoopPromise<Void>

    /// A crowd, for other threads.
    struct Handle: Sendable {
        fileprivate let crowd: NIOLoopBound<Crowd>
        fileprivate let ended: EventLoopFuture<LoadResult>
        fileprivate let isGathered: EventLoopFuture<Void>

        /// When all are logged in, or one has failed.
        func gathered() async { try? await isGathered.get() }
        func result() async throws -> LoadResult { try await ended.get() }
        func dismiss() { crowd.eventLoop.execute { crowd.value.dismiss() } }
    }

    static func start(_ sessions: Int, _ plan: LoadPlan, _ target: LoadTarget, on loop: Loop) async throws -> Handle {
        try await loop.submit {
            let crowd = Crowd(sessions, plan, target, on: loop)
            crowd.start()
            return Handle(
                crowd: NIOLoopBound(crowd, eventLoop: loop),
                ended: crowd.ended.futureResult,
                isGathered: crowd.gathered.futureResult
            )
        }.get()
    }

    private init(_ sessions: Int, _ plan: LoadPlan, _ target: LoadTarget, on loop: Loop) {
        self.loop = loop
        self.plan = plan
        self.target = target
        wanted = sessions
        ended = loop.makePromise()
        gathered = loop.makePromise()
    }

    private func start() {
        begin = .now()
        if holds {
            patience = loop.after(Self.patience) { [weak self] in self?.failed("not all sessions came") }
        } else {
            _ = loop.after(.nanoseconds(Int64(plan.seconds * 1e9))) { [weak self] in self?.dismiss() }
        }
        admit()
    }

    private var holds: Bool { if case .hold = plan.work { true } else { false } }

    private func admit() {
        while !isOver, live.count < wanted, !holds || live.count - held < Self.arriving {
            let session = LoadSession(in: self)
            live.insert(session)
            session.begin()
        }
    }

    /// No others come.
    private func dismiss() {
        guard !isOver else { return }
        isOver = true
        patience?.cancel()
        patience = loop.after(Self.patience) { [weak self] in self?.failed("a session does not end") }
        if holds { for session in live { session.quit() } }
        endIfEmpty()
    }

    private func endIfEmpty() {
        guard isOver, live.isEmpty else { return }
        patience?.cancel()
        patience = nil
        result.seconds = Double((.now() - begin).nanoseconds) / 1e9
        gathered.succeed()
        ended.succeed(result)
    }

    // MARK: What sessions tell

    func received(_ octets: Int) { result.octets += octets }
    func took(_ roundTrip: TimeAmount) { result.roundTrips.append(roundTrip.nanoseconds) }

    func isHeld() {
        held += 1
        if held == wanted {
            patience?.cancel()
            gathered.succeed()
        }
        admit()
    }

    /// - Parameter failure: what went wrong, unless it came to its end
    func ended(_ session: LoadSession, _ failure: String?) {
        live.remove(session)
        if let failure { return failed(failure) }
        result.sessions += 1
        admit()
        endIfEmpty()
    }

    /// One failure is enough: nothing that was counted is of use.
    private func failed(_ failure: String) {
        result.failure = result.failure ?? failure
        isOver = true
        for session in live { session.abandon() }
        live = []
        endIfEmpty()
    }
}

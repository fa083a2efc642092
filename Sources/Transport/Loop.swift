// One thread: it waits for its sockets, does what it is given to do, and keeps the time.
// Must not know what connections carry.

import CMemory
import DequeModule
package import Dispatch
import Glibc
package import NIOCore
import Synchronization

/// Whoever has something to do that must not be done from within a call.
protocol TurnTaker: AnyObject {
    func turn()
}

/// Whoever shows at the end of a turn what was done in it.
package protocol TurnEnder: AnyObject {
    func turnEnds()
}

/// An event loop with its sockets.
///
/// Invariant of `@unchecked Sendable`: `inbox`, `thread` and `load` are for all threads; everything else is touched by the loop's
/// own thread only, once `run` has begun.
package final class Loop: EventLoop, @unchecked Sendable {
    /// What others want to have done.
    private struct Inbox {
        var tasks: [@Sendable () -> Void] = []
        /// The loop waits for its sockets, or is about to.
        var isAsleep = false
        var isClosed = false
    }

    let poll: EventPoll
    private let waker: EventPoll.Waker
    private let inbox = Mutex(Inbox())
    private let thread = Atomic<UInt>(0)
    /// Connections that live here.
    let load = Atomic<Int>(0)
    private var timers = Timers()
    private var turns: [any TurnTaker] = []
    private var endings: [any TurnEnder] = []
    /// Of this turn; empty between two calls, so that no turn takes memory for it.
    private var due: [any TurnEnder] = []
    /// Connections whose TLS handshake goes on.
    private var handshakes = Deque<Connection>()
    private var isStopping = false
    /// What is read goes here, and on from here without a copy: a session that waits has no memory for reading.
    var areas = Areas()
    /// The same for what was decrypted.
    var plaintexts = Areas()

    /// Something in this turn is nobody else's business.
    private var isConfidential = false

    let resolver: Resolver

    init(resolver: Resolver) throws(IOError) {
        self.resolver = resolver
        poll = try EventPoll()
        waker = poll.waker
    }

    /// Does its work until `stop`.
    func run() {
        thread.store(UInt(pthread_self()), ordering: .relaxed)
        while !isStopping {
            for task in takeTasks() { task() }
            for timer in timers.takeDue(at: .now()) { timer.fire() }
            let due = turns
            turns.removeAll(keepingCapacity: true)
            for taker in due { taker.turn() }
            endTurn()
            poll.wait(milliseconds: fallAsleep() ? timers.wait(from: .now()) : 0)
            endTurn()
            shakeHands()
        }
        inbox.withLock { $0.isClosed = true }
        // What came in the last moment, so that nobody waits for ever.
        for task in takeTasks() { task() }
        endTurn()
        timers.cancelAll()
        turns = []
        handshakes = []
        poll.end()
    }

    /// Ends `run`, from any thread.
    func stop() { execute { self.isStopping = true } }

    private func takeTasks() -> [@Sendable () -> Void] {
        inbox.withLock { inbox in
            inbox.isAsleep = false
            guard !inbox.tasks.isEmpty else { return [] }
            defer { inbox.tasks = [] }
            return inbox.tasks
        }
    }

    /// Whether there is nothing to be done: whoever brings something from now on wakes the loop up.
    private func fallAsleep() -> Bool {
        guard turns.isEmpty, handshakes.isEmpty, !isStopping else { return false }
        return inbox.withLock { inbox in
            inbox.isAsleep = inbox.tasks.isEmpty
            return inbox.isAsleep
        }
    }

    /// Behind all that was ready, and no more than some at once: a step of a handshake takes as long as some dozen messages,
    /// and clients come in hundreds when an office opens.
    private func shakeHands() {
        guard let first = handshakes.popFirst() else { return }
        let end = NIODeadline.now() + Limits.handshakes
        first.handshakeTurn()
        while NIODeadline.now() < end, let next = handshakes.popFirst() { next.handshakeTurn() }
    }

    // MARK: On its own thread

    /// Lets a connection go on with its handshake, soon.
    func shakeHands(with connection: Connection) { handshakes.append(connection) }

    /// Gives a turn to somebody, soon, but not from within this call.
    func giveTurn(to taker: any TurnTaker) { turns.append(taker) }

    /// At the end of this turn, once: what came together leaves together. Who asks again meanwhile is called again.
    package func atEndOfTurn(_ ender: any TurnEnder) { endings.append(ender) }

    /// Whether somebody has something to show yet, and with it, maybe, what was read.
    var hasEndings: Bool { !endings.isEmpty }

    func endTurn() {
        while !endings.isEmpty {
            swap(&endings, &due)
            for index in due.indices { due[index].turnEnds() }
            due.removeAll(keepingCapacity: true)
        }
        areas.free()
        plaintexts.free()
        if isConfidential { forget() }
    }

    /// What is done in this turn has to do with passwords: the memory of all that was read in it, and of what is freed until
    /// its end, is overwritten.
    package func isGivenSecrets() {
        guard !isConfidential else { return }
        isConfidential = true
        clear_freed_memory(1)
    }

    private func forget() {
        isConfidential = false
        areas.clear()
        plaintexts.clear()
        clear_freed_memory(0)
    }

    /// Does something later, once.
    package func after(_ delay: TimeAmount, _ work: @escaping () -> Void) -> LoopTimer {
        timers.add(at: .now() + delay, work)
    }

    // MARK: EventLoop

    package var inEventLoop: Bool { thread.load(ordering: .relaxed) == UInt(pthread_self()) }

    package func execute(_ task: @escaping @Sendable () -> Void) {
        let isAsleep = inbox.withLock { inbox in
            guard !inbox.isClosed else { return false }
            inbox.tasks.append(task)
            defer { inbox.isAsleep = false }
            return inbox.isAsleep
        }
        if isAsleep { waker.wake() }
    }

    package func scheduleTask<T>(
        deadline: NIODeadline,
        _ task: @escaping @Sendable () throws -> T
    ) -> Scheduled<T> {
        let promise = makePromise(of: T.self)
        let work = { @Sendable in
            do { promise.assumeIsolated().succeed(try task()) } catch { promise.fail(error) }
        }
        if inEventLoop {
            let timer = timers.add(at: deadline, work)
            let bound = NIOLoopBound(timer, eventLoop: self)
            return Scheduled(promise: promise) { [self] in
                if inEventLoop { bound.value.cancel() } else { execute { bound.value.cancel() } }
            }
        }
        let cancellation = Cancellation()
        execute { [self] in
            _ = timers.add(at: deadline) { if !cancellation.isAskedFor { work() } }
        }
        return Scheduled(promise: promise) { cancellation.ask() }
    }

    package func scheduleTask<T>(in delay: TimeAmount, _ task: @escaping @Sendable () throws -> T) -> Scheduled<T> {
        scheduleTask(deadline: .now() + delay, task)
    }

    package func next() -> any EventLoop { self }

    package func makeIterator() -> EventLoopIterator { EventLoopIterator([self]) }

    /// A loop ends with its group.
    package func shutdownGracefully(queue: DispatchQueue, _ callback: @escaping @Sendable ((any Error)?) -> Void) {
        queue.async { callback(EventLoopError.unsupportedOperation) }
    }
}

/// Of a task that another thread has scheduled.
private final class Cancellation: Sendable {
    private let flag = Atomic<Bool>(false)

    var isAskedFor: Bool { flag.load(ordering: .relaxed) }

    func ask() { flag.store(true, ordering: .relaxed) }
}

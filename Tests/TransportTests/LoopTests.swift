// A loop by itself: what it is given from other threads, what is due later, and its end.
// Must not ask how long anything took.

import NIOCore
import Synchronization
import Testing

@testable import Transport

@Suite("Loops", .timeLimit(.minutes(2)))
struct LoopTests {
    @Test("what other threads bring is done, all of it, in the order of each") func tasks() async throws {
        let group = try LoopGroup(count: 1)
        let loop = group.loops[0]
        let done = Done()
        await withTaskGroup(of: Void.self) { tasks in
            for thread in 0..<8 {
                tasks.addTask { for number in 0..<2_000 { loop.execute { done.add(number, of: thread) } } }
            }
        }
        try await loop.submit {}.get()
        #expect(done.all.count == 8 && done.all.values.allSatisfy { $0 == Array(0..<2_000) })
        try await group.shutdownGracefully()
    }

    private final class Done: Sendable {
        private let numbers = Mutex<[Int: [Int]]>([:])
        var all: [Int: [Int]] { numbers.withLock { $0 } }
        func add(_ number: Int, of thread: Int) { numbers.withLock { $0[thread, default: []].append(number) } }
    }

    @Test("what is due later comes in the order of its time, unless it is cancelled") func timers() async throws {
        let group = try LoopGroup(count: 1)
        let loop = group.loops[0]
        let order = Mutex<[Int]>([])
        let scheduled = try await loop.submit {
            let cancelled = loop.scheduleTask(in: .milliseconds(10)) { order.withLock { $0.append(99) } }
            cancelled.cancel()
            for number in [3, 1, 2] {
                _ = loop.scheduleTask(in: .milliseconds(Int64(number) * 15)) { order.withLock { $0.append(number) } }
            }
            return loop.scheduleTask(in: .milliseconds(60)) { order.withLock { $0 } }
        }.get()
        let fromOutside = loop.scheduleTask(in: .seconds(3_600)) { order.withLock { $0.append(98) } }
        fromOutside.cancel()
        #expect(try await scheduled.futureResult.get() == [1, 2, 3])
        await #expect(throws: EventLoopError.self) { try await fromOutside.futureResult.get() }
        try await group.shutdownGracefully()
    }

    @Test("timers that were cancelled do not stay in memory") func cancelledTimers() {
        var timers = Timers()
        let now = NIODeadline.uptimeNanoseconds(1)
        for _ in 0..<100_000 { timers.add(at: now + .hours(1), {}).cancel() }
        #expect(timers.count < 5_000)
        #expect(timers.wait(from: now) == -1)
        _ = timers.add(at: now + .nanoseconds(1), {})
        #expect(timers.wait(from: now) == 1)
        #expect(timers.takeDue(at: now).isEmpty && timers.takeDue(at: now + .nanoseconds(1)).count == 1)
    }

    @Test("a wait that nobody would end is not begun: what comes at the last moment is done")
    func wakeUps() async throws {
        let group = try LoopGroup(count: 2)
        let (one, other) = (group.loops[0], group.loops[1])
        // Each answer is brought while the loop that waits for it falls asleep.
        for _ in 0..<2_000 { try await one.submit { other.submit {} }.get().get() }
        try await group.shutdownGracefully()
    }

    /// They stayed open as long as the process.
    @Test("the end of a loop closes what it has open, and tells nobody", arguments: Lab.Side.allCases)
    func end(side: Lab.Side) async throws {
        let group = try LoopGroup(count: 1)
        let others = try LoopGroup(count: 1)
        let clients = Mutex<[End]>([])
        let settings = Listener.Settings(pause: .seconds(1)) { connection in
            let seen = Recorder()
            connection.owner = seen
            let bound = NIOLoopBound(connection, eventLoop: connection.loop)
            clients.withLock { $0.append(End(connection: bound, seen: seen)) }
        }
        let listener = try await Listener.bind(host: "127.0.0.1", port: 0, backlog: 4, on: group, settings)
        await listener.accept()
        let port = try #require(listener.localAddress?.port)
        let dialled = try await Dialled.to(port: port, on: others.loops[0]).get()
        try await eventually("the client") { clients.withLock { $0.count } == 1 }
        let accepted = clients.withLock { $0[0] }
        await listener.close()
        let (first, second) = side == .accepted ? (group, others) : (others, group)
        let (ended, peer) = side == .accepted ? (accepted, dialled) : (dialled, accepted)
        try await first.shutdownGracefully()
        try await peer.seen.waits(for: "the end") { !$0.events.isEmpty }
        #expect(ended.seen.events.isEmpty)
        try await second.shutdownGracefully()
    }
}

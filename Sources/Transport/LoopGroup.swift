// The loops of a program, each with its thread.
// Must not decide which loop serves whom; see Listener.

import CLinux
package import Dispatch
import Glibc
package import NIOCore
import Synchronization

/// A number of loops that run until the group is shut down.
package final class LoopGroup: EventLoopGroup {
    package let loops: [Loop]
    private let turn = Atomic<Int>(0)
    private let threads: [LoopThread]
    let resolver: Resolver

    /// - Throws: the system's error where it has no descriptors or threads for them
    package init(count: Int) throws(IOError) {
        let resolver = Resolver()
        self.resolver = resolver
        var loops: [Loop] = []
        for _ in 0..<max(1, count) { loops.append(try Loop(resolver: resolver)) }
        self.loops = loops
        threads = try Self.start(loops)
    }

    private static func start(_ loops: [Loop]) throws(IOError) -> [LoopThread] {
        var threads: [LoopThread] = []
        do throws(IOError) {
            for (number, loop) in loops.enumerated() {
                threads.append(try LoopThread(of: loop, name: "loop-\(number)"))
            }
        } catch {
            for (loop, thread) in zip(loops, threads) {
                loop.stop()
                thread.join()
            }
            throw error
        }
        return threads
    }

    package func next() -> any EventLoop {
        loops[abs(turn.add(1, ordering: .relaxed).oldValue) % loops.count]
    }

    /// The loop that a new connection is to live on: the one that has taken it, unless another has much less to do.
    func quietest(instead loop: Loop) -> Loop {
        let load = loop.load.load(ordering: .relaxed)
        let least = load - load / 8 - Limits.imbalance
        return loops.first { $0.load.load(ordering: .relaxed) < least } ?? loop
    }

    package func makeIterator() -> EventLoopIterator { EventLoopIterator(loops) }

    /// Ends the loops; connections that are open are closed, not in order, and their owners are told nothing.
    package func shutdownGracefully(queue: DispatchQueue, _ callback: @escaping @Sendable ((any Error)?) -> Void) {
        resolver.stop()
        for loop in loops { loop.stop() }
        // Not on the caller's thread, which may be a loop's.
        DispatchQueue.global().async { [threads] in
            for thread in threads { thread.join() }
            queue.async { callback(nil) }
        }
    }
}

/// The thread of a loop.
///
/// Invariant of `@unchecked Sendable`: the number is set by the initialiser and not changed after it.
@safe private final class LoopThread: @unchecked Sendable {
    private let thread: pthread_t

    init(of loop: Loop, name: String) throws(IOError) {
        var thread = pthread_t()
        // Invariant: the thread takes the reference that is made here, unless there is none.
        let reference = unsafe Unmanaged.passRetained(loop)
        let result = unsafe pthread_create(
            &thread,
            nil,
            { reference in
                if let reference = unsafe reference {
                    unsafe Unmanaged<Loop>.fromOpaque(reference).takeRetainedValue().run()
                }
                return nil
            },
            reference.toOpaque()
        )
        guard result == 0 else {
            unsafe reference.release()
            throw IOError(errnoCode: result, reason: "pthread_create")
        }
        self.thread = thread
        _ = unsafe pthread_setname_np(thread, name)
    }

    func join() { pthread_join(thread, nil) }
}

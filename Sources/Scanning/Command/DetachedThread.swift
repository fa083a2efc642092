// A thread for what waits. Must not be used for what an event loop or a task can do.
// Says `unsafe`, because the system's calls take pointers.

import Glibc
import SystemPackage

enum DetachedThread {
    private final class Work {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    /// Runs it on a thread of its own, where a broken pipe is an error and no signal.
    ///
    /// - Throws: where the system has no thread to give; the work is not done then.
    static func start(_ body: @escaping @Sendable () -> Void) throws(UnscannedReason) {
        // Invariant: the thread takes the reference that is made here, unless there is none.
        let work = unsafe Unmanaged.passRetained(Work(body))
        var thread = pthread_t()
        let failure = unsafe pthread_create(
            &thread,
            nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                let work = unsafe Unmanaged<Work>.fromOpaque(argument).takeRetainedValue()
                var pipes = sigset_t()
                unsafe sigemptyset(&pipes)
                unsafe sigaddset(&pipes, SIGPIPE)
                unsafe pthread_sigmask(SIG_BLOCK, &pipes, nil)
                work.body()
                return nil
            },
            work.toOpaque()
        )
        guard failure == 0 else {
            unsafe work.release()
            throw .failed("it can't be started: \(Errno(rawValue: failure))")
        }
        pthread_detach(thread)
    }
}

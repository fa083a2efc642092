// Threads for what takes long, so that no event loop waits for it.
// Must not know what it is.

import NIOCore
import NIOPosix
import Synchronization

/// A number of threads, which begin with the first work: most relays never need one.
final class Threads: Sendable {
    /// They are started once, and not again when they have been stopped: sessions may outlast them by a moment.
    private enum Stage {
        case unused
        case started
        case stopped
    }

    private let pool: NIOThreadPool
    private let stage = Mutex(Stage.unused)

    init(_ count: Int) {
        pool = NIOThreadPool(numberOfThreads: count)
    }

    deinit {
        if end() { pool.shutdownGracefully { _ in } }
    }

    func stop() async {
        if end() { try? await pool.shutdownGracefully() }
    }

    /// - Returns: whether there are threads to end
    private func end() -> Bool {
        stage.withLock { stage in
            defer { stage = .stopped }
            return stage == .started
        }
    }

    /// Does something on one of them, and tells `loop` what has come of it.
    func run<Value: Sendable>(
        toldTo loop: any EventLoop,
        _ work: @escaping @Sendable () throws -> Value
    ) -> EventLoopFuture<Value> {
        stage.withLock { stage in
            guard stage == .unused else { return }
            pool.start()
            stage = .started
        }
        return pool.runIfActive(eventLoop: loop, work)
    }
}

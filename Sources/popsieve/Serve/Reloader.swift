// SIGHUP: everything is loaded again.
// Must not reload by itself; see Reloads.

import ServiceLifecycle
import UnixSignals

/// Waits for SIGHUP.
struct Reloader: Service {
    let reloads: Reloads
    let hangups: UnixSignalsSequence
    /// Ends when the relay serves: what is asked for before is done then.
    let isServing: AsyncStream<Void>

    func run() async throws {
        await cancelWhenGracefulShutdown {
            for await _ in isServing {}
        }
        for await _ in hangups.cancelOnGracefulShutdown() { _ = await reloads.run() }
    }
}

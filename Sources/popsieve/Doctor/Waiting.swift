// What is waited for, on a terminal: shown after two seconds, and gone when it is over.
// Must not be seen where nobody watches.

import AuditReading
import Glibc
import Synchronization

/// A line at the foot of standard error.
final class Waiting: Sendable {
    private struct State {
        var name: String?
        var isShown = false
        var task: Task<Void, Never>?
    }

    private static let patience = Duration.seconds(2)
    private let state = Mutex(State())
    private let isWatched = isatty(STDERR_FILENO) == 1

    func begin(_ name: String) {
        guard isWatched else { return }
        end()
        let task = Task { [self] in
            guard (try? await Task.sleep(for: Self.patience)) != nil else { return }
            state.withLock { state in
                guard state.name == name else { return }
                state.isShown = true
                StandardError.write("\r\u{1B}[K\(name) …")
            }
        }
        state.withLock {
            $0.name = name
            $0.task = task
        }
    }

    func end() {
        state.withLock { state in
            state.task?.cancel()
            if state.isShown { StandardError.write("\r\u{1B}[K") }
            state = State()
        }
    }
}

// What the service knows of itself beside the relay's figures: the store, the audit log, the last reload.
// Must not ask anything: it is told.

import Audit
import Store
import Synchronization

/// For whoever looks on; safe to use from everywhere.
final class Health: Sendable {
    struct State: Sendable {
        /// The store fails, and is done without.
        var storeFails = false
        /// Audit lines wait, or are lost.
        var auditWaits = false
        /// Lines that are lost, as far as it has been told.
        var auditLost = 0
        var reloads = Reloads()
        /// In force.
        var ruleFiles = 0
        /// Of all that is in force.
        var digest: String?

        var auditWord: String { auditWaits ? "waiting" : "written" }
        func storeWord(isUsed: Bool) -> String { isUsed ? storeFails ? "failed" : "open" : "none" }
    }

    struct Reloads: Sendable {
        var succeeded = 0
        var rejected = 0
        var lastSucceeded = true
        /// Seconds from 1970 on; the start counts.
        var lastSuccess: Int64 = 0
    }

    private let current: Mutex<State>

    /// - Parameter loaded: with which the relay starts
    init(_ loaded: Loaded, at seconds: Int64) {
        var state = State(ruleFiles: loaded.ruleFiles.count, digest: loaded.digest)
        state.reloads.lastSuccess = seconds
        current = Mutex(state)
    }

    var state: State { current.withLock { $0 } }

    func store(_ news: StoreNews) {
        current.withLock { state in
            switch news {
            case .trouble: state.storeFails = true
            case .working: state.storeFails = false
            }
        }
    }

    func audit(_ trouble: AuditLog.Trouble) {
        current.withLock { state in
            switch trouble {
            case .delayed, .losing: state.auditWaits = true
            case .recovered(let lost):
                state.auditWaits = false
                state.auditLost += lost
            // Its lines are written, in a file that is too long.
            case .growing, .rotated: break
            }
        }
    }

    func reloaded(_ loaded: Loaded, at seconds: Int64) {
        current.withLock { state in
            state.ruleFiles = loaded.ruleFiles.count
            state.digest = loaded.digest
            state.reloads.lastSucceeded = true
            state.reloads.succeeded += 1
            state.reloads.lastSuccess = seconds
        }
    }

    func reloadRejected() {
        current.withLock { state in
            state.reloads.lastSucceeded = false
            state.reloads.rejected += 1
        }
    }
}

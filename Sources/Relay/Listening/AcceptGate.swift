// Before a listener: takes no more clients than there are open files for, and tells when it has to pause.
// Must not serve or refuse anybody.

import Glibc
import NIOCore

/// Asked by listeners, on every event loop.
final class AcceptGate: Sendable {
    private let shared: RelayState
    private let operatorLog: OperatorLog

    init(shared: RelayState, operatorLog: OperatorLog) {
        self.shared = shared
        self.operatorLog = operatorLog
    }

    /// Whether there are open files for one more client; if not, clients wait in the kernel for a while.
    func hasRoom() -> Bool {
        if shared.hasDescriptors() { return true }
        operatorLog.listeningPauses(cause: "all open files of this process are in use (LimitNOFILE=, ulimit -n)")
        return false
    }

    /// Whoever serves the client says when it has gone.
    func clientTaken() {
        shared.connectionOpened()
        operatorLog.listeningGoesOn()
    }

    /// A client could not be taken.
    func isShort(_ error: IOError) {
        let cause =
            switch error.errnoCode {
            case EMFILE: "too many open files in this process (LimitNOFILE=, ulimit -n)"
            case ENFILE: "too many open files on this machine (fs.file-max)"
            default: "the kernel has no memory for connections"
            }
        operatorLog.listeningPauses(cause: cause)
    }
}

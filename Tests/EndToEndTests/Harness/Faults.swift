// A disk that waits, is full or broken, a clock that is wrong, as the relay under test sees them.
// Must not change the disk or the clock: the relay's calls go through a library that does what is asked for here.

import Foundation

/// What befalls the files of a running relay.
struct Faults: Sendable {
    /// Which call on which files.
    enum Call: String, Sendable {
        /// Of messages that are held back.
        case heldWrite = "held.pwrite"
        case heldRead = "held.pread"
        case heldMapping = "held.mmap"
        case quarantineWrite = "quarantine.write"
        case quarantineSync = "quarantine.fsync"
        /// Of the file that verdicts are remembered in, before it is read or written.
        case storeLock = "store.lock"
        /// The next turn of one of two event loops.
        case loopTurn = "loop.turn"
    }

    enum Kind: String, Sendable {
        /// It does not return until the fault is over.
        case wait
        /// No space is left.
        case full
        case broken
    }

    private let folder: Folder

    /// - Parameter folder: of the faults' own
    init(in folder: Folder) {
        self.folder = folder
    }

    /// What makes a command one whose calls can be disturbed.
    var prefix: [String] {
        ["/usr/bin/env", "LD_PRELOAD=\(Built.folder)/libFaults.so", "POPSIEVE_FAULTS=\(folder.path)"]
    }

    /// From now on the clock on the wall is ahead by so many seconds, or behind; what measures time is not concerned.
    func setClock(ahead seconds: Int) throws {
        // At once, or a reader would find half of it.
        try Data("\(seconds)".utf8).write(to: URL(fileURLWithPath: folder["clock"]), options: .atomic)
    }

    func begin(_ call: Call, _ kind: Kind) throws {
        try? FileManager.default.removeItem(atPath: folder["\(call.rawValue).waiting"])
        try folder.write("\(call.rawValue).\(kind)", "")
    }

    func end(_ call: Call) {
        for kind in [Kind.wait, .full, .broken] {
            try? FileManager.default.removeItem(atPath: folder["\(call.rawValue).\(kind)"])
        }
    }

    /// Waits until the relay is at a call that does not return.
    func reached(_ call: Call) async throws {
        try await eventually("the relay waits at \(call.rawValue)") {
            FileManager.default.fileExists(atPath: folder["\(call.rawValue).waiting"])
        }
    }
}

// Why nothing is remembered, in words that say where and what to do.
// Must not hold what the owner decides: whom it tells.

/// What keeps the store from working, since when.
package struct StoreTrouble: Error, Sendable, Equatable {
    package enum Cause: Sendable, Equatable {
        /// The disk, or what this user may have of it.
        case full
        /// Another process keeps the file locked for longer than ``StoreLimits/patience``.
        case locked
        /// A question was not answered within ``StoreLimits/answer``.
        case silent
        /// The file is no database, or one that contradicts itself; it was put aside under this name.
        case damaged(putAside: String)
        /// The file or its folder was taken away while we used it.
        case missing
        /// The system does not let us write there; its words.
        case unwritable(reason: String)
        /// Somebody else could make up verdicts: anybody may write to this.
        case writableByAnybody(path: String)
        /// A database of another program.
        case foreign
        /// Written by a later version of Popsieve.
        case newer(version: Int)
        /// Something else that SQLite says.
        case failed(reason: String)
    }

    package let path: String
    package let cause: Cause
    /// Microseconds from 1970 on.
    package let since: Int64
}

extension StoreTrouble: CustomStringConvertible {
    package var description: String { "\(path): \(sentence); verdicts are not remembered until it works again" }

    private var sentence: String {
        switch cause {
        case .full: "the disk is full; make room"
        case .locked: "another process keeps it locked; end that process"
        case .silent: "it does not answer; see to its disk"
        case .damaged(let aside): "it is damaged, is put aside as \(aside), and a new one is begun"
        case .missing: "it was taken away; bring its folder back"
        case .unwritable(let reason): "it cannot be written: \(reason); let the service's user write there"
        case .writableByAnybody(let path) where path == self.path:
            "anybody may write to it; take that away with chmod o-w"
        case .writableByAnybody(let path): "anybody may write to \(path); take that away with chmod o-w"
        case .foreign: "it is another program's file and is left alone; name another file, or one that is not there yet"
        case .newer(let version):
            "it is of version \(version), which a later Popsieve wrote, and is left alone; name another file"
        case .failed(let reason): "it failed: \(reason)"
        }
    }
}

/// What the owner is told: each cause once, until it works again.
package enum StoreNews: Sendable, Equatable {
    case trouble(StoreTrouble)
    /// It works again, after this. So many changes were not remembered since the store was opened.
    case working(after: StoreTrouble, dropped: Int)
}

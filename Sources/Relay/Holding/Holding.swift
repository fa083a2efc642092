// What all sessions share who hold messages back: room and threads.
// Must not know a message.

import NIOCore
import NIOPosix
import Synchronization

/// Why a message can't be held.
enum HoldingError: Error, Equatable {
    /// It is larger than any message may be.
    case tooLarge(SizeBound)
    /// So many others are held at this moment that there is no room.
    case noRoom
    /// The system can't write or read its file.
    case failed(String)

    /// In words, for logs.
    var reason: String {
        switch self {
        case .tooLarge(let bound): "a held message is larger than \(bound.octets) octets (\(bound.setting.rawValue))"
        case .noRoom: "there is no room for a held message"
        case .failed(let reason): reason
        }
    }
}

/// Room for messages that are held back, and the threads that look at them.
package final class Holding: Sendable {
    /// A kind of room.
    enum Place: Int, CaseIterable {
        case memory
        case file
    }

    /// For what keeps a core busy: rules.
    let rules: Threads
    /// For what waits for a disk, so that rules don't wait for it, too.
    let disk: Threads
    private let used = Mutex([0, 0])

    package init() {
        rules = Threads(max(2, System.coreCount))
        disk = Threads(4)
    }

    package func stop() async {
        await rules.stop()
        await disk.stop()
    }

    /// Takes room, if there is enough.
    func take(_ octets: Int, in place: Place, limits: HoldingLimits) -> Bool {
        let most = place == .memory ? limits.memoryInAll : limits.filesInAll
        return used.withLock { used in
            guard used[place.rawValue] + octets <= most else { return false }
            used[place.rawValue] += octets
            return true
        }
    }

    func giveBack(_ octets: Int, in place: Place) {
        if octets > 0 { used.withLock { $0[place.rawValue] -= octets } }
    }

    /// What is taken, for tests.
    var inUse: [Int] { used.withLock { $0 } }
}

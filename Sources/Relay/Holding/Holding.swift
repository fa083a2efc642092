// What all sessions share who hold messages back: room and threads.
// Must not know a message.

import NIOCore
import NIOPosix
import Synchronization

/// Why a message can't be held.
enum HoldingError: Error, Equatable {
    /// It is larger than any message may be.
    case tooLarge(limit: Int)
    /// So many others are held at this moment that there is no room.
    case noRoom
    /// The system can't write or read its file.
    case failed(String)

    /// In words, for logs.
    var reason: String {
        switch self {
        case .tooLarge(let limit): "a held message is larger than \(limit) octets"
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

    /// Threads are started once, and not again when they have been stopped: sessions may outlast them by a moment.
    private enum Stage {
        case unused
        case started
        case stopped
    }

    private let threads: NIOThreadPool
    private let stage = Mutex(Stage.unused)
    private let used = Mutex([0, 0])

    /// - Parameter threads: how many look at messages at once; what they do keeps a core busy
    package init(threads: Int = max(2, System.coreCount)) {
        self.threads = NIOThreadPool(numberOfThreads: threads)
    }

    deinit {
        if end() { threads.shutdownGracefully { _ in } }
    }

    package func stop() async {
        if end() { try? await threads.shutdownGracefully() }
    }

    /// - Returns: whether there are threads to end
    private func end() -> Bool {
        stage.withLock { stage in
            defer { stage = .stopped }
            return stage == .started
        }
    }

    /// Does what takes long on a thread, and tells `loop` what has come of it. Threads begin with the first of it: most
    /// relays never need one.
    func run<Value: Sendable>(
        toldTo loop: any EventLoop,
        _ work: @escaping @Sendable () throws -> Value
    ) -> EventLoopFuture<Value> {
        stage.withLock { stage in
            guard stage == .unused else { return }
            threads.start()
            stage = .started
        }
        return threads.runIfActive(eventLoop: loop, work)
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

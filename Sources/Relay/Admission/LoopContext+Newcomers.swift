// The oldest sessions that have not logged in make room for those that come.
// Must not end one whose login is under way.

import NIOCore
import POP3

extension LoopContext {
    /// Once a second: how many could make room for others.
    func countNewcomers(_ now: NIODeadline) {
        let latest = now - limits.loginTime
        newcomers?.looked(ripe: sessions.values.count { $0.openedAt <= latest && $0.canBeEvicted })
        // Some of them may have ended since.
        evictable = []
    }

    /// Found out at once: the sessions are looked through once for so many, and not for each.
    private static let looked = 64

    /// Ends so many sessions of those that have not logged in and are as old, the oldest first; fewer where there are no more.
    func evict(_ count: Int, age: TimeAmount) {
        var left = count
        let latest = now - age
        while left > 0 {
            if evictable.isEmpty { evictable = oldestNewcomers() }
            guard let session = evictable.popFirst() else { return }
            // It may have logged in since, or be gone.
            guard session.canBeEvicted else { continue }
            guard session.openedAt <= latest else { return }
            session.take(.evicted)
            left -= 1
        }
    }

    private func oldestNewcomers() -> ArraySlice<Session> {
        sessions.values.filter(\.canBeEvicted).sorted { $0.openedAt < $1.openedAt }.prefix(Self.looked)
    }
}

extension Session {
    /// Whether nobody has logged in, and it is the client that everybody waits for.
    var canBeEvicted: Bool { closedAt == nil && isNewcomer && machine.waitsForClientsLogin }
}

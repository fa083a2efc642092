// The oldest sessions that have not logged in make room for those that come.
// Must not end one whose login is under way.

import NIOCore
import POP3

extension LoopContext {
    /// Found out at once: the sessions are looked through once for so many, and not for each.
    private static let looked = 64

    /// Ends so many sessions of those that have not logged in, the oldest first; fewer where there are no more.
    func evict(_ count: Int) {
        var left = count
        while left > 0 {
            if evictable.isEmpty { evictable = oldestNewcomers() }
            guard let session = evictable.popFirst() else { return }
            // It may have logged in since, or be gone.
            guard session.canBeEvicted else { continue }
            session.take(.evicted)
            left -= 1
        }
    }

    private func oldestNewcomers() -> ArraySlice<Session> {
        sessions.values.filter(\.canBeEvicted).sorted { $0.openedAt < $1.openedAt }.prefix(Self.looked)
    }
}

extension Session {
    /// Whether nobody has logged in, and nobody is about to.
    var canBeEvicted: Bool { closedAt == nil && isNewcomer && !machine.loginIsUnderWay }
}

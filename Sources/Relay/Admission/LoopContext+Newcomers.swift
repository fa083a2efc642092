// Sessions that make room for those that come: the oldest that have not logged in, then those whose client takes nothing.
// Must not end one whose login is under way, or whose client takes something.

import NIOCore
import POP3

extension LoopContext {
    /// Once a second: how many could make room for others.
    func countNewcomers(_ now: NIODeadline) {
        let latest = now - limits.loginTime
        newcomers?.looked(
            ripe: sessions.values.count { $0.openedAt <= latest && $0.canBeEvicted },
            stalled: sessions.values.count { $0.standsStill(at: now, for: limits.stallGrace) }
        )
        // Some of them may have ended since.
        evictable = []
        stalled = []
    }

    /// Found out at once: the sessions are looked through once for so many, and not for each.
    private static let looked = 64

    func evict(_ eviction: Newcomers.Eviction) {
        switch eviction {
        case .newcomers(let count, let age): evict(count, age: age)
        case .stalled: evictStalled()
        }
    }

    private func evictStalled() {
        let (now, grace) = (self.now, limits.stallGrace)
        if stalled.isEmpty {
            let all = sessions.values.filter { $0.standsStill(at: now, for: grace) }
            stalled = all.sorted { $0.client.stalledSince < $1.client.stalledSince }.prefix(Self.looked)
        }
        while let session = stalled.popFirst() {
            // It may have gone on since, or be gone.
            guard session.standsStill(at: now, for: grace) else { continue }
            return session.take(.evictedWhileStalled)
        }
    }

    /// Ends so many sessions of those that have not logged in and are as old, the oldest first; fewer where there are no more.
    private func evict(_ count: Int, age: TimeAmount) {
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

    /// Whether the client has logged in and takes nothing of what waits for it.
    func standsStill(at now: NIODeadline, for time: TimeAmount) -> Bool {
        closedAt == nil && !isNewcomer && client.owes && now > client.stalledSince + time
    }
}

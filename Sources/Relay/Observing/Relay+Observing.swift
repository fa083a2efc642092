// A running relay as others see it, and how one session of it is ended.
// Must not keep a loop busy for long: sessions are looked at some at a time.

import NIOCore
import Transport

extension Relay {
    /// All sessions, in no order. Each is as it was at some moment of this call.
    package func sessionSummaries() async -> [SessionSummary] {
        await loops.ofSessions { session, now in session.summary(at: now) }
    }

    /// Ends a session: its client is told so where it would not take it for something else, and nothing more is deleted.
    ///
    /// - Parameters:
    ///   - id: its name in the audit log
    ///   - operatorName: whom the audit log names
    /// - Returns: what it was; nil if there is none of this name
    package func endSession(_ id: String, by operatorName: String) async -> SessionSummary? {
        await loops.collect { context -> [SessionSummary] in
            guard let session = context.session(id), session.phase != .closing else { return [] }
            let summary = session.summary(at: context.now)
            session.take(.endedByOperator(operatorName))
            return [summary]
        }.first
    }

    /// What was counted so far, and what is there now.
    package func figures() async -> RelayFigures {
        var figures = RelayFigures()
        for counts in await loops.collect({ [$0.counts] }) { figures.counts.add(counts) }
        for phase in await loops.ofSessions({ session, _ in session.phase }) {
            figures.sessions[phase, default: 0] += 1
        }
        figures.mostSessions = state.sessionsAllowed
        let held = state.holding.inUse
        (figures.heldInMemory, figures.heldInFiles) = (held[0], held[1])
        figures.loops = loops.count
        return figures
    }

    /// Whether it accepts clients.
    package var isServing: Bool { hasServed && !isEnding }
    /// The addresses that it listens on now.
    package var listenerAddresses: [String] { get async { await listeners.addresses } }
}

/// Figures of a relay.
package struct RelayFigures: Sendable {
    package var counts = LoopCounts()
    package var sessions: [SessionSummary.Phase: Int] = [:]
    package var mostSessions = 0
    /// Octets of messages that are held back.
    package var heldInMemory = 0
    package var heldInFiles = 0
    package var loops = 0

    package init() {}
}

extension LoopContexts {
    var count: Int { all.count }

    /// What each loop has to say, in no order.
    func collect<Element: Sendable>(_ body: @escaping @Sendable (LoopContext) -> [Element]) async -> [Element] {
        var elements: [Element] = []
        for entry in all {
            elements += (try? await entry.eventLoop.submit { body(entry.context.value) }.get()) ?? []
        }
        return elements
    }

    /// Something of each session: those that were there at the beginning, and a bounded number in each turn of a loop.
    func ofSessions<Element: Sendable>(
        _ body: @escaping @Sendable (Session, NIODeadline) -> Element
    ) async -> [Element] {
        var elements: [Element] = []
        for entry in all {
            let taken = try? await entry.eventLoop.submit {
                NIOLoopBound(entry.context.value.allSessions, eventLoop: entry.eventLoop)
            }.get()
            var isOver = taken == nil
            var begin = 0
            while let taken, !isOver {
                let (from, most) = (begin, LoopContext.sessionsInATurn)
                let slice = try? await entry.eventLoop.submit {
                    let now = entry.context.value.now
                    return taken.value[min(from, taken.value.count)...].prefix(most).map { body($0, now) }
                }.get()
                elements += slice ?? []
                begin += most
                isOver = (slice?.count ?? 0) < most
            }
        }
        return elements
    }
}

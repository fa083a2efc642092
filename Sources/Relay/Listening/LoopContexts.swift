// The event loops of a relay, each with its context.
// Must not touch a context from another thread than its own.

import Filtering
import Logging
import NIOCore
import Synchronization
import Transport

/// Made when a relay starts to run.
final class LoopContexts: Sendable {
    struct Entry: Sendable {
        let eventLoop: Loop
        let context: NIOLoopBound<LoopContext>
    }

    private let entries = Mutex<[ObjectIdentifier: Entry]>([:])

    var all: [Entry] { entries.withLock { Array($0.values) } }

    func make(
        on group: LoopGroup,
        shared: RelayState,
        inForce: InForce,
        operatorLog: OperatorLog,
        log: Logger
    ) async throws {
        for eventLoop in group.loops {
            let own = try inForce.copy()
            let context = try await eventLoop.submit {
                let context = LoopContext(
                    eventLoop: eventLoop,
                    shared: shared,
                    inForce: own,
                    operatorLog: operatorLog,
                    log: log
                )
                context.start()
                return NIOLoopBound(context, eventLoop: eventLoop)
            }.get()
            entries.withLock { $0[ObjectIdentifier(eventLoop)] = Entry(eventLoop: eventLoop, context: context) }
        }
    }

    /// On its own event loop only; nil before the relay has started.
    func context(of eventLoop: Loop) -> LoopContext? {
        entries.withLock { $0[ObjectIdentifier(eventLoop)] }?.context.value
    }

    func put(_ inForce: InForce, _ listeners: [Int: LoopContext.OpenListener]) async throws {
        for entry in all {
            // Made here, off the event loop.
            let own = try inForce.copy()
            try await entry.eventLoop.submit {
                entry.context.value.put(inForce: own)
                entry.context.value.put(listeners: listeners)
            }.get()
        }
    }

    /// On each event loop, one after the other.
    func each(_ body: @escaping @Sendable (LoopContext) -> Void) async {
        for entry in all {
            try? await entry.eventLoop.submit { body(entry.context.value) }.get()
        }
    }

    func stop() async {
        await each { $0.stop() }
    }
}

extension InForce {
    /// For another event loop.
    fileprivate func copy() throws -> InForce {
        InForce(configuration: configuration, ruleSet: try ruleSet.copy(), limits: limits, version: version)
    }
}

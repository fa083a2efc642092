// The end of a relay whose sessions do not come to theirs.
// Must not wait: the time to drain is given.

import Audit
import Filtering
import Logging
import NIOCore
import Synchronization
import Testing
import Transport

@testable import Relay

@Suite(.timeLimit(.minutes(5))) struct DrainTests {
    @Test("sessions that are owed something are cut off when the time to drain is over")
    func drainTimeIsOver() async throws {
        var limits = RelayLimits()
        limits.drainTime = .zero
        try await LoopbackRelay.serving(limits: limits) { relay in
            let (client, upstream) = try await relay.loggedIn()
            try await client.send("RETR 1\r\n")
            try await upstream.expect("RETR 1\r\n")
            try await upstream.send("+OK\r\nA: b\r\n")
            try await client.expect("+OK\r\nA: b\r\n")
            await relay.beginShutdown()
            _ = try await client.rest()
            #expect(try await relay.endings() == ["shutdown"])
            try await Peer.wait(for: "the count") { relay.relay.sessionsCut == 1 }
        }
    }

    @Test("nothing is reloaded while the relay ends")
    func noReloadAtTheEnd() async throws {
        try await LoopbackRelay.serving { relay in
            let (client, upstream) = try await relay.loggedIn()
            let (idle, _) = try await relay.loggedIn()
            try await client.send("RETR 1\r\n")
            try await upstream.expect("RETR 1\r\n")
            try await upstream.send("+OK\r\nA: b\r\n")
            try await client.expect("+OK\r\nA: b\r\n")
            await relay.beginShutdown()
            // Its end shows that draining has begun.
            _ = try await idle.rest()
            var other = relay.configuration
            other.listeners.append(.init(host: "127.0.0.1", port: 0))
            let wasRecorded = Mutex(false)
            await #expect(throws: Relay.EndingError.self) {
                try await relay.relay.reload(configuration: other, ruleSet: .empty) { _ in
                    wasRecorded.withLock { $0 = true }
                }
            }
            #expect(!wasRecorded.withLock { $0 })
            relay.relay.endNow()
            _ = try await client.rest()
        }
    }

    @Test("a version of settings and rules stays what it was for whoever holds it")
    func inForce() async throws {
        let tag = try LoopbackRelay.ruleSet("require \"editheader\"; addheader \"X-T\" \"1\";")
        let configuration = RelayConfiguration(listeners: [], upstreams: [])
        let first = InForce(configuration: configuration, ruleSet: .empty, limits: RelayLimits(), version: 1)
        let second = InForce(configuration: configuration, ruleSet: tag, limits: RelayLimits(), version: 2)
        let state = try RelayState(audit: AuditLog(.file(path: "/dev/null")), limits: RelayLimits())
        let log = Logger(label: "test")
        let group = try LoopGroup(count: 1)
        let context = LoopContext(eventLoop: group.loops[0], shared: state, inForce: first, log: log)
        let held = context.inForce
        context.put(inForce: second)
        #expect(held.ruleSet.isEmpty && held.version == 1)
        #expect(!context.ruleSet.isEmpty && context.inForce.version == 2)
        try await group.shutdownGracefully()
    }
}

// Reloads that change where clients connect, where the audit log goes and how much is allowed.
// Must not restart the relay.

import Foundation
import Testing

@Suite("Reload of listeners, limits and logs", .timeLimit(.minutes(5)))
struct ListenerReloadTests {
    private let maildrop = ScriptedMaildrop([])

    /// A relay whose settings a test changes.
    private struct Reloaded {
        let relay: ServiceProcess
        let upstream: Address

        /// Writes other settings, has them read, and waits for the event that says what came of it.
        func reload(
            listeners: String,
            audit: String = "audit.jsonl",
            more: String = "",
            expecting event: String = "settings_reloaded",
            count: Int = 1
        ) async throws -> AuditLine {
            let start = ServiceProcess.Start(audit: audit, more: more)
            try ServiceProcess.write(start, listeners: listeners, upstream: upstream, in: relay.folder)
            relay.signal(SIGHUP)
            return try await relay.audit.waitFor(event, count: count)[count - 1]
        }

        /// Whether a client is greeted there.
        func isGreeted(at address: Address) async -> Bool {
            let greeting = try? await Peer.connected(to: address) { peer in try await peer.line() }
            return greeting == "+OK scripted"
        }

        func eventuallyGreeted(at address: Address, _ expected: Bool = true) async throws {
            for _ in 0..<2_000 {
                if await isGreeted(at: address) == expected { return }
                try await Task.sleep(for: .milliseconds(5))
            }
            throw TooLate(what: "\(address) greets: \(expected); \(try relay.log())")
        }
    }

    private func serving(_ body: (Reloaded) async throws -> Void) async throws -> (log: String, status: Int32) {
        try await Folder.temporary { folder in
            try await ScriptedServer.serving(maildrop.script) { upstream in
                let (log, status) = try await ServiceProcess.running(.init(), upstream: upstream, in: folder) { relay in
                    try await body(Reloaded(relay: relay, upstream: upstream))
                    return relay
                }
                return (try log.log(), status)
            }
        }
    }

    @Test("a new listener is bound, one that is gone is closed, and its session goes on")
    func changed() async throws {
        let status = try await serving { reloaded in
            let old = reloaded.relay.address
            let new = try await Address(port: Port.free())
            try await Peer.connected(to: old) { standing in
                try await standing.logIn(.anna)
                let line = try await reloaded.reload(listeners: "\"\(new)\"")
                let expected: [JSON] = [.string("listener opened: \(new)"), .string("listener closed: \(old)")]
                #expect(line["changes"]?.list == expected)
                try await reloaded.eventuallyGreeted(at: new)
                try await reloaded.eventuallyGreeted(at: old, false)
                #expect(try await standing.command("NOOP") == "+OK")
                #expect(try await standing.command("QUIT") == "+OK bye")
            }
            let opened = try reloaded.relay.audit.lines("session_opened").compactMap { $0["listener"]?.text }
            #expect(Set(opened) == [old.description, new.description])
        }.status
        #expect(status == 0)
    }

    @Test("a listener that can't be bound keeps all that there was, and its place is in the audit log")
    func taken() async throws {
        let (log, status) = try await serving { reloaded in
            let old = reloaded.relay.address
            let free = try await Address(port: Port.free())
            // Another program.
            let line = try await ScriptedServer.serving(maildrop.script) { other in
                let listeners = "\"\(old)\", \"\(free)\", \"\(other)\""
                return try await reloaded.reload(listeners: listeners, expecting: "settings_rejected")
            }
            let fault = line["diagnostics"]?.list.first
            #expect(fault?["file"]?.text?.hasSuffix("popsieve.yaml") == true && fault?["line"] == 1)
            #expect(fault?["message"]?.text?.contains("another program listens there already") == true)
            try await reloaded.eventuallyGreeted(at: old)
            try await reloaded.eventuallyGreeted(at: free, false)
        }
        #expect(status == 0 && log.contains("everything stays as it was"))
    }

    @Test("an address and the wildcard of its port take each other's place")
    func wildcard() async throws {
        let (_, status) = try await serving { reloaded in
            let address = reloaded.relay.address
            let more = "allow-plaintext-login: true"
            _ = try await reloaded.reload(listeners: "\"0.0.0.0:\(address.port)\"", more: more)
            try await reloaded.eventuallyGreeted(at: address)
            try await reloaded.eventuallyGreeted(at: Address(host: "127.0.0.2", port: address.port))
            _ = try await reloaded.reload(listeners: "\"\(address)\"", count: 2)
            try await reloaded.eventuallyGreeted(at: address)
            try await reloaded.eventuallyGreeted(at: Address(host: "127.0.0.2", port: address.port), false)
        }
        #expect(status == 0)
    }

    @Test("a listener keeps its socket and gets TLS")
    func encryption() async throws {
        let pair = try await Certificates.shared().good
        let authority = try await Certificates.shared().authority
        let (_, status) = try await serving { reloaded in
            let address = reloaded.relay.address
            let files = "certificate: \"\(pair.certificate)\", key: \"\(pair.key)\""
            let line = try await reloaded.reload(listeners: "{ address: \"\(address)\", tls: implicit, \(files) }")
            #expect(line["changes"] == nil)
            try await Peer.connected(to: address) { peer in
                try await peer.startTLS(trusting: authority)
                #expect(try await peer.line() == "+OK scripted")
            }
        }
        #expect(status == 0)
    }

    @Test("another audit log is gone on with, the old one says where, and nothing is lost in between")
    func auditLog() async throws {
        let (_, status) = try await serving { reloaded in
            let address = reloaded.relay.address
            let line = try await reloaded.reload(listeners: "\"\(address)\"", audit: "other.jsonl")
            #expect(line["changes"]?.list.first?.text?.hasSuffix("other.jsonl") == true)
            let other = AuditTrail(path: reloaded.relay.folder["other.jsonl"])
            _ = try await other.waitFor("settings_reloaded")
            try await reloaded.relay.converse()
            _ = try await other.waitFor("session_closed")
            #expect(try reloaded.relay.audit.lines("session_closed").isEmpty)
        }
        #expect(status == 0)
    }

    @Test("an audit log that can't be opened keeps the old one, and its place is told")
    func noAuditLog() async throws {
        let (_, status) = try await serving { reloaded in
            let address = reloaded.relay.address
            let line = try await reloaded.reload(
                listeners: "\"\(address)\"",
                audit: "/proc/nothing.jsonl",
                expecting: "settings_rejected"
            )
            #expect(line["diagnostics"]?.list.first?["line"] == 3)
            try await reloaded.relay.converse()
            _ = try await reloaded.relay.audit.waitFor("session_closed")
        }
        #expect(status == 0)
    }

    @Test("changed limits and a changed log are in force at once")
    func limits() async throws {
        let (log, status) = try await serving { reloaded in
            let address = reloaded.relay.address
            let more = "limits: { sessions: 1 }\nlog: { format: json }"
            _ = try await reloaded.reload(listeners: "\"\(address)\"", more: more)
            _ = try await eventually("the log is JSON") { try reloaded.relay.log().contains("{\"level\":") }
            try await Peer.connected(to: address) { first in
                try await first.logIn(.anna)
                try await Peer.connected(to: address) { (second) async throws in
                    #expect(String(decoding: try await second.rest(), as: UTF8.self).hasPrefix("-ERR [SYS/TEMP]"))
                }
            }
            let refused = try #require(try reloaded.relay.audit.lines("session_refused").first)
            #expect(refused["client"] == "127.0.0.1" && refused["refusals"] == 1)
            #expect(refused["listener"]?.text == address.description)
        }
        #expect(status == 0, "\(log)")
    }

    @Test("a rule that is saved is no change of the settings")
    func rulesAlone() async throws {
        let (_, status) = try await serving { reloaded in
            for count in 2...3 {
                reloaded.relay.signal(SIGHUP)
                _ = try await reloaded.relay.audit.waitFor("rules_loaded", count: count)
            }
            #expect(try reloaded.relay.audit.lines("settings_reloaded").isEmpty)
            let more = "rejected: error"
            _ = try await reloaded.reload(listeners: "\"\(reloaded.relay.address)\"", more: more)
            #expect(try reloaded.relay.audit.lines("settings_reloaded").count == 1)
        }
        #expect(status == 0)
    }

    @Test("a reload that is asked for while the relay starts is done when it has started")
    func duringTheStart() async throws {
        try await Folder.temporary { folder in
            try await ScriptedServer.serving(maildrop.script) { upstream in
                // What comes before the program can hear it is not held against it.
                let start = ServiceProcess.Start(
                    prelude: "trap '' HUP; (while :; do kill -HUP $$; done) & echo $! > hups"
                )
                let (_, status) = try await ServiceProcess.running(start, upstream: upstream, in: folder) { relay in
                    let hups = try #require(pid_t(String(decoding: folder.read("hups"), as: UTF8.self).dropLast()))
                    kill(hups, SIGKILL)
                    _ = try await relay.audit.waitFor("rules_loaded", count: 2)
                    try await relay.converse()
                    let events = try relay.audit.lines().map(\.event)
                    #expect(events.first == "service_started")
                }
                #expect(status == 0)
            }
        }
    }

    @Test("what a reload does is recorded before anybody sees it")
    func recordedFirst() async throws {
        let (_, status) = try await serving { reloaded in
            let new = try await Address(port: Port.free())
            let start = ServiceProcess.Start()
            let listeners = "\"\(reloaded.relay.address)\", \"\(new)\""
            try ServiceProcess.write(
                start,
                listeners: listeners,
                upstream: reloaded.upstream,
                in: reloaded.relay.folder
            )
            reloaded.relay.signal(SIGHUP)
            try await reloaded.eventuallyGreeted(at: new)
            reloaded.relay.signal(SIGKILL)
            let events = try reloaded.relay.audit.lines().map(\.event)
            let recorded = try #require(events.firstIndex(of: "settings_reloaded"))
            let opened = try reloaded.relay.audit.lines().firstIndex { $0["listener"]?.text == new.description }
            #expect(opened.map { $0 > recorded } == true)
        }
        #expect(status == 128 + SIGKILL)
    }
}

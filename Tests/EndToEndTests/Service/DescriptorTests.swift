// A relay that runs out of open files: who is served goes on, who is not waits, and nothing spins.
// Must not open more connections than the tests' own limit allows.

import Foundation
import Testing

@Suite("Open files", .timeLimit(.minutes(5)))
struct DescriptorTests {
    private let maildrop = ScriptedMaildrop([Data("Subject: x\r\n\r\nbody\r\n.\r\n".utf8)])

    @Test("64 descriptors and 80 clients: sessions stand, a reload works, the rest is served in turn")
    func few() async throws {
        try await Folder.temporary { folder in
            try folder.folder("rules").write("10.sieve", Rules.tagging)
            try await ScriptedServer.serving(maildrop.script) { upstream in
                let more = "rules: rules\nlimits: { sessions: 100 }"
                let start = ServiceProcess.Start(prelude: "ulimit -n 64", more: more)
                let (relay, status) = try await ServiceProcess.running(start, upstream: upstream, in: folder) { relay in
                    try await crowd(relay)
                    return relay
                }
                #expect(status == 0)
                let log = try relay.log()
                #expect(log.contains("fewer sessions than limits.sessions fit"))
                // Once, and again where it lasts; not for each client.
                let times = log.components(separatedBy: "no clients are accepted for the moment").count - 1
                #expect((1..<10).contains(times), "\(log)")
                #expect(!log.contains("permission denied") && !log.contains("too many open files"), "\(log)")
                #expect(try relay.audit.lines("upstream_failed").isEmpty)
                #expect(try relay.audit.lines("session_closed").count == 81)
            }
        }
    }

    private func crowd(_ relay: ServiceProcess) async throws {
        try await Peer.connected(to: relay.address) { standing in
            try await standing.logIn(.anna)
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<80 {
                    group.addTask {
                        try await Peer.connected(to: relay.address) { peer in
                            try await peer.logIn(.anna)
                            return try await peer.command("QUIT") == "+OK bye"
                        }
                    }
                }
                // While they come and go, and more of them than there is room for wait.
                relay.signal(SIGHUP)
                _ = try await relay.audit.waitFor("rules_loaded", count: 2)
                try await standing.send("RETR 1\r\n")
                #expect(try await standing.multilineReply().starts(with: Data("+OK".utf8)))
                for try await isRight in group { #expect(isRight) }
            }
        }
    }

    @Test("a relay that is full is idle: listening waits for room without asking again and again")
    func idle() async throws {
        try await Folder.temporary { folder in
            try await ScriptedServer.serving(maildrop.script) { upstream in
                let start = ServiceProcess.Start(prelude: "ulimit -n 64")
                let (_, status) = try await ServiceProcess.running(start, upstream: upstream, in: folder) { relay in
                    try await full(relay, count: 40) {
                        try await eventually("listening pauses") { try relay.log().contains("no clients are accepted") }
                        let before = try relay.processorTicks()
                        try await Task.sleep(for: .seconds(2))
                        // 200 ticks are a processor of its own.
                        #expect(try relay.processorTicks() - before < 50)
                        // Whoever stands can still have what takes a descriptor.
                        relay.signal(SIGHUP)
                        _ = try await relay.audit.waitFor("rules_loaded", count: 2)
                    }
                }
                #expect(status == 0)
            }
        }
    }

    /// So many connections at once, of which most wait.
    private func full(_ relay: ServiceProcess, count: Int, _ body: () async throws -> Void) async throws {
        guard count > 0 else { return try await body() }
        try await Peer.connected(to: relay.address) { _ in try await full(relay, count: count - 1, body) }
    }

    @Test("the soft limit is raised to what the sessions need")
    func raised() async throws {
        try await Folder.temporary { folder in
            try await ScriptedServer.serving(maildrop.script) { upstream in
                let start = ServiceProcess.Start(prelude: "ulimit -Sn 64", more: "limits: { sessions: 200 }")
                let (limit, _) = try await ServiceProcess.running(start, upstream: upstream, in: folder) { relay in
                    #expect(try !relay.log().contains("fewer sessions"))
                    return try relay.openFilesLimit()
                }
                #expect(limit.map { $0 > 400 && $0 < 600 } == true, "\(limit ?? 0)")
            }
        }
    }

    @Test("a default that nobody has chosen warns nobody")
    func unchosen() async throws {
        try await Folder.temporary { folder in
            try await ScriptedServer.serving(maildrop.script) { upstream in
                let start = ServiceProcess.Start(prelude: "ulimit -n 300")
                _ = try await ServiceProcess.running(start, upstream: upstream, in: folder) { relay in
                    let log = try relay.log()
                    #expect(!log.contains("warning"), "\(log)")
                    #expect(log.contains("info as many sessions as open files allow"), "\(log)")
                }
            }
        }
    }

    @Test("too few descriptors to start with are an error that says so", arguments: [12, 16, 24])
    func tooFew(_ limit: Int) async throws {
        try await Folder.temporary { folder in
            try ServiceProcess.write(.init(), listeners: "\"127.0.0.1:0\"", upstream: Address(port: 1), in: folder)
            let script = "ulimit -n \(limit); exec \"$0\" serve --config popsieve.yaml"
            let ended = try await Child.run(.shell, ["-c", script, Built.popsieve], in: folder)
            #expect(ended.status == 69 && ended.errors.contains("may have \(limit) files open"), "\(ended)")
        }
    }
}

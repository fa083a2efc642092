// `serve --take-over`: a second relay in the place of one that runs.
// Must not stop the first one by itself.

import Foundation
import Synchronization
import Testing

@Suite("Takeover", .timeLimit(.minutes(5)))
struct TakeoverTests {
    private let maildrop = ScriptedMaildrop([Data("Subject: x\r\n\r\nbody\r\n.\r\n".utf8)])

    /// What a crowd of clients has come to.
    private final class Load: Sendable {
        let isOver = Atomic(false)
        let sessions = Atomic(0)
    }

    /// Another relay with the same settings, while the first one runs.
    private func heir<Result>(
        of steered: Steered,
        name: String = "heir",
        _ body: (pid_t) async throws -> Result
    ) async throws -> (Result, status: Int32) {
        let arguments = ["serve", "--config", steered.relay.folder["popsieve.yaml"], "--take-over"]
        return try await Child.serving(path: Built.popsieve, arguments, in: steered.folder, name: name, body)
    }

    private func log(of name: String, _ steered: Steered) throws -> String {
        String(decoding: try steered.folder.read(name + ".err"), as: UTF8.self)
    }

    /// One session after the other, each whole.
    private func load(_ address: Address, _ load: Load) async throws {
        while !load.isOver.load(ordering: .relaxed) {
            try await Peer.connected(to: address) { peer in
                try await peer.logIn(.anna)
                try await peer.send("RETR 1\r\n")
                let body = try await peer.multilineReply().statusAndBody.body
                #expect(String(decoding: body, as: UTF8.self).hasSuffix("body\r\n.\r\n"))
                #expect(try await peer.command("QUIT") == "+OK bye")
            }
            load.sessions.add(1, ordering: .relaxed)
        }
    }

    private func steered<Result>(
        _ listeners: [Popsieve.Settings.Listener],
        more: String = "",
        _ body: (Steered) async throws -> Result
    ) async throws -> (Result, status: Int32) {
        try await Steered.running(maildrop.script, more: more, listeners: listeners, body)
    }

    @Test("under load no client is refused and no session cut; control socket and metrics are the new one's")
    func underLoad() async throws {
        let metrics = try await Address(port: Port.free())
        let listener = try await Popsieve.Settings.Listener(port: Port.free())
        let (_, status) = try await steered([listener], more: "metrics: \(metrics)\n") { steered in
            let crowd = Load()
            try await Peer.connected(to: steered.relay.address) { standing in
                try await standing.logIn(.anna)
                try await withThrowingTaskGroup { group in
                    for _ in 0..<8 { group.addTask { try await load(steered.relay.address, crowd) } }
                    let (_, status) = try await heir(of: steered) { pid in
                        try await eventually("the new one is steered") {
                            try await steered.popsieve("status").text.contains("process \(pid)")
                        }
                        let before = crowd.sessions.load(ordering: .relaxed)
                        try await eventually("it serves") {
                            crowd.sessions.load(ordering: .relaxed) > before + 20
                        }
                        // The first one has a client still, and goes on for it alone.
                        #expect(try await standing.command("NOOP") == "+OK")
                        #expect(steered.relay.isAlive)
                        #expect(try await standing.command("QUIT") == "+OK bye")
                        try await eventually("the first one has ended") { !steered.relay.isAlive }
                        let page = try await Child.run(.curl, ["-sS", "http://\(metrics)/healthz"], in: steered.folder)
                        #expect(page.status == 0, "\(page)")
                        crowd.isOver.store(true, ordering: .relaxed)
                        // Whatever went wrong for a client is thrown here.
                        try await group.waitForAll()
                        kill(pid, SIGTERM)
                    }
                    let words = try log(of: "heir", steered)
                    #expect(status == 0, "\(words)")
                }
            }
            let audit = steered.relay.audit
            #expect(try audit.lines("service_stopped").compactMap { $0["reason"]?.text } == ["takeover", "SIGTERM"])
            #expect(try audit.lines("session_opened").count == audit.lines("session_closed").count)
            #expect(try audit.lines("session_closed").allSatisfy { $0["side"] == "client" })
        }
        #expect(status == 0)
    }

    @Test("a new one that can't start leaves the old one as it was")
    func cannotStart() async throws {
        let listener = try await Popsieve.Settings.Listener(port: Port.free())
        let (_, status) = try await steered([listener]) { steered in
            // Somebody else's: the new settings want it.
            try await ScriptedServer.serving(maildrop.script) { taken in
                let file = "popsieve.yaml"
                let settings = String(decoding: try steered.relay.folder.read(file), as: UTF8.self)
                let second = "listeners:\n  - { address: \"\(taken)\", tls: none }\n"
                try steered.relay.folder.write(file, settings.replacing("listeners:\n", with: second))
                let ended = try await Child.run(
                    path: Built.popsieve,
                    ["serve", "--config", steered.relay.folder[file], "--take-over"],
                    in: steered.folder
                )
                #expect(ended.status == 69 && ended.errors.contains("\(taken)"), "\(ended)")
            }
            #expect(try await steered.popsieve("status").text.contains("process \(steered.relay.pid)"))
            for _ in 0..<10 { try await Peer.connected(to: steered.relay.address) { try await $0.logIn(.anna) } }
            #expect(try steered.folder.names().filter { $0.hasSuffix(".heir") }.isEmpty)
        }
        #expect(status == 0)
    }

    /// Asks for the sockets as a new relay does, and holds them.
    private static let holder = """
        import socket, sys, time
        control, path = sys.argv[1:]
        waiting = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        waiting.bind(path)
        asking = socket.socket(socket.AF_UNIX)
        asking.connect(control)
        asking.sendall(b'{"v":1,"request":"hand-over","to":"%s"}\\n' % path.encode())
        answer = asking.makefile().read()
        sockets = socket.recv_fds(waiting, 1, 8)[1]
        print(answer.strip(), len(sockets), flush=True)
        time.sleep(600)
        """

    @Test("one that is killed while both have the sockets refuses nobody", arguments: [true, false])
    func killed(isNew: Bool) async throws {
        let listener = try await Popsieve.Settings.Listener(port: Port.free())
        let (_, status) = try await steered([listener]) { steered in
            let arguments = ["-c", Self.holder, steered.socket, steered.folder["waits.heir"]]
            let python = try Program.python.path()
            let holds = { String(decoding: (try? steered.folder.read("holder.out")) ?? Data(), as: UTF8.self) }
            _ = try await Child.serving(path: python, arguments, in: steered.folder, name: "holder") { holder in
                try await eventually("it has the sockets") {
                    holds() == "{\"answer\":\"handed-over\",\"sockets\":1} 1\n"
                }
                let process = isNew ? holder : steered.relay.pid
                kill(process, SIGKILL)
                try await eventually("it is gone") {
                    let status = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
                    return status?.contains("State:\tZ") != false
                }
                // The kernel lets clients in, also where nobody greets them.
                try await Peer.connected(to: steered.relay.address) { peer in
                    if isNew { try await peer.logIn(.anna) }
                }
            }
        }
        #expect(status == (isNew ? 0 : 128 + SIGKILL))
    }

    @Test("while one is about to take the place another one can not, and the relay that runs goes on")
    func two() async throws {
        let listener = try await Popsieve.Settings.Listener(port: Port.free())
        let (_, status) = try await steered([listener]) { steered in
            // Somebody who waits for the sockets has the place.
            let lock = steered.socket + ".heir.lock"
            let holder = "exec 9> \"$0\"; flock -n 9 && echo held; exec sleep 600"
            let shell = try Program.shell.path()
            _ = try await Child.serving(path: shell, ["-c", holder, lock], in: steered.folder, name: "holder") { pid in
                try await eventually("it holds the lock") {
                    (try? steered.folder.read("holder.out")).map { !$0.isEmpty } ?? false
                }
                let ended = try await Child.run(
                    path: Built.popsieve,
                    ["serve", "--config", steered.relay.folder["popsieve.yaml"], "--take-over"],
                    in: steered.folder
                )
                #expect(ended.status == 69, "\(ended)")
                #expect(ended.errors.contains("another relay is about to take the place"), "\(ended)")
                kill(pid, SIGKILL)
            }
            #expect(try await steered.popsieve("status").text.contains("process \(steered.relay.pid)"))
            try await Peer.connected(to: steered.relay.address) { try await $0.logIn(.anna) }
        }
        #expect(status == 0)
    }

    @Test("one that has given way takes no reload, and SIGTERM ends it for those who are still there")
    func hasGivenWay() async throws {
        let listener = try await Popsieve.Settings.Listener(port: Port.free())
        let (_, status) = try await steered([listener]) { steered in
            try await Peer.connected(to: steered.relay.address) { standing in
                try await standing.logIn(.anna)
                let (_, status) = try await heir(of: steered) { pid in
                    try await eventually("the new one is steered") {
                        try await steered.popsieve("status").text.contains("process \(pid)")
                    }
                    steered.relay.reload()
                    try await eventually("it says so") { try steered.relay.log().contains("the relay is about to end") }
                    #expect(try await standing.command("NOOP") == "+OK")
                    kill(steered.relay.pid, SIGTERM)
                    _ = try await standing.rest()
                    try await eventually("the first one has ended") { !steered.relay.isAlive }
                    try await Peer.connected(to: steered.relay.address) { try await $0.logIn(.anna) }
                    kill(pid, SIGTERM)
                }
                #expect(status == 0)
            }
            let reasons = try steered.relay.audit.lines("service_stopped").compactMap { $0["reason"]?.text }
            #expect(reasons == ["SIGTERM", "SIGTERM"])
        }
        #expect(status == 0)
    }

    @Test("where none runs, it starts as usual; a listener that the settings do not have any more is closed")
    func others() async throws {
        let listeners = try await [
            Popsieve.Settings.Listener(port: Port.free()), Popsieve.Settings.Listener(port: Port.free()),
        ]
        let (_, status) = try await steered(listeners) { steered in
            let file = "popsieve.yaml"
            let settings = String(decoding: try steered.relay.folder.read(file), as: UTF8.self)
            let second = "  - { address: \"\(steered.relay.addresses[1])\", tls: none }\n"
            try steered.relay.folder.write(file, settings.replacing(second, with: ""))
            let (_, status) = try await heir(of: steered) { pid in
                try await eventually("the first one has ended") { !steered.relay.isAlive }
                try await Peer.connected(to: steered.relay.addresses[0]) { try await $0.logIn(.anna) }
                await #expect(throws: (any Error).self) {
                    try await Peer.connected(to: steered.relay.addresses[1]) { _ in }
                }
                kill(pid, SIGTERM)
            }
            #expect(status == 0)
            let (_, alone) = try await heir(of: steered, name: "alone") { pid in
                try await eventually("it serves") {
                    (try? await Peer.connected(to: steered.relay.addresses[0]) { try await $0.logIn(.anna) }) != nil
                }
                kill(pid, SIGTERM)
            }
            #expect(alone == 0)
            #expect(try log(of: "alone", steered).contains("no relay to take over from"))
        }
        #expect(status == 0)
    }
}

// `reload`, `stop` and `status`: what is done, and what is said of it.
// Must not send signals: that is what other tests do.

import Foundation
import Testing

@Suite("Steering", .timeLimit(.minutes(5)))
struct SteeringTests {
    private let maildrop = ScriptedMaildrop([Data("Subject: x\r\n\r\nbody\r\n.\r\n".utf8)])

    private func tag(_ text: String) -> String { #"require "editheader"; addheader "X-Tag" "\#(text)";"# }

    private func seen(by peer: Peer) async throws -> String {
        try await peer.send("RETR 1\r\n")
        let body = String(decoding: try await peer.multilineReply().statusAndBody.body, as: UTF8.self)
        return body.components(separatedBy: "\r\n").first { $0.hasPrefix("X-Tag: ") } ?? ""
    }

    @Test("reload waits, and says what has changed, or each fault with its place")
    func reload() async throws {
        let (_, status) = try await Steered.running(maildrop.script, rule: tag("old")) { steered in
            let rules = try steered.relay.folder.folder("rules")
            try await Peer.connected(to: steered.relay.address) { peer in
                try await peer.logIn(.anna)
                #expect(try await seen(by: peer) == "X-Tag: old")
                try rules.write("10-test.sieve", tag("new"))
                let reloaded = try await steered.popsieve("reload")
                #expect(reloaded.status == 0 && reloaded.text.hasPrefix("reloaded: 1 rule file in force\n"))
                // It is in force when the command has ended.
                #expect(try await seen(by: peer) == "X-Tag: new")
                try rules.write("10-test.sieve", "keep;\naddheader \"X-Tag\" ;")
                let rejected = try await steered.popsieve("reload")
                #expect(rejected.status == 78 && rejected.output.isEmpty)
                #expect(rejected.errors.contains("10-test.sieve:2:1: error: "), "\(rejected.errors)")
                #expect(rejected.errors.contains("everything stays as it was"))
                #expect(try await seen(by: peer) == "X-Tag: new")
                #expect(try steered.relay.audit.lines("rules_rejected").count == 1)
            }
        }
        #expect(status == 0)
    }

    @Test("reloads that are asked for at once are done one after the other")
    func atOnce() async throws {
        let (_, status) = try await Steered.running(maildrop.script, rule: tag("a")) { steered in
            try await withThrowingTaskGroup(of: Int32.self) { group in
                for _ in 0..<5 { group.addTask { try await steered.popsieve("reload").status } }
                steered.relay.reload()
                for try await status in group { #expect(status == 0) }
            }
            _ = try await steered.relay.audit.waitFor("rules_loaded", count: 7)
        }
        #expect(status == 0)
    }

    @Test("status tells how it does")
    func status() async throws {
        let (_, status) = try await Steered.running(maildrop.script, rule: tag("a")) { steered in
            let text = try await steered.popsieve("status")
            #expect(text.status == 0 && text.text.contains("serving") && text.text.contains("rules     1 files"))
            let ended = try await steered.popsieve("status", "--json")
            let json = try JSONDecoder().decode(JSON.self, from: ended.output)
            #expect(json["process"]?.number == Int(steered.relay.pid) && json["state"] == "serving")
            #expect(json["listeners"]?.list.count == 1)
        }
        #expect(status == 0)
    }

    /// Begins a message, and ends it when it is told to.
    private func owing(_ go: AsyncStream<Void>) -> Script {
        Script { peer in
            try await peer.send("+OK scripted\r\n")
            for _ in 0..<2 {
                _ = try await peer.line()
                try await peer.send("+OK\r\n")
            }
            _ = try await peer.line()
            try await peer.send("+OK\r\nSubject: x\r\n\r\nbegin\r\n")
            for await _ in go {}
            try await peer.send("end\r\n.\r\n")
            _ = try await peer.rest()
        }
    }

    @Test("stop waits until what is owed is delivered and the relay has ended", arguments: [false, true])
    func stop(now: Bool) async throws {
        let (go, finish) = AsyncStream.makeStream(of: Void.self)
        let (pid, status) = try await Steered.running(owing(go)) { steered in
            try await Peer.connected(to: steered.relay.address) { peer in
                try await peer.logIn(.anna)
                try await peer.send("RETR 1\r\n")
                for _ in 0..<4 { _ = try await peer.line() }
                async let stopped = now ? steered.popsieve("stop", "--now") : steered.popsieve("stop")
                try await eventually("the relay is about to end") { try steered.relay.log().contains("asked to end") }
                if !now {
                    let status = try await steered.popsieve("status")
                    #expect(status.text.contains("draining") && status.text.contains("sessions  1 of"))
                    finish.finish()
                    #expect(try await peer.line() == "end")
                }
                _ = try await peer.rest()
                let ended = try await stopped
                #expect(ended.status == 0 && ended.text == "ended: 1 session served\(now ? ", 1 cut off" : "")\n")
            }
            #expect(try await steered.relay.audit.waitFor("service_stopped")[0]["reason"] == "stop")
            try await eventually("it has ended") { !steered.relay.isAlive }
            // The socket is gone with it, and says so.
            #expect(try steered.folder.names().filter { $0.hasPrefix("control") }.isEmpty)
            let late = try await steered.popsieve("status")
            #expect(late.status == 69 && late.errors.contains("no relay is steered from there"))
            return steered.relay.pid
        }
        finish.finish()
        #expect(pid > 0 && status == 0)
    }

    @Test("a second relay at the same socket serves without; a dead one's socket is taken over")
    func two() async throws {
        try await Folder.temporary { folder in
            try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: folder.path)
            try await ScriptedServer.serving(maildrop.script) { address in
                var settings = Popsieve.Settings.relaying(to: address)
                settings.control = Steered.socket(in: folder)
                let (first, killed) = try await Popsieve.running(settings, in: try folder.folder("one")) { first in
                    let steered = Steered(relay: first, folder: folder)
                    try await steered.isThere()
                    try await Popsieve.serving(settings, in: try folder.folder("two")) { second in
                        try await eventually("the second says so") { try second.log().contains("serves without") }
                        try await Peer.connected(to: second.address) { try await $0.logIn(.anna) }
                        #expect(try await steered.popsieve("status").text.contains("process \(first.pid)"))
                    }
                    #expect(try await steered.popsieve("status").text.contains("process \(first.pid)"))
                    kill(first.pid, SIGKILL)
                    try await eventually("it is gone") { !first.isAlive }
                    let status = try await steered.popsieve("status")
                    #expect(status.status == 69 && status.errors.contains("has ended"), "\(status.errors)")
                    return first.pid
                }
                #expect(killed == 128 + SIGKILL)
                try await Popsieve.serving(settings, in: try folder.folder("three")) { third in
                    let steered = Steered(relay: third, folder: folder)
                    try await eventually("the third is steered") {
                        try await steered.popsieve("status").text.contains("process \(third.pid)")
                    }
                    #expect(first != third.pid)
                }
            }
        }
    }

    @Test("a reload moves the socket, and the one who has asked for it still gets the answer")
    func moved() async throws {
        let (_, status) = try await Steered.running(maildrop.script) { steered in
            let settings = String(decoding: try steered.relay.folder.read("popsieve.yaml"), as: UTF8.self)
            let other = steered.folder["other"]
            try steered.relay.folder.write("popsieve.yaml", settings.replacing(steered.socket, with: other))
            let reloaded = try await steered.popsieve("reload")
            #expect(reloaded.status == 0 && reloaded.text.contains("control: \(other)"), "\(reloaded)")
            let status = try await Child.run(path: Built.popsieve, ["status", "--control", other], in: steered.folder)
            #expect(status.status == 0)
            try await eventually("the old one is gone") { !FileManager.default.fileExists(atPath: steered.socket) }
        }
        #expect(status == 0)
    }
}

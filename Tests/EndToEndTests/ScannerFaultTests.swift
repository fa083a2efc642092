// Scanners that are not there, hang, close or answer nonsense: nobody gets a message that nobody has looked at.
// Must not measure time: who waits for what is told by what happens.

import Foundation
import Testing

@Suite("With a scanner that fails", .timeLimit(.minutes(5)))
struct ScannerFaultTests {
    private static let rules = """
        require ["ihave", "reject"];
        if ihave "virustest" {
            if virustest "5" { reject "no"; }
        }
        if ihave "spamtest" {
            if spamtest "10" { reject "no"; }
        }
        """

    private static let wire = "Subject: hello\r\n\r\n\(ScriptedScanner.lastWords)"

    private func relayed(
        _ scanner: String,
        _ body: (Relayed, ScriptedMaildrop) async throws -> Void
    ) async throws {
        let maildrop = ScriptedMaildrop([Data((Self.wire + ".\r\n").utf8)])
        let change = Change { $0.more += "scanners: { \(scanner) }\n" }
        try await Relayed.script(maildrop.script, rule: Self.rules, changing: change) { relayed in
            try await body(relayed, maildrop)
        }
    }

    /// A session. Where much else goes on, a scanner may be thought down for a moment.
    private func loggedIn(_ relayed: Relayed, _ body: (Peer) async throws -> Void) async throws {
        try await eventually("a login is taken") { (try? await login(relayed))?.hasPrefix("+OK") == true }
        try await Peer.connected(to: relayed.relay.address) { peer in
            try await peer.logIn(.anna)
            try await body(peer)
        }
    }

    @Test(
        "it waits, whatever the scanner does",
        arguments: ScriptedScanner.Kind.allCases,
        ScriptedScanner.Fault.allCases
    )
    func faults(kind: ScriptedScanner.Kind, fault: ScriptedScanner.Fault) async throws {
        let scanner = ScriptedScanner(kind, fault)
        try await ScriptedServer.serving(scanner.script) { address in
            let setting = "\(kind): { address: \"\(address)\", timeout: 2s, unscanned: postpone }"
            try await relayed(setting) { relayed, maildrop in
                try await loggedIn(relayed) { peer in
                    let answer = try await peer.command("RETR 1")
                    #expect(answer == "-ERR [SYS/TEMP] The message could not be scanned; try again later")
                    #expect(try await peer.command("DELE 1").hasPrefix("-ERR [SYS/TEMP]"))
                    #expect(try await peer.command("QUIT").hasPrefix("+OK"))
                }
                let line = try await relayed.relay.audit.waitFor("message")[0]
                #expect(line["verdict"]?.text == "postponed")
                #expect(line["failure"]?.text?.contains(": \(kind): ") == true, "\(line)")
                #expect(!maildrop.commands.contains("DELE 1"))
            }
        }
    }

    @Test("a client that leaves takes its scan with it, and nobody else waits")
    func impatient() async throws {
        let scanner = ScriptedScanner(.clamd, .hangs)
        try await ScriptedServer.serving(scanner.script) { address in
            try await relayed("clamd: { address: \"\(address)\" }") { relayed, _ in
                try await loggedIn(relayed) { peer in
                    try await peer.send("RETR 1\r\n")
                    try await eventually("the scanner has the message") { scanner.messages == 1 }
                    try await loggedIn(relayed) { other in
                        let reply = try await other.command("NOOP")
                        #expect(reply == "+OK")
                    }
                    #expect(scanner.partings == 0)
                    try await peer.close()
                }
                try await eventually("the scan has ended") { scanner.partings == 1 }
                let line = try await relayed.relay.audit.waitFor("message")[0]
                #expect(line["verdict"]?.text == "undecided" && line["complete"] == .boolean(false), "\(line)")
            }
        }
    }

    /// What becomes of a message that could not be scanned.
    enum Policy: String, CaseIterable, Sendable { case postpone, pass, notice }

    @Test(
        "without a descriptor for a scanner the message is unscanned, by policy, and is scanned when there are some again",
        arguments: ScriptedScanner.Kind.allCases.flatMap { kind in
            Policy.allCases.filter { kind == .clamd || $0 == .postpone }.map { (kind, $0) }
        }
    )
    func noDescriptors(kind: ScriptedScanner.Kind, policy: Policy) async throws {
        let scanner = ScriptedScanner(kind)
        try await ScriptedServer.serving(scanner.script) { address in
            let place = kind == .rspamd ? "http://\(address)" : "\(address)"
            let setting = "\(kind): { address: \"\(place)\", unscanned: \(policy) }"
            try await relayed(setting) { relayed, maildrop in
                try await loggedIn(relayed) { peer in
                    let whole = "+OK\r\n\(Self.wire).\r\n"
                    #expect(try await retrieved(peer) == whole)
                    try await relayed.relay.allowOpenFiles(nil)
                    // So often that it is thought down at last.
                    for _ in 0..<4 {
                        let seen = scanner.messages
                        let got = try await retrieved(peer)
                        expectUnscanned(got, kind, policy)
                        #expect(scanner.messages == seen)
                        let line = try relayed.relay.audit.lines("message").last
                        let failure = line?["failure"]?.text ?? ""
                        #expect(failure.contains("\(kind): ") && failure.contains("too many open files"), "\(failure)")
                    }
                    let answer = try await peer.command("DELE 1")
                    switch policy {
                    case .postpone: #expect(answer.hasPrefix("-ERR [SYS/TEMP]"))
                    case .notice: #expect(answer.hasPrefix("+OK Message 1 stays on the server"))
                    case .pass: #expect(answer == "+OK")
                    }
                    #expect(maildrop.commands.contains("DELE 1") == (policy == .pass))
                    try await relayed.relay.allowOpenFiles(1_000)
                    try await eventually("it is scanned") { try await retrieved(peer) == whole }
                }
            }
        }
    }

    private static let clean = #"cat >/dev/null; echo "{\"verdict\":\"clean\"}""#

    @Test("a program needs descriptors to be started: wherever they end, the relay goes on and nothing is unseen")
    func programWithoutDescriptors() async throws {
        let setting = "own: { type: command, command: [/bin/sh, -c, '\(Self.clean)'], looks-for: [virus] }"
        try await relayed(setting) { relayed, _ in
            let whole = "+OK\r\n\(Self.wire).\r\n"
            var (answers, limit): (Set<String>, Int?) = ([], nil)
            do {
                try await loggedIn(relayed) { peer in
                    #expect(try await retrieved(peer) == whole)
                    let highest = try relayed.relay.highestDescriptor()
                    for next in highest + 1...highest + 12 {
                        limit = next
                        try await relayed.relay.allowOpenFiles(next)
                        answers.insert(try await retrieved(peer))
                        try await relayed.relay.allowOpenFiles(1_000)
                        // One that could be started is no longer thought to fail.
                        #expect(try await retrieved(peer) == whole, "after a limit of \(next)")
                    }
                }
            } catch {
                Issue.record("\(error), at a limit of \(limit ?? 0): \(try relayed.relay.log())")
            }
            #expect(answers == [whole, "-ERR [SYS/TEMP] The message could not be scanned; try again later\r\n"])
            #expect(relayed.relay.isAlive)
        }
    }

    private func retrieved(_ peer: Peer) async throws -> String {
        try await peer.send("RETR 1\r\n")
        return String(decoding: try await peer.multilineReply(), as: UTF8.self)
    }

    private func expectUnscanned(_ got: String, _ kind: ScriptedScanner.Kind, _ policy: Policy) {
        let isRight =
            switch policy {
            case .postpone: got == "-ERR [SYS/TEMP] The message could not be scanned; try again later\r\n"
            case .pass: got.hasPrefix("+OK\r\nX-Popsieve-Unscanned: \(kind): ") && got.contains(Self.wire)
            case .notice: got.hasPrefix("+OK\r\n") && !got.contains(ScriptedScanner.lastWords)
            }
        #expect(isRight, "\(kind), \(policy): \(got)")
    }

    /// What the client is told at PASS.
    private func login(_ relayed: Relayed) async throws -> String {
        try await Peer.connected(to: relayed.relay.address) { peer in
            _ = try await peer.line()
            _ = try await peer.command("USER \(Account.anna.name)")
            return try await peer.command("PASS \(Account.anna.password)")
        }
    }

    private static let refusal = "-ERR [SYS/TEMP] Mail can't be scanned for now; try again later"

    @Test("a scanner that is down is told at the login, and nothing goes upstream")
    func stopped() async throws {
        try await relayed("clamd: { address: \"127.0.0.1:1\" }") { relayed, maildrop in
            try await eventually("the log tells of it") { try relayed.relay.log().contains("connection refused") }
            #expect(try relayed.relay.log().contains("popsieve.yaml:"))
            #expect(try await login(relayed) == Self.refusal)
            #expect(!maildrop.commands.contains { $0.hasPrefix("PASS") || $0.hasPrefix("RETR") })
            let line = try await relayed.relay.audit.waitFor("login_failed")[0]
            #expect(line["side"]?.text == "relay" && line["code"]?.text == "SYS/TEMP", "\(line)")
            #expect(line["user"]?.text == Account.anna.name)
            #expect(line["reason"]?.text?.hasPrefix("the scanner clamd is down: ") == true)
        }
    }

    @Test("mail that passes without a scan needs nobody at the login")
    func stoppedAndPassing() async throws {
        try await relayed("clamd: { address: \"127.0.0.1:1\", unscanned: pass }") { relayed, _ in
            try await eventually("the log tells of it") { try relayed.relay.log().contains("connection refused") }
            try await Peer.connected(to: relayed.relay.address) { peer in
                try await peer.logIn(.anna)
                try await peer.send("RETR 1\r\n")
                let message = String(decoding: try await peer.multilineReply().statusAndBody.body, as: UTF8.self)
                #expect(message.hasPrefix("X-Popsieve-Unscanned: clamd: it is down"), "\(message)")
                #expect(message.hasSuffix(Self.wire + ".\r\n"))
            }
        }
    }

    @Test("it heals by itself, though no message asks")
    func healing() async throws {
        try await Folder.temporary { folder in
            let setting = "mine: { type: command, command: [\(folder["scan"])], looks-for: [virus] }"
            try await relayed(setting) { relayed, _ in
                try await eventually("the log tells of it") { try relayed.relay.log().contains("no such file") }
                #expect(try await login(relayed) == Self.refusal)
                relayed.relay.reload()
                try await eventually("it has reloaded") { try relayed.relay.log().contains("reloaded") }
                // What was known of it is known still.
                #expect(try await login(relayed) == Self.refusal)
                let script = "#!/bin/sh\ncat > /dev/null\necho '{\"verdict\":\"clean\"}'\n"
                try folder.write("new", script)
                try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder["new"])
                try FileManager.default.moveItem(atPath: folder["new"], toPath: folder["scan"])
                try await eventually("logins are taken") { try await login(relayed).hasPrefix("+OK") }
                for line in ["a scanner works again scanner=mine\n", "clients can log in again"] {
                    try await eventually("the log says it") { try relayed.relay.log().contains(line) }
                    #expect(try relayed.relay.log().split(separator: line).count == 2)
                }
            }
        }
    }
}

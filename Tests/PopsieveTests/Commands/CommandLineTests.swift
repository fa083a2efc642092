// The command line: what is understood, what is refused, how commands end.
// Must not start a relay.

import ArgumentParser
import Foundation
import Testing

@testable import popsieve

@Suite struct CommandLineTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try folder.write("Rules/a.sieve", "keep;\n")
        try folder.write("m.eml", "Subject: x\n\ny\n")
        try folder.write("good.yaml", "upstream: a.example\nrules: Rules\n")
        try folder.write("bad.yaml", "upstream: a.example\nrules: Rulez\n")
        try folder.write("bare.yaml", "upstream: a.example\n")
        try folder.write("audit", "")
        try folder.write("bad.sieve", "bla;\n")
    }

    private func run(_ arguments: String...) async throws -> Int32 { try await folder.popsieve(arguments).status }

    @Test func check() async throws {
        #expect(try await run("check", "--config", "@/good.yaml") == 0)
        #expect(try await run("check", "--config", "@/bad.yaml") == 78)
        #expect(try await run("check", "--config", "@/bad.yaml", "--rules", "@/Rules") == 0)
        #expect(try await run("check", "--config", "@/none.yaml") == 66)
        #expect(try await run("check", "@/Rules", "@/Rules/a.sieve") == 0)
        #expect(try await run("check", "@/Rules", "@/bad.sieve") == 78)
        #expect(try await run("check", "--config", "@/good.yaml", "@/bad.sieve") == 78)
        #expect(try await run("check", "--upstream", "a.example", "--listen", "0.0.0.0:1") == 78)
    }

    /// Whoever checks settings wants to see what counts, defaults too.
    @Test func checkShowsWhatIsInForce() async throws {
        let settings = """
            upstream: { host: a.example, size-limit: { octets: 5 MiB, outcome: pass } }
            listeners: [{ address: "127.0.0.1:1110", size-limit: { octets: 6 MiB } }]
            users: [{ user: "b@*", size-limit: { octets: 7 MiB, outcome: truncate, lines: 3 } }]
            size-limit: { octets: 8 MiB, outcome: error }
            size-reserve: 512
            rules: Rules
            notices: notices.txt
            store: s.sqlite
            quarantine: { path: Q, keep: 30d, size: 2 GiB, discarded: 7d, folders: { Junk: { size: 1 GiB } } }

            """
        try folder.write("all.yaml", settings)
        try folder.write("notices.txt", "")
        let ended = try await folder.popsieve(["check", "--config", "@/all.yaml"])
        #expect(ended.status == 0 && ended.errors.isEmpty, "\(ended)")
        let expected = """
              notices   @/notices.txt
              store     @/s.sqlite
              quarantine  @/Q  keep 30d, size 2 GiB  Junk: keep 30d, size 1 GiB  discarded: keep 7d
              size-limit  { octets: 7 MiB, outcome: truncate, lines: 3 }  for user b@*
              size-limit  { octets: 6 MiB, outcome: notice }  for listener 127.0.0.1:1110
              size-limit  { octets: 5 MiB, outcome: pass }  for upstream a.example
              size-limit  { octets: 8 MiB, outcome: error }
              size-reserve  512

            """
        #expect(ended.output.hasSuffix(expected), "\(ended.output)")
        let bare = try await folder.popsieve(["check", "--config", "@/bare.yaml"])
        #expect(!bare.output.contains("size-") && !bare.output.contains("notices"), "\(bare)")
        #expect(!bare.output.contains("store ") && bare.output.contains("keep all, size 10 GiB\n"), "\(bare)")
    }

    @Test func config() async throws {
        #expect(try await run("config") == 0)
        #expect(try await run("config", "--example") == 0)
        #expect(try await run("config", "--show", "--config", "@/good.yaml") == 0)
        #expect(try await run("config", "--show", "--upstream", "a:b") == 78)
        #expect(try await run("config", "--upstream", "a") == 64)
        #expect(try await run("config", "--example", "--show") == 64)
    }

    @Test func tryOut() async throws {
        #expect(try await run("try", "@/Rules", "@/m.eml") == 0)
        #expect(try await run("try", "--rules", "@/Rules", "@/m.eml", "--json") == 0)
        #expect(try await run("try", "@/m.eml", "@/Rules/a.sieve", "@/m.eml") == 0)
        #expect(try await run("try", "@/Rules", "@/none.eml", "@/m.eml") == 66)
        #expect(try await run("try", "@/Rules") == 64)
        #expect(try await run("try", "--rules", "@/Rules") == 64)
        #expect(try await run("try") == 64)
        #expect(try await run("try", "@/m.eml") == 64)
        #expect(try await run("try", "@/m.eml", "--config", "@/good.yaml") == 0)
        #expect(try await run("try", "@/m.eml", "--config", "@/bare.yaml") == 64)
        #expect(try await run("try", "@/none", "@/m.eml") == 66)
        #expect(try await run("try", "@/bad.sieve", "@/m.eml") == 78)
        #expect(try await run("try", "@/Rules", "@/m.eml", "--jsno") == 64)
    }

    /// What is said of a command line that is not understood.
    private func complaint(_ arguments: [String]) async throws -> String {
        let ended = try await folder.popsieve(arguments)
        #expect(ended.status == 64)
        #expect(ended.output.isEmpty)
        return ended.errors.split(separator: "\n").first.map(String.init) ?? ""
    }

    @Test(
        arguments: [
            (
                ["try", "@/m.eml"],
                "no rules are named, and there is no popsieve.yaml that names some; try: popsieve try Rules @/m.eml"
            ),
            (
                ["try", "@/m.eml", "-c", "@/bare.yaml"],
                "no rules are named, and @/bare.yaml names none; try: popsieve try Rules @/m.eml"
            ),
            (
                ["try", "@/Rules"],
                "no message is named, a file or - for standard input; try: popsieve try @/Rules message.eml"
            ),
            (["serv"], "there is no command \"serv\"; did you mean serve?"),
            (["account", "lst"], "there is no command \"account lst\"; did you mean account list?"),
            (["help", "serv"], "there is no command \"serv\"; did you mean serve?"),
            (["Check", "x"], "there is no command \"Check\"; did you mean check?"),
            (
                ["relay"],
                "there is no command \"relay\"; there are: serve, check, doctor, try, test, fmt, tail, report, audit, quarantine, top, sessions, status, reload, stop, metrics, account, demo, config, password, service, help"
            ),
        ]
    )
    func aMistakeIsExplained(_ arguments: [String], _ expected: String) async throws {
        #expect(try await complaint(arguments) == "popsieve: error: " + expected)
    }

    @Test(
        arguments: [
            (
                ["--verdict", "reject"],
                "--verdict: there is no verdict \"reject\"; did you mean rejected? known: passed, "
            ),
            (
                ["--verdict", "Tagged"],
                "--verdict: there is no verdict \"Tagged\"; did you mean tagged? known: passed, "
            ),
            (["--event", "foo"], "--event: there is no event \"foo\"; known: audit_lost, "),
            (["--event", "mesage"], "--event: there is no event \"mesage\"; did you mean message? known: "),
        ]
    )
    func tailRefusesWordsThatNoLineHas(_ arguments: [String], _ expected: String) async throws {
        #expect(try await complaint(["tail", "@/audit"] + arguments).hasPrefix("popsieve: error: " + expected))
    }

    @Test func tail() async throws {
        #expect(try await run("tail", "@/audit") == 0)
        #expect(try await run("tail", "@/audit", "--verdict", "rejected", "--event", "message") == 0)
        #expect(try await run("tail", "@/none") == 66)
        #expect(try await run("tail", "@/audit", "-n", "-1") == 64)
    }

    @Test(arguments: [["serve", "x"], ["--help"], ["help", "serve"], ["help"], []])
    func aCommandIsNoMisspelling(_ arguments: [String]) { #expect(Popsieve.misspelling(in: arguments) == nil) }

    @Test func serveRefusesWhatCheckRefuses() async throws {
        #expect(try await run("serve", "--config", "@/bad.yaml") == 78)
        #expect(try await run("serve", "--upstream", "a.example", "--audit", "@/none/a") == 78)
        #expect(try await run("serve", "--lisen", "x") == 64)
        #expect(try await run("serve", "--log-level", "loud") == 64)
    }

    @Test func doctor() async throws {
        #expect(try await run("doctor", "--config", "@/bad.yaml") == 78)
        #expect(try await run("doctor", "--config", "@/none.yaml") == 66)
        #expect(try await run("doctor", "--upstream", "127.0.0.1:1", "--rules", "@/Rules") == 69)
        #expect(try await run("doctor", "--config", "@/good.yaml", "--rules", "@/none") == 66)
        #expect(try await run("doctor", "--password-stdin") == 64)
    }

    @Test func flagsOfServe() throws {
        let arguments = [
            "serve", "-c", "f", "--upstream", "h:1", "--listen", "a:1", "--listen", "b:2", "--rules", "r", "--audit",
            "-",
            "--log-level", "debug",
        ]
        let command = try #require(try Popsieve.parseAsRoot(arguments) as? ServeCommand)
        let flags = command.settings.flags
        #expect(flags.config == "f")
        #expect(flags.upstream == "h:1")
        #expect(flags.listen == ["a:1", "b:2"])
        #expect(flags.rules == "r")
        #expect(flags.audit == "-")
        #expect(flags.logLevel == .debug)
    }

    /// Help is read on terminals of 80 columns; examples that are wider are broken in two.
    @Test(arguments: ["popsieve", "serve", "check", "try", "config", "tail", "demo", "password", "account", "doctor"])
    func helpTeaches(_ command: String) {
        let help = Popsieve.helpMessage(
            for: (Popsieve.configuration.subcommands.first { $0.configuration.commandName == command } ?? Popsieve.self),
            columns: 80
        )
        let examples = help.split(separator: "\n").filter { $0.hasPrefix("  popsieve ") }
        #expect(!examples.isEmpty)
    }
}

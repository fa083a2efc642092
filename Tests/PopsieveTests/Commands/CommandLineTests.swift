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

    /// The exit code; `@` in an argument stands for the test's folder.
    private func run(_ arguments: String...) async -> Int32 { await run(arguments) }

    private func run(_ arguments: [String]) async -> Int32 {
        do {
            var command = try Popsieve.parseAsRoot(arguments.map { $0.replacing("@", with: folder.path) })
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            return 0
        } catch {
            return Popsieve.exitCode(for: error).rawValue
        }
    }

    @Test func check() async {
        #expect(await run("check", "--config", "@/good.yaml") == 0)
        #expect(await run("check", "--config", "@/bad.yaml") == 78)
        #expect(await run("check", "--config", "@/bad.yaml", "--rules", "@/Rules") == 0)
        #expect(await run("check", "--config", "@/none.yaml") == 78)
        #expect(await run("check", "@/Rules", "@/Rules/a.sieve") == 0)
        #expect(await run("check", "@/Rules", "@/bad.sieve") == 78)
        #expect(await run("check", "--config", "@/good.yaml", "@/bad.sieve") == 78)
        #expect(await run("check", "--upstream", "a.example", "--listen", "0.0.0.0:1") == 78)
    }

    @Test func config() async {
        #expect(await run("config") == 0)
        #expect(await run("config", "--example") == 0)
        #expect(await run("config", "--show", "--config", "@/good.yaml") == 0)
        #expect(await run("config", "--show", "--upstream", "a:b") == 78)
        #expect(await run("config", "--upstream", "a") == 64)
        #expect(await run("config", "--example", "--show") == 64)
    }

    @Test func tryOut() async {
        #expect(await run("try", "@/Rules", "@/m.eml") == 0)
        #expect(await run("try", "--rules", "@/Rules", "@/m.eml", "--json") == 0)
        #expect(await run("try", "@/m.eml", "@/Rules/a.sieve", "@/m.eml") == 0)
        #expect(await run("try", "@/Rules", "@/none.eml", "@/m.eml") == 66)
        #expect(await run("try", "@/Rules") == 64)
        #expect(await run("try", "--rules", "@/Rules") == 64)
        #expect(await run("try") == 64)
        #expect(await run("try", "@/m.eml") == 64)
        #expect(await run("try", "@/m.eml", "--config", "@/good.yaml") == 0)
        #expect(await run("try", "@/m.eml", "--config", "@/bare.yaml") == 64)
        #expect(await run("try", "@/none", "@/m.eml") == 78)
        #expect(await run("try", "@/bad.sieve", "@/m.eml") == 78)
        #expect(await run("try", "@/Rules", "@/m.eml", "--jsno") == 64)
    }

    private func message(_ arguments: String...) async -> String {
        do {
            var command = try Popsieve.parseAsRoot(arguments.map { $0.replacing("@", with: folder.path) })
            try command.run()
            return ""
        } catch {
            return Popsieve.message(for: error).replacing(folder.path, with: "@")
        }
    }

    @Test func aMessageAloneIsToldWhichRulesAreMissing() async {
        #expect(
            await message("try", "@/m.eml", "--config", "@/bare.yaml")
                == "No rules are named, and @/bare.yaml names none: popsieve try Rules @/m.eml"
        )
        #expect(
            await message("try", "@/Rules")
                == "No message is named, a file or - for standard input: popsieve try @/Rules message.eml"
        )
    }

    @Test(
        arguments: [
            (
                ["--verdict", "reject"],
                "--verdict: there is no verdict \"reject\". Did you mean rejected? Known: passed, "
            ),
            (
                ["--verdict", "Tagged"],
                "--verdict: there is no verdict \"Tagged\". Did you mean tagged? Known: passed, "
            ),
            (["--event", "foo"], "--event: there is no event \"foo\". Known: audit_lost, "),
            (["--event", "mesage"], "--event: there is no event \"mesage\". Did you mean message? Known: "),
        ]
    )
    func tailRefusesWordsThatNoLineHas(_ arguments: [String], _ expected: String) async {
        #expect(await run(["tail", "@/audit"] + arguments) == 64)
        do {
            _ = try Popsieve.parseAsRoot(["tail", "x"] + arguments)
        } catch {
            #expect(Popsieve.message(for: error).hasPrefix(expected))
        }
    }

    @Test func tail() async {
        #expect(await run("tail", "@/audit") == 0)
        #expect(await run("tail", "@/audit", "--verdict", "rejected", "--event", "message") == 0)
        #expect(await run("tail", "@/none") == 66)
        #expect(await run("tail", "@/audit", "-n", "-1") == 64)
    }

    @Test(
        arguments: [
            (["serv"], "There is no command \"serv\"; did you mean serve?"),
            (["Check", "x"], "There is no command \"Check\"; did you mean check?"),
            (
                ["relay"],
                "There is no command \"relay\"; there are: serve, check, try, test, fmt, tail, demo, config, help"
            ),
            (["serve", "x"], nil), (["--help"], nil), (["help", "serv"], nil), ([], nil),
        ] as [([String], String?)]
    )
    func aMisspeltCommandIsGuessed(_ arguments: [String], _ expected: String?) {
        #expect(Popsieve.misspelling(in: arguments)?.message == expected)
    }

    @Test func serveRefusesWhatCheckRefuses() async {
        #expect(await run("serve", "--config", "@/bad.yaml") == 78)
        #expect(await run("serve", "--upstream", "a.example", "--audit", "@/none/a") == 78)
        #expect(await run("serve", "--lisen", "x") == 64)
        #expect(await run("serve", "--log-level", "loud") == 64)
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
    @Test(arguments: ["popsieve", "serve", "check", "try", "config", "tail", "demo"])
    func helpTeaches(_ command: String) {
        let help = Popsieve.helpMessage(
            for: (Popsieve.configuration.subcommands.first { $0.configuration.commandName == command } ?? Popsieve.self),
            columns: 80
        )
        let examples = help.split(separator: "\n").filter { $0.hasPrefix("  popsieve ") }
        #expect(!examples.isEmpty)
    }
}

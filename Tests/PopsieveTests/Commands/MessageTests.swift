// What commands say when something is wrong: one style, what to do, and an exit code that means the same everywhere.
// Must not start a relay.

import ArgumentParser
import ChildProcess
import Foundation
import NIOCore
import NIOPosix
import Testing

@testable import popsieve

@Suite struct MessageTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try folder.write("Rules/a.sieve", "keep;\n")
        try folder.write("m.eml", "Subject: x\n\ny\n")
        try folder.write("good.yaml", "upstream: a.example\nrules: Rules\n")
        try folder.write("bad.yaml", "upstream: a.example\nrules: Rulez\n")
        try FileManager.default.createSymbolicLink(atPath: folder.path + "/dangling", withDestinationPath: "nothing")
    }

    private static let missing = "error: can't be read: there is no such file; check the name"
    private static let noRules = "error: there are no rules at \"@/none\"; make the directory, or name another"

    @Test func aLogsServerWithoutAnAddressWasCalledAMatterOfPermission() async throws {
        try folder.write("s.yaml", "upstream: a.example\naudit: { to: syslog, address: \"udp:nowhere.invalid:514\" }\n")
        let ended = try await folder.popsieve(["serve", "-c", "@/s.yaml"])
        #expect(ended.status == 69 && ended.errors.contains("write its \"address\" as a name server knows it"))
        #expect(!ended.errors.contains("may write there"))
    }

    /// A command line, how it ends, and the first line of what it says.
    private static let cases: [([String], Int32, String)] = [
        // A file that is not there has no lines, and is nobody's settings.
        (["check", "@/none"], 66, "@/none: \(noRules)"), (["check", "@/none", "@/Rules"], 66, "@/none: \(noRules)"),
        (["check", "-c", "@/none"], 66, "@/none: \(missing)"),
        (["check", "-c", "@/Rules"], 66, "@/Rules: error: can't be read: it is a directory; name a file in it"),
        (["check", "-c", "@/good.yaml", "--rules", "@/none"], 66, "--rules: \(noRules)"),
        (["serve", "-c", "@/none"], 66, "@/none: \(missing)"),
        (["serve", "--upstream", "a.example", "--rules", "@/none"], 66, "--rules: \(noRules)"),
        (["config", "--show", "-c", "@/none"], 66, "@/none: \(missing)"),
        (["demo", "--rules", "@/none"], 66, "--rules: \(noRules)"),
        (["try", "@/none", "@/m.eml"], 66, "@/none: \(noRules)"),
        (["try", "--rules", "@/none", "@/m.eml"], 66, "@/none: \(noRules)"),
        (["try", "@/Rules", "@/none"], 66, "@/none: \(missing)"),
        (["try", "-c", "@/none", "@/m.eml"], 66, "@/none: \(missing)"),
        (["test", "@/none"], 66, "@/none: \(missing)"),
        (["test", "@/Rules"], 66, "@/Rules: error: there is no *.svtest in this folder; name another, or a file"),
        (["fmt", "@/none"], 66, "@/none: \(missing)"),
        (
            ["fmt", "@/dangling"], 66,
            "@/dangling: error: can't be read: it is a link to nothing; remove it, or put the file there"
        ),
        (
            ["tail", "@/none"], 66,
            "@/none: error: can't be read: there is no such file; name the one that the settings call audit, or wait for it with --follow"
        ),
        (["tail", "@/Rules"], 66, "@/Rules: error: can't be read: it is a directory; name a file in it"),
        // What settings name is their fault, and has its place there.
        (["check", "-c", "@/bad.yaml"], 78, "@/bad.yaml:2:8: error: there are no rules at \"@/Rulez\"; make the"),
        (["serve", "-c", "@/bad.yaml"], 78, "@/bad.yaml:2:8: error: there are no rules at \"@/Rulez\"; make the"),
        (["check", "@/none", "@/m.eml"], 78, "@/none: \(noRules)"),
        // What is there, but something else.
        (
            ["check", "@/good.yaml"], 78,
            "@/good.yaml: error: this is a settings file, not a rule file; try: popsieve check --config @/good.yaml"
        ),
        (
            ["check", "@/m.eml"], 78,
            "@/m.eml: error: this is a message, not a rule file; try: popsieve try Rules @/m.eml"
        ),
        // What nobody has set.
        (
            ["check"], 78,
            "popsieve: error: there is no upstream, and no popsieve.yaml here; begin with: popsieve config > popsieve.yaml, or use --upstream HOST"
        ),
        (
            ["check", "--upstream", "a.example", "--listen", "0.0.0.0:1"], 78,
            "--listen: error: a listener without TLS is for loopback addresses only; in a settings file, use"
        ),
        // A command line that is not understood.
        (["serve", "x"], 64, "popsieve: error: Unexpected argument 'x'"),
        (["serve", "--lisen", "x"], 64, "popsieve: error: Unknown option '--lisen'. Did you mean '--listen'?"),
        (["test"], 64, "popsieve: error: Missing expected argument '<paths> ...'"),
        (
            ["test", "--patience", "3", "@/Rules"], 64,
            "popsieve: error: --patience: \"3\" is not a time; write for example 500ms, 10s or 5m"
        ),
        (["demo", "--port", "99999"], 64, "popsieve: error: --port: \"99999\" is not a port; write 0 to 65535"),
        (["tail", "--lines=-1", "@/m.eml"], 64, "popsieve: error: --lines: \"-1\" is negative; write for example 100"),
        (["fmt", "-", "@/Rules"], 64, "popsieve: error: standard input is formatted by itself; name files, or -"),
        (
            ["config", "--upstream", "a"], 64,
            "popsieve: error: examples have no settings; add --show to see those in force"
        ),
    ]

    @Test(arguments: cases) func oneStyleAndOneCode(_ arguments: [String], _ status: Int32, _ line: String) async throws
    {
        let ended = try await folder.popsieve(arguments)
        let first = ended.errors.split(separator: "\n").first.map(String.init) ?? ""
        #expect(first.hasPrefix(line), "\(ended.errors)")
        #expect(ended.status == status)
    }

    @Test(arguments: [
        ["config"], ["check", "@/Rules"], ["try", "@/Rules", "@/m.eml"], ["test", "--json", "@/t.svtest"],
    ])
    func outputThatIsLostIsToldOf(_ arguments: [String]) async throws {
        try folder.write("t.svtest", "require \"vnd.dovecot.testsuite\"; test \"t\" { }\n")
        let errors = try folder.write("errors", "")
        let process = try ChildProcess(
            path: BuiltProgram.path,
            arguments.map { $0.replacing("@", with: folder.path) },
            folder: folder.path,
            output: FileHandle(forWritingTo: URL(fileURLWithPath: "/dev/full")),
            errors: FileHandle(forWritingTo: URL(fileURLWithPath: errors))
        )
        #expect(await process.end() == 74)
        let said = try String(contentsOfFile: errors, encoding: .utf8)
        #expect(said.hasPrefix("standard output: error: can't be written: no space left on device; see"), "\(said)")
    }

    /// A listener whose port is taken, as a file, a flag and nobody name it; and what is said of it.
    @Test(arguments: [true, false])
    func aPortThatIsTaken(isInFile: Bool) async throws {
        let other = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(other.localAddress?.port)
        try folder.write("taken.yaml", "upstream: a.example\naudit: \"-\"\nlisteners:\n  - \"127.0.0.1:\(port)\"\n")
        let flags = ["--upstream", "a.example", "--listen", "127.0.0.1:\(port)"]
        let ended = try await folder.popsieve(["serve"] + (isInFile ? ["--config", "@/taken.yaml"] : flags))
        #expect(ended.status == 69)
        #expect(ended.output == "")
        let place = isInFile ? "@/taken.yaml:4:5" : "--listen"
        let way = isInFile ? "set another here" : "choose another with --listen"
        let cause = "can't listen on 127.0.0.1:\(port): another program listens there already"
        let finder = "see which with: sudo ss -ltnp 'sport = :\(port)', or \(way)"
        #expect(ended.errors.hasPrefix("\(place): error: \(cause); \(finder)\n"), "\(ended.errors)")
        let demo = try await folder.popsieve(["demo", "--port", "\(port)"])
        #expect(demo.status == 69)
        #expect(demo.errors.hasPrefix("--port: error: \(cause); see which with: "), "\(demo.errors)")
        try await other.close()
    }

    // MARK: Help

    private static let commands = [Popsieve.self] + Popsieve.configuration.subcommands

    /// Help fits a terminal of 80 columns and 40 lines.
    @Test(arguments: commands.indices) func helpFitsAScreen(_ index: Int) {
        let lines = Popsieve.helpMessage(for: Self.commands[index], columns: 80)
            .split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count <= 40)
        for line in lines { #expect(line.count <= 80, "\(line)") }
    }

    private static func below(_ command: any ParsableCommand.Type) -> [any ParsableCommand.Type] {
        [command] + command.configuration.subcommands.flatMap(below)
    }

    /// What is pasted from the help is what it was: a line that is wrapped is two commands.
    @Test func noExampleIsWrapped() {
        let examples = Self.below(Popsieve.self).flatMap { command in
            command.configuration.discussion.split(separator: "\n").filter { $0.hasPrefix("  ") }
        }
        #expect(examples.count > 20)
        for example in examples { #expect(example.count <= 80, "\(example)") }
    }

    @Test(arguments: [Exit.usage, Exit.noInput, Exit.unavailable, Exit.notWritten, Exit.config])
    func everyExitCodeIsInTheHelp(_ code: ExitCode) {
        let help = Popsieve.helpMessage(columns: 1000)
        #expect(help.contains("; \(code.rawValue) "))
    }
}

// Scanners in the settings, as `check` and `try --scan` ask them: programs here, and ports that nobody listens on.
// Must not test what scanners find: the Scanning target does.

import Foundation
import NIOPosix
import Scanning
import Testing

@testable import popsieve

@Suite struct ScannerTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        let program = """
            #!/bin/sh
            case $(cat) in
            *EICAR*) echo '{"verdict":"infected","names":["Test.Eicar"]}' ;;
            *spam*) echo "{\\"verdict\\":\\"spam\\",\\"score\\":7.5,\\"threshold\\":5,\\"symbols\\":{\\"A\\":7.5}}" ;;
            *low*) echo "{\\"verdict\\":\\"spam\\",\\"score\\":2.5,\\"threshold\\":5}" ;;
            *deaf*) exit 3 ;;
            *odd*) echo '{"verdict":"maybe"}' ;;
            *) echo '{"verdict":"clean"}' ;;
            esac
            """
        try folder.write("scan", program, mode: 0o700)
        let rule = """
            require ["ihave", "reject"];
            if ihave "virustest" {
                if virustest "5" { reject "infected"; }
            }
            if ihave "spamtest" {
                if spamtest "10" { discard; }
            }
            """
        try folder.write("Rules/a.sieve", rule)
        try folder.write("f.yaml", Self.settings("mine: \(Self.mine) }"))
        for (name, body) in [
            ("eicar", "EICAR"), ("spam", "spam"), ("deaf", "deaf"), ("odd", "odd"), ("low", "low"), ("clean", "hello"),
        ] {
            try folder.write("\(name).eml", "Received: \(Self.received)\nSubject: x\n\n\(body)\n")
        }
    }

    private static let received = "from h.example (h.example [192.0.2.1]) by b.example; now"
    private static let mine = "{ type: command, command: [@/scan], looks-for: [virus, spam]"

    private static func settings(_ scanners: String) -> String {
        "upstream: { host: a.example, trusted-hops: 1 }\nquarantine: none\nrules: Rules\nscanners:\n  \(scanners)\n"
    }

    /// `@` in a file is the folder, too.
    private func use(_ scanners: String) throws {
        try folder.write("f.yaml", Self.settings(scanners).replacing("@", with: folder.path))
    }

    // MARK: check

    @Test(
        arguments: [
            (
                "clamd: { address: \"127.0.0.1:1\" }",
                "5:21: warning: the scanner \"clamd\", clamd at 127.0.0.1:1: it can't be reached: connection refused; "
                    + "start it, or name another address; messages are held back until it answers"
            ),
            (
                "x: { type: spamd, address: \"unix:@/none\" }",
                "5:30: warning: the scanner \"x\", spamd at unix:@/none: it can't be reached: no such file; "
                    + "start it, or name another address; messages are passed with a mark until it answers"
            ),
            (
                "x: { type: command, command: [@/none], looks-for: [virus] }",
                "5:32: warning: the scanner \"x\", @/none: it can't be reached: no such file; "
                    + "name a program that this user may run"
            ),
        ]
    )
    func aScannerThatIsNotThereIsAWarningWithItsPlace(scanner: String, warning: String) async throws {
        try use(scanner)
        let ended = try await folder.popsieve(["check", "--config", "@/f.yaml"])
        #expect(ended.status == 0)
        #expect(ended.errors.contains("@/f.yaml:\(warning)"), "\(ended)")
        #expect(ended.output.contains("does not answer"))
    }

    @Test func theSummaryNamesScannersAndQuarantine() async throws {
        try use("mine: \(Self.mine) }")
        let ended = try await folder.popsieve(["check", "--config", "@/f.yaml"])
        #expect(ended.status == 0 && ended.errors.isEmpty, "\(ended)")
        #expect(ended.output.contains("  scanner   mine  @/scan  looks for spam and virus\n"), "\(ended)")
        #expect(ended.output.contains("  quarantine  none\n"), "\(ended)")
    }

    // MARK: try

    private func attempt(_ message: String, _ options: String...) async throws -> Ended {
        try await folder.popsieve(["try", "--brief", "--config", "@/f.yaml", "@/\(message).eml"] + options)
    }

    @Test(
        arguments: [
            ("eicar", "rejected", "  mine  infected: Test.Eicar\n"),
            ("spam", "discarded", "  mine  spam, 7.5 of 5.0: A=7.5\n"),
            ("deaf", "postponed", "  the client gets  an error that lets it come back later\n"),
            ("deaf", "postponed", "  mine  not scanned: the command ended with status 3\n"),
            (
                "odd", "postponed",
                "  mine  not scanned: the command's answer can't be used: \"verdict\" is none of clean, infected, spam\n"
            ),
            ("clean", "passed", "  mine  clean\n  scanners were told  192.0.2.1, h.example\n"),
        ]
    )
    func scannersAreAskedWhereThatIsWanted(message: String, verdict: String, line: String) async throws {
        try use("mine: \(Self.mine) }")
        let ended = try await attempt(message, "--scan")
        #expect(ended.status == 0)
        #expect(ended.output.hasPrefix("@/\(message).eml: \(verdict) ") && ended.output.contains(line), "\(ended)")
    }

    @Test(arguments: [("postpone", "postponed"), ("notice", "postponed"), ("pass", "tagged")])
    func whatBecomesOfAMessageThatNobodyCouldLookAtIsShown(policy: String, verdict: String) async throws {
        try use("mine: \(Self.mine), unscanned: \(policy) }")
        let ended = try await attempt("deaf", "--scan")
        #expect(ended.output.hasPrefix("@/deaf.eml: \(verdict) "), "\(ended)")
        let isMarked = ended.output.contains("+ X-Popsieve-Unscanned: mine: the command ended")
        #expect(isMarked == (policy == "pass"), "\(ended)")
    }

    /// A scanner calls spam at any score what one of its own rules says is spam; its threshold was shown as the score then.
    @Test func theScannersOwnScoreIsShown() async throws {
        let rule = """
            require ["editheader", "environment", "spamtest", "variables"];
            if spamtest "10" {
                if environment :matches "vnd.popsieve.spam-score" "*" { set "score" "${1}"; }
                if environment :matches "vnd.popsieve.spam-threshold" "*" { addheader "X-Score" "${score} of ${1}"; }
            }
            """
        try folder.write("Rules/a.sieve", rule)
        try use("mine: \(Self.mine) }")
        let ended = try await attempt("low", "--scan")
        #expect(ended.output.contains("+ X-Score: 2.5 of 5\n"), "\(ended)")
    }

    @Test func nobodyIsAskedWithoutIt() async throws {
        try use("mine: \(Self.mine) }")
        let ended = try await attempt("eicar")
        #expect(ended.output.hasPrefix("@/eicar.eml: passed "), "\(ended)")
        #expect(ended.output.contains("--scan asks the scanners of the settings"), "\(ended)")
        try folder.write("f.yaml", "upstream: a.example\nrules: Rules\n")
        let without = try await attempt("eicar", "--scan")
        #expect(without.status == 64 && without.errors.contains("--scan: error: there are no scanners"), "\(without)")
    }

    @Test func whatScannersSaidIsInTheJSON() async throws {
        try use("mine: \(Self.mine) }")
        let lines = try await folder.popsieve(
            ["try", "--json", "--scan", "--config", "@/f.yaml"] + ["eicar", "spam", "deaf"].map { "@/\($0).eml" }
        ).output.split(separator: "\n")
        let expected = [
            #""scans":[{"names":["Test.Eicar"],"result":"infected","scanner":"mine"}]"#,
            #""scans":[{"result":"spam","scanner":"mine","score":7.5,"symbols":{"A":7.5},"threshold":5}]"#,
            #""scans":[{"reason":"the command ended with status 3","result":"unscanned","scanner":"mine"}]"#,
        ]
        try #require(lines.count == 3)
        for (line, scans) in zip(lines, expected) { #expect(line.contains(scans), "\(line)") }
    }

    // MARK: Reloads

    private func read(_ yaml: String) -> [Settings.Scanner] {
        SettingsTests.read("upstream: a.example\nscanners: { \(yaml) }\n").0.scanners
    }

    @Test func aReloadKeepsTheScannersThatItDoesNotChange() {
        let inUse = ScannersInUse(on: .singletonMultiThreadedEventLoopGroup)
        let clamd = "clamd: { address: \"127.0.0.1:1\" }"
        let first = inUse.take(read("\(clamd), rspamd: { address: \"127.0.0.1:2\" }")).scanners
        let second = inUse.take(read("rspamd: { address: \"127.0.0.1:3\" }, \(clamd)")).scanners
        #expect(second.map(\.name) == ["rspamd", "clamd"])
        #expect(first[0] === second[1] && first[1] !== second[0])
    }
}

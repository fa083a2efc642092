// What `tail` shows on a terminal: when, who, and the sentence; days, faults, colours.

import Audit
import AuditReading
import ChildProcess
import Filtering
import Foundation
import Mail
import Testing

@testable import popsieve

private let session = AuditSession(id: "k3f9", client: "192.0.2.7", user: Array("me@example.com".utf8))
/// 2026-11-23T08:15:04Z
private let moment = AuditTime(seconds: 1_795_421_704, microseconds: 123_456)

private func bytes(_ events: [AuditEvent], at time: AuditTime = moment) -> [UInt8] {
    var lines = AuditLines()
    for event in events { lines.append(event, at: time) }
    return lines.bytes
}

private func deleted(_ number: Int, refusal: String? = nil) -> AuditEvent {
    .deleted(.init(session: session, number: number, side: .relay, refusal: refusal.map { Array($0.utf8) }))
}

@Suite struct TailTests {
    /// On a day in November.
    private func view(isJSON: Bool = false, inColour: Bool = false, zone: Int64 = 0) throws -> TailView {
        let console = AuditConsole(
            terminal: Terminal(hasColours: inColour),
            zone: .fixed(zone),
            now: Date(timeIntervalSince1970: 1_795_421_000)
        )
        return TailView(isJSON: isJSON, console: console)
    }

    private func shown(_ events: [AuditEvent], isJSON: Bool = false, inColour: Bool = false) throws -> String {
        var view = try view(isJSON: isJSON, inColour: inColour)
        return String(decoding: view.shown(of: bytes(events)), as: UTF8.self)
    }

    @Test(
        arguments: [
            (deleted(3), "k3f9 me@example.com  DELE 3"),
            (
                .sessionOpened(
                    .init(session: AuditSession(id: "k3f9", client: "192.0.2.7"), port: 1, listener: "[::]:995")
                ),
                "k3f9 192.0.2.7  connects to [::]:995"
            ),
            (.rulesLoaded(.init(files: ["a.sieve"], depth: "none")), "rules loaded: a.sieve  depth none"),
            (
                .rulesRejected(
                    .init(diagnostics: [AuditDiagnostic(file: "a.sieve", line: 3, column: 1, message: "oops")])
                ),
                "rules rejected, the ones before stay in force\n         a.sieve:3:1: oops"
            ),
            (
                .settingsRejected(
                    .init(diagnostics: [AuditDiagnostic(file: "p.yaml", line: 0, column: 0, message: "gone")])
                ),
                "settings rejected, the ones before stay in force\n         p.yaml: gone"
            ),
        ] as [(AuditEvent, String)]
    )
    func lines(event: AuditEvent, expected: String) throws {
        #expect(try shown([event]) == "08:15:04 " + expected + "\n")
    }

    @Test(
        arguments: [
            (#"{"v":9,"event":"leap"}"#, #"--:--:-- leap  {"v":9,"event":"leap"}"#),
            ("{\"v\":1,\u{1B}[31m", "unreadable line: {\"v\":1,\u{FFFD}[31m"),
        ]
    )
    func lineThatThisVersionWouldNotWrite(line: String, expected: String) throws {
        var view = try view()
        #expect(String(decoding: view.shown(of: Array((line + "\n").utf8)), as: UTF8.self) == expected + "\n")
    }

    @Test func localTimeAndAWordWhenTheDayChanges() throws {
        var view = try view(zone: 9 * 3_600)
        var text = view.shown(of: bytes([deleted(1)]))
        text += view.shown(of: bytes([deleted(2)], at: AuditTime(seconds: 1_795_450_000, microseconds: 0)))
        text += view.shown(of: bytes([deleted(3)], at: AuditTime(seconds: 1_795_450_001, microseconds: 0)))
        let starts = String(decoding: text, as: UTF8.self).split(separator: "\n").map { $0.prefix(10) }
        #expect(starts == ["17:15:04 k", "2026-11-24", "01:06:40 k", "01:06:41 k"])
    }

    @Test func timesAreThoseOfTheMachine() async throws {
        let folder = try TemporaryFolder()
        try folder.write("audit.jsonl", String(decoding: bytes([deleted(1)]), as: UTF8.self))
        let ended = try await folder.popsieve(["tail", "@/audit.jsonl"], under: ["TZ=JST-9"])
        #expect(ended.output.contains("17:15:04 k3f9"), "\(ended)")
    }

    @Test func linesThatStayJSONAreTheLogsOwn() throws {
        let events = [deleted(1), deleted(2)]
        #expect(try shown(events, isJSON: true) == String(decoding: bytes(events), as: UTF8.self))
    }

    @Test(
        arguments: [
            (ColourChoice.auto, true, [:], true), (.auto, false, [:], false), (.auto, true, ["NO_COLOR": "1"], false),
            (.auto, true, ["NO_COLOR": ""], true), (.auto, true, ["TERM": "dumb"], false),
            (.always, false, ["NO_COLOR": "1"], true), (.never, true, [:], false),
        ] as [(ColourChoice, Bool, [String: String], Bool)]
    )
    func colours(choice: ColourChoice, onTerminal: Bool, environment: [String: String], expected: Bool) {
        #expect(choice.isWanted(onTerminal: onTerminal, environment: environment) == expected)
    }

    @Test func colouredLineIsThePlainOneWithEscapes() throws {
        let events = [deleted(1, refusal: "rejected")]
        let plain = try shown(events)
        let coloured = try shown(events, inColour: true)
        #expect(coloured.contains("\u{1B}[33m  refused by Popsieve: rejected\u{1B}[0m"))
        #expect(coloured.replacing(/\x{1B}\[[0-9]+m/, with: "") == plain)
    }

    @Test(arguments: [("Dear Anna,\nbye\n", 65), ("no end", 65), ("", 0), ("half a li\n{\"event\":\"leap\"}\n", 0)])
    func aFileThatIsNoLogIsToldOfOnce(_ text: String, _ status: Int32) async throws {
        let folder = try TemporaryFolder()
        try folder.write("log", text)
        let ended = try await folder.popsieve(["tail", "log"])
        #expect(ended.status == status)
        let said = status == 0 ? "" : "log: error: this is no audit log: not one of its lines is an event;"
        #expect(ended.errors.hasPrefix(said) && ended.output.isEmpty == (status != 0 || text.isEmpty))
    }

    @Test func tailOfAPipeShowsEachLineWhenItComes() async throws {
        let folder = try TemporaryFolder()
        let (log, shown) = (Pipe(), Pipe())
        let serve = try ChildProcess(
            path: BuiltProgram.path,
            ["serve", "--upstream", "127.0.0.1:9", "--listen", "127.0.0.1:0", "--audit", "-", "--control", "none"],
            folder: folder.path,
            output: log.fileHandleForWriting
        )
        let tail = try ChildProcess(
            path: BuiltProgram.path,
            ["tail", "-"],
            input: log.fileHandleForReading,
            output: shown.fileHandleForWriting
        )
        try shown.fileHandleForWriting.close()
        // Where nothing is shown in time, this sees the end of the pipe.
        let watch = Task {
            try await Task.sleep(for: .seconds(60))
            tail.signal(SIGKILL)
        }
        let first = shown.fileHandleForReading.availableData
        watch.cancel()
        serve.signal(SIGTERM)
        #expect(String(decoding: first, as: UTF8.self).contains(" started "))
        #expect(await serve.end() == 0)
        try log.fileHandleForWriting.close()
        #expect(await tail.end() == 0)
    }

    @Test func verdictsToAskForAreThoseThatThereAre() {
        var rewritten = Verdict()
        rewritten.message = MessagePieces()
        var quarantined = Verdict(outcome: .discard)
        quarantined.quarantine = ["x"]
        let verdicts = [
            Verdict(), Verdict(header: []), rewritten, Verdict(outcome: .discard), quarantined,
            Verdict(outcome: .reject("")), .released, Verdict(failure: "f"),
        ]
        #expect(verdicts.map(\.word) + ["postponed", "unjudged", "truncated", "undecided"] == AuditFilter.verdicts)
    }
}

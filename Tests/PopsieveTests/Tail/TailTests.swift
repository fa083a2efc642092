// What `tail` shows: the sentence for each event, filters, the last lines, colours.
// Must not write to the terminal.

import Audit
import Foundation
import Testing

@testable import popsieve

private let session = AuditSession(
    id: "k3f9",
    client: "192.0.2.7",
    user: Array("me@example.com".utf8),
    upstream: "office"
)
private let stranger = AuditSession(id: "k3f9", client: "192.0.2.7")
/// 2026-11-23T08:15:04Z
private let moment = AuditTime(seconds: 1_795_421_704, microseconds: 123_456)
private let tls = AuditTLS(version: "TLSv1.3", cipher: "TLS_AES_256_GCM_SHA384")

private func bytes(_ events: [AuditEvent], at time: AuditTime = moment) -> [UInt8] {
    var lines = AuditLines()
    for event in events { lines.append(event, at: time) }
    return lines.bytes
}

private func message(
    _ number: Int,
    verdict: String = "passed",
    octets: Int = 48_260,
    rules: [AuditRule] = [],
    defects: [String] = [],
    edits: [String] = [],
    isComplete: Bool = true
) -> AuditEvent {
    .message(
        .init(
            session: session,
            command: .retr,
            number: number,
            octetsIn: 1,
            octetsOut: octets,
            verdict: verdict,
            rules: rules,
            defects: defects,
            depth: "header",
            edits: edits,
            isComplete: isComplete
        )
    )
}

/// A console on a day in London.
private func console(inColour: Bool = false, zone: String = "UTC") throws -> AuditConsole {
    AuditConsole(
        inColour: inColour,
        zone: try #require(TimeZone(identifier: zone)),
        now: Date(timeIntervalSince1970: 1_795_421_000)
    )
}

private func shown(
    _ events: [AuditEvent],
    filter: TailFilter = TailFilter(),
    isJSON: Bool = false,
    console: AuditConsole? = nil
) throws -> String {
    var view = TailView(filter: filter, isJSON: isJSON, console: try console ?? today())
    return String(decoding: view.shown(view.entries(in: bytes(events))), as: UTF8.self)
}

private func today() throws -> AuditConsole { try console() }

@Suite struct TailTests {
    @Test(
        arguments: [
            (
                message(
                    3,
                    verdict: "tagged",
                    rules: [AuditRule(file: "20-spam.sieve", line: 14, action: "addheader X-Spam-Flag")]
                ),
                "k3f9 me@example.com  RETR 3  48 KB  tagged  20-spam.sieve:14 addheader X-Spam-Flag"
            ),
            (
                message(9, verdict: "tagged", edits: ["-X-Popsieve-Clean"]),
                "k3f9 me@example.com  RETR 9  48 KB  tagged  forged X-Popsieve-Clean removed"
            ),
            (
                message(4, octets: 811, defects: ["bare-lf", "bare-cr"], isComplete: false),
                "k3f9 me@example.com  RETR 4  811 B  passed  bare-lf, bare-cr  broke off"
            ),
            (.deleted(.init(session: session, number: 3, side: .upstream)), "k3f9 me@example.com  DELE 3"),
            (
                .deleted(.init(session: session, number: 3, side: .relay, refusal: Array("rejected".utf8))),
                "k3f9 me@example.com  DELE 3  refused by Popsieve: rejected"
            ),
            (
                .sessionOpened(.init(session: stranger, port: 1, listener: "[::]:995", tls: tls)),
                "k3f9 192.0.2.7  connects to [::]:995 with TLSv1.3"
            ),
            (.clientSecured(.init(session: stranger, tls: tls)), "k3f9 192.0.2.7  STLS with TLSv1.3"),
            (
                .upstreamConnected(.init(session: session, address: "2001:db8::1", port: 995)),
                "k3f9 me@example.com  server office [2001:db8::1]:995"
            ),
            (
                .upstreamFailed(.init(session: session, phase: "connect", reason: Array("refused".utf8))),
                "k3f9 me@example.com  server office failed at connect: refused"
            ),
            (
                .loginSucceeded(.init(session: session, mechanism: "PLAIN")),
                "k3f9 me@example.com  logged in with PLAIN"
            ),
            (
                .loginFailed(
                    .init(
                        session: session,
                        mechanism: "USER",
                        side: .upstream,
                        code: Array("AUTH".utf8),
                        reason: Array("no".utf8)
                    )
                ),
                "k3f9 me@example.com  login with USER refused by server: [AUTH] no"
            ),
            (
                .protocolViolation(
                    .init(session: stranger, side: .client, name: "http", detail: Array("GET /\r\n\u{1B}[2J".utf8))
                ),
                "k3f9 192.0.2.7  client broke the protocol: http  GET /[2J"
            ),
            (
                .sessionClosed(
                    .init(
                        session: session,
                        side: .client,
                        reason: "quit",
                        messages: 1,
                        octetsOut: 2_149_000,
                        deletions: 2,
                        milliseconds: 7123
                    )
                ),
                "k3f9 me@example.com  closed by client: quit  1 message, 2.1 MB, 2 deleted, 7.1 s"
            ),
            (
                .serviceStarted(.init(version: "0.1", process: 1, listeners: ["[::1]:1110"], upstreams: ["office"])),
                "Popsieve 0.1 started  [::1]:1110 for office"
            ),
            (
                .serviceStopped(.init(reason: "SIGTERM", sessions: 12, cut: 1, milliseconds: 61_007)),
                "Popsieve stopped: SIGTERM  12 sessions, 1 cut off, 61.0 s"
            ),
            (.rulesLoaded(.init(files: [], depth: "none")), "rules loaded: none  depth none"),
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
            (.settingsReloaded(.init(file: nil)), "settings reloaded"),
            (.certificatesReloaded(.init(files: ["a.pem"])), "certificates reloaded: a.pem"),
            (.certificatesRejected(.init(diagnostics: [])), "certificates rejected, the ones before stay in force"),
        ] as [(AuditEvent, String)]
    )
    func sentence(event: AuditEvent, expected: String) throws {
        #expect(try shown([event]) == "08:15:04 " + expected + "\n")
    }

    @Test(
        arguments: [
            (
                #"{"v":1,"event":"audit_lost","lines":5}"#,
                "--:--:-- 5 lines are missing here: they could not be written"
            ),
            (#"{"v":9,"event":"leap"}"#, #"--:--:-- leap  {"v":9,"event":"leap"}"#),
            (#"{"event":"message"}"#, "--:--:-- ? ?  ?  ?"),
            ("{\"v\":1,\u{1B}[31m", "unreadable line: {\"v\":1,[31m"),
        ]
    )
    func lineThatThisVersionWouldNotWrite(line: String, expected: String) throws {
        var view = TailView(filter: TailFilter(), isJSON: false, console: try console())
        let text = view.shown(view.entries(in: Array((line + "\n").utf8)))
        #expect(String(decoding: text, as: UTF8.self) == expected + "\n")
    }

    @Test func localTimeAndAWordWhenTheDayChanges() throws {
        var view = TailView(filter: TailFilter(), isJSON: false, console: try console(zone: "Asia/Tokyo"))
        var text = view.shown(view.entries(in: bytes([message(1)])))
        text += view.shown(
            view.entries(in: bytes([message(2)], at: AuditTime(seconds: 1_795_450_000, microseconds: 0)))
        )
        text += view.shown(
            view.entries(in: bytes([message(3)], at: AuditTime(seconds: 1_795_450_001, microseconds: 0)))
        )
        let starts = String(decoding: text, as: UTF8.self).split(separator: "\n").map { $0.prefix(10) }
        #expect(starts == ["17:15:04 k", "2026-11-24", "01:06:40 k", "01:06:41 k"])
    }

    @Test(
        arguments: [
            (TailFilter(), [1, 2, 3]),
            (TailFilter(user: "ME@*"), [1, 2, 3]),
            (TailFilter(user: "you@*"), []),
            (TailFilter(verdict: "tagged"), [2]),
            (TailFilter(session: "k3"), [1, 2, 3]),
            (TailFilter(session: "3f9"), []),
            (TailFilter(user: "*", verdict: "tagged", session: "k3f9", event: "message"), [2]),
            (TailFilter(verdict: "tagged", event: "deleted"), []),
        ] as [(TailFilter, [Int])]
    )
    func filters(filter: TailFilter, expected: [Int]) throws {
        let events = [message(1), message(2, verdict: "tagged"), message(3)]
        let lines = try shown(events, filter: filter, isJSON: true).split(separator: "\n")
        let numbers = lines.map { line in AuditRecord(line: Array(line.utf8))?.number("number") }
        #expect(numbers == expected)
    }

    @Test func userFilterLeavesOutWhatHasNoUser() throws {
        let opened = AuditEvent.sessionOpened(.init(session: stranger, port: 1, listener: "[::]:110"))
        #expect(try shown([opened], filter: TailFilter(user: "*")).isEmpty)
    }

    @Test func linesThatStayJSONAreTheLogsOwn() throws {
        #expect(
            try shown([message(1), message(2)], isJSON: true)
                == String(decoding: bytes([message(1), message(2)]), as: UTF8.self)
        )
    }

    @Test(arguments: [0, 1, 300, 599, 600, 1000])
    func lastLines(count: Int) throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("popsieve-" + UUID().uuidString).path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let rule = AuditRule(file: "20-spam.sieve", line: 1, action: String(repeating: "long ", count: 100))
        let all = bytes((1...600).map { number in message(number, rules: [rule]) })
        try #require(all.count > 256 * 1024)
        try Data(all).write(to: URL(fileURLWithPath: path))
        var view = TailView(filter: TailFilter(), isJSON: true, console: try console())
        var follower = LogFollower(path: path)
        let last = try view.last(count, of: &follower)
        let numbers = last?.map { entry -> Int? in
            if case .record(let record) = entry { record.number("number") } else { nil }
        }
        #expect(numbers == Array((1...600).suffix(count)))
        #expect(try follower.step() == .nothing)
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
        let events = [message(1, verdict: "tagged")]
        let plain = try shown(events)
        let coloured = try shown(events, console: console(inColour: true))
        #expect(coloured.contains("\u{1B}[33mtagged\u{1B}[0m"))
        #expect(coloured.replacing(/\x{1B}\[[0-9]+m/, with: "") == plain)
    }

    @Test(
        arguments: [
            (0, "0 B"), (999, "999 B"), (1000, "1.0 KB"), (1234, "1.2 KB"), (9949, "9.9 KB"), (9951, "10 KB"),
            (48_260, "48 KB"), (999_499, "999 KB"), (999_500, "1.0 MB"), (2_149_000, "2.1 MB"),
            (5_000_000_000_000, "5000 GB"),
        ]
    )
    func octets(count: Int, expected: String) {
        #expect(Double(count).asOctets == expected)
    }
}

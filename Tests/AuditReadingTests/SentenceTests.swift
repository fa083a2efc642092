// What is said of each event, and that none is missing.

import Audit
import Foundation
import Testing

@testable import AuditReading

@Suite struct SentenceTests {
    private func sentence(_ line: [UInt8]) throws -> String {
        Sentence(try #require(AuditRecord(line: line.filter { $0 != UInt8(ascii: "\n") }))).text
    }

    @Test(
        arguments: [
            (
                message(
                    3,
                    verdict: "tagged",
                    rules: [AuditRule(file: "20-spam.sieve", line: 14, action: "addheader X-Spam-Flag")]
                ),
                "RETR 3  48 KB  tagged  20-spam.sieve:14 addheader X-Spam-Flag"
            ),
            (
                message(9, verdict: "tagged", edits: ["-X-Popsieve-Clean"]),
                "RETR 9  48 KB  tagged  forged X-Popsieve-Clean removed"
            ),
            (
                message(4, octets: 811, defects: ["bare-lf", "bare-cr"], isComplete: false),
                "RETR 4  811 B  passed  bare-lf, bare-cr  broke off"
            ),
            (.deleted(.init(session: session, number: 3, side: .upstream)), "DELE 3"),
            (
                .released(
                    .init(
                        user: Array("me".utf8),
                        upstream: "office",
                        uidl: nil,
                        copy: AuditCopy(folder: "Junk", identifier: "8f3a"),
                        person: "root for anna"
                    )
                ),
                "released from the quarantine  Junk 8f3a  by root for anna"
            ),
            (
                .removed(
                    .init(
                        user: Array("me".utf8),
                        upstream: "office",
                        uidl: nil,
                        copy: AuditCopy(folder: "Junk", identifier: "8f3a"),
                        person: "anna"
                    )
                ),
                "deleted from the quarantine  Junk 8f3a  by anna"
            ),
            (.expired(.init(messages: 1, octets: 2_000)), "gone from the quarantine: 1 message, 2.0 KB"),
            (
                .expired(.init(messages: 2, octets: 2_000, person: "anna")),
                "gone from the quarantine: 2 messages, 2.0 KB  by anna"
            ),
            (
                .deletionsUndone(.init(session: session, deletions: 2)),
                "RSET  2 messages are not deleted after all"
            ),
            (
                .deleted(.init(session: session, number: 3, side: .relay, refusal: Array("rejected".utf8))),
                "DELE 3  refused by Popsieve: rejected"
            ),
            (
                .deleted(.init(session: session, number: 3, side: .upstream, refusal: Array("[IN-USE] no".utf8))),
                "DELE 3  refused by server: [IN-USE] no"
            ),
            (
                .upstreamFailed(
                    .init(session: stranger, phase: "connect", reason: Array("no-route: no route for this user".utf8))
                ),
                "no route for this user"
            ),
            (
                .loginFailed(
                    .init(session: session, mechanism: "USER", side: .relay, reason: Array("no-route".utf8))
                ),
                "login with USER refused by Popsieve: no route for user me@example.com"
            ),
            (
                .deleted(.init(session: session, number: 3, side: .relay, isKept: true)),
                "DELE 3  not passed on: the message was withheld, it stays on the server"
            ),
            (.sessionOpened(.init(session: stranger, port: 1, listener: "[::]:995")), "connects to [::]:995"),
            (.clientSecured(.init(session: stranger, tls: tls)), "speaks TLSv1.3"),
            (
                .upstreamConnected(.init(session: session, address: "2001:db8::1", port: 995)),
                "server office [2001:db8::1]:995"
            ),
            (
                .upstreamFailed(.init(session: session, phase: "connect", reason: Array("refused".utf8))),
                "server office failed at connect: refused"
            ),
            (
                .loginSucceeded(.init(session: session, mechanism: "PLAIN")),
                "logged in with PLAIN"
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
                "login with USER refused by server: [AUTH] no"
            ),
            (
                .protocolViolation(
                    .init(session: stranger, side: .client, name: "http", detail: Array("GET /\r\n\u{1B}[2J".utf8))
                ),
                "client broke the protocol: http  GET /\u{FFFD}\u{FFFD}\u{FFFD}[2J"
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
                "closed by client: quit  1 message, 2.1 MB, 2 deleted, 7.1 s"
            ),
            (
                .serviceStarted(.init(version: "0.1", process: 1, listeners: ["[::1]:1110"], upstreams: ["office"])),
                "Popsieve 0.1 started  [::1]:1110 for office"
            ),
            (
                .serviceStopped(.init(reason: "SIGTERM", sessions: 12, cut: 1, milliseconds: 61_007)),
                "Popsieve stopped: SIGTERM  12 sessions, 1 cut off, 61.0 s"
            ),
            (
                .serviceStopped(.init(reason: "SIGTERM", sessions: 1, cut: 0, milliseconds: 7_000)),
                "Popsieve stopped: SIGTERM  1 session, 0 cut off, 7.0 s"
            ),
            (.rulesLoaded(.init(files: [], depth: "none")), "rules loaded: none  depth none"),
            (
                .rulesRejected(
                    .init(diagnostics: [AuditDiagnostic(file: "a.sieve", line: 3, column: 1, message: "oops")])
                ),
                "rules rejected, the ones before stay in force"
            ),
            (
                .settingsRejected(
                    .init(diagnostics: [AuditDiagnostic(file: "p.yaml", line: 0, column: 0, message: "gone")])
                ),
                "settings rejected, the ones before stay in force"
            ),
            (.settingsReloaded(.init(file: nil)), "settings read again"),
            (
                .settingsReloaded(.init(file: "p.yaml", changes: ["listener opened: [::]:995"])),
                "settings read again  p.yaml  listener opened: [::]:995"
            ),
            (.certificatesReloaded(.init(files: ["a.pem"])), "certificates read again: a.pem"),
            (.certificatesRejected(.init(diagnostics: [])), "certificates rejected, the ones before stay in force"),
        ] as [(AuditEvent, String)]
    )
    func eventsOfThisVersion(event: AuditEvent, expected: String) throws {
        #expect(try sentence(bytes([event])) == expected)
    }

    @Test(
        arguments: [
            (#"{"event":"audit_lost","lines":1}"#, "1 line is missing here: it could not be written"),
            (#"{"event":"chain_started","reason":"new-file","after":"0"}"#, "the chain goes on in a new file"),
            (#"{"event":"chain_started","reason":"half-line","after":"0"}"#, "the chain goes on behind half a line"),
            (#"{"event":"chain_started","reason":"nothing-before"}"#, "a chain begins: there is no line before"),
            (#"{"event":"chain_started","reason":"no-chain-before"}"#, "a chain begins: the line before is in none"),
            (#"{"event":"chain_started","reason":"x"}"#, "a chain begins: x"),
            (#"{"event":"audit_lost","lines":5}"#, "5 lines are missing here: they could not be written"),
            (#"{"v":9,"event":"leap"}"#, #"leap  {"v":9,"event":"leap"}"#), (#"{"event":"message"}"#, "message ?  ?"),
            (
                #"{"event":"message","command":"RETR","number":3,"verdict":"rejected"}"#, "RETR 3  rejected"
            ),
            (
                #"{"event":"message_ended","command":"RETR","number":3,"octets_in":1,"octets_out":48260}"#,
                "RETR 3 is with the client, 48 KB"
            ),
            (
                #"{"event":"message_ended","number":3,"octets_out":12,"complete":false}"#,
                "message 3 broke off after 12 B"
            ),
            (
                #"{"event":"message_ended","command":"TOP","number":3,"octets_out":12,"body_defects":["bare-lf"]}"#,
                "TOP 3 is with the client, 12 B  bare-lf"
            ),
            (
                #"{"event":"session_refused","listener":"[::]:995","reason":"limits.sessions","refusals":3}"#,
                "refused at [::]:995: limits.sessions  3 clients"
            ),
            (
                #"{"event":"login_failed","mechanism":"NTLM","side":"relay","reason":"unknown"}"#,
                "login with NTLM refused by Popsieve: unknown"
            ),
        ]
    )
    func linesOfOtherVersions(line: String, expected: String) throws {
        #expect(try sentence(Array(line.utf8)) == expected)
    }

    /// The events of the first table of Schema.md.
    private static var documented: [String] {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
        let text = try? String(contentsOf: root.appending(path: "Sources/Audit/Audit.docc/Schema.md"), encoding: .utf8)
        return (text ?? "").split(separator: "\n").drop { !$0.hasPrefix("| `event` |") }.dropFirst(2)
            .prefix { $0.hasPrefix("| `") }.compactMap { $0.split(separator: "`").dropFirst().first.map(String.init) }
    }

    @Test func everyEventOfTheSchemaHasItsSentence() {
        #expect(Self.documented.count > 15)
        #expect(Self.documented.filter { !Sentence.events.contains($0) } == [])
    }

    @Test func nothingThatATerminalObeysIsInASentence() throws {
        let treacherous = "\u{1B}[31m\u{202E}\u{2028}\u{0}"
        for event in Sentence.events + ["later"] {
            let texts = ["reason", "listener", "user", "mechanism", "verdict", "detail", "failure", "file", "phase"]
            let fields = texts.map { ",\"\($0)\":\"\\u001b[31m\\u202e\\u2028\\u0000\"" }.joined()
            let text = try sentence(Array("{\"event\":\"\(event)\"\(fields)}".utf8))
            #expect(!text.unicodeScalars.contains { treacherous.unicodeScalars.contains($0) && $0.isTreacherous })
        }
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

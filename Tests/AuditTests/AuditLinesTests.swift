// Every kind of line, field by field: the schema's own test.
// Must not use the reader: what is compared is bytes.

import Audit
import Testing

private let tls = AuditTLS(version: "TLSv1.3", cipher: "TLS_AES_256_GCM_SHA384")
private let start = #"{"v":1,"time":"2026-11-23T08:15:04.123456Z","event":"#
private let who = #""session":"k3f9","client":"192.0.2.7","user":"me@example.com","upstream":"office""#
private let stranger = AuditSession(id: "k3f9", client: "2001:db8::7")
private let fault = AuditDiagnostic(file: "20-spam.sieve", line: 14, column: 3, message: "unknown test")

@Suite struct AuditLinesTests {
    @Test(
        arguments: [
            (
                .serviceStarted(.init(version: "0.1", process: 42, listeners: ["[::1]:1110"], upstreams: ["office"])),
                #""service_started","version":"0.1","process":42,"listeners":["[::1]:1110"],"upstreams":["office"]}"#
            ),
            (
                .serviceStopped(.init(reason: "SIGTERM", sessions: 12, cut: 1, milliseconds: 61_007)),
                #""service_stopped","reason":"SIGTERM","sessions":12,"cut":1,"seconds":61.007}"#
            ),
            (
                .rulesLoaded(.init(files: ["20-spam.sieve"], depth: "header")),
                #""rules_loaded","files":["20-spam.sieve"],"depth":"header","warnings":[]}"#
            ),
            (
                .rulesRejected(.init(diagnostics: [fault])),
                #""rules_rejected","diagnostics":["#
                    + #"{"file":"20-spam.sieve","line":14,"column":3,"message":"unknown test"}]}"#
            ),
            (.settingsReloaded(.init(file: "popsieve.yaml")), #""settings_reloaded","file":"popsieve.yaml"}"#),
            (.settingsReloaded(.init(file: nil)), #""settings_reloaded"}"#),
            (
                .settingsReloaded(.init(file: "a.yaml", changes: ["listener closed: 127.0.0.1:110"])),
                #""settings_reloaded","file":"a.yaml","changes":["listener closed: 127.0.0.1:110"]}"#
            ),
            (
                .sessionRefused(.init(client: "2001:db8::7", port: 1, listener: "[::]:110")),
                #""session_refused","client":"2001:db8::7","client_port":1,"listener":"[::]:110","#
                    + #""reason":"too many sessions","refusals":1}"#
            ),
            (
                .sessionRefused(.init(listener: "[::]:110", refusals: 17)),
                #""session_refused","listener":"[::]:110","reason":"too many sessions","refusals":17}"#
            ),
            (.settingsRejected(.init(diagnostics: [])), #""settings_rejected","diagnostics":[]}"#),
            (
                .certificatesReloaded(.init(files: ["a.pem", "b.pem"])),
                #""certificates_reloaded","files":["a.pem","b.pem"]}"#
            ),
            (.certificatesRejected(.init(diagnostics: [])), #""certificates_rejected","diagnostics":[]}"#),
            (
                .sessionOpened(.init(session: stranger, port: 50_110, listener: "[::]:110")),
                #""session_opened","session":"k3f9","client":"2001:db8::7","client_port":50110,"listener":"[::]:110"}"#
            ),
            (
                .clientSecured(.init(session: stranger, tls: tls)),
                #""client_secured","session":"k3f9","client":"2001:db8::7","#
                    + #""tls":"TLSv1.3","cipher":"TLS_AES_256_GCM_SHA384"}"#
            ),
            (
                .upstreamConnected(.init(session: session, address: "198.51.100.1", port: 995, tls: tls)),
                #""upstream_connected",\#(who),"address":"198.51.100.1","port":995,"#
                    + #""tls":"TLSv1.3","cipher":"TLS_AES_256_GCM_SHA384"}"#
            ),
            (
                .upstreamFailed(.init(session: session, phase: "connect", reason: Array("refused".utf8))),
                #""upstream_failed",\#(who),"phase":"connect","reason":"refused"}"#
            ),
            (
                .loginSucceeded(.init(session: session, mechanism: "PLAIN")),
                #""login_succeeded",\#(who),"mechanism":"PLAIN"}"#
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
                #""login_failed",\#(who),"mechanism":"USER","side":"upstream","code":"AUTH","reason":"no"}"#
            ),
            (
                .message(
                    .init(
                        session: session,
                        command: .top,
                        number: 1,
                        verdict: "passed",
                        depth: "none",
                        totals: .init(octetsIn: 0, octetsOut: 0)
                    )
                ),
                #""message",\#(who),"command":"TOP","number":1,"octets_in":0,"octets_out":0,"verdict":"passed","#
                    + #""rules":[],"defects":[],"depth":"none","rules_us":0}"#
            ),
            (
                .message(
                    .init(session: session, command: .retr, number: 1, verdict: "passed", depth: "none", totals: nil)
                ),
                #""message",\#(who),"command":"RETR","number":1,"verdict":"passed","#
                    + #""rules":[],"defects":[],"depth":"none","rules_us":0,"ended":false}"#
            ),
            (
                .messageEnded(
                    .init(
                        session: session,
                        command: .retr,
                        number: 1,
                        totals: .init(octetsIn: 5, octetsOut: 6, bodyDefects: ["bare-lf"], isComplete: false)
                    )
                ),
                #""message_ended",\#(who),"command":"RETR","number":1,"octets_in":5,"octets_out":6,"#
                    + #""body_defects":["bare-lf"],"complete":false}"#
            ),
            (
                .released(
                    .init(
                        user: Array("me".utf8),
                        upstream: "office",
                        uidl: Array("u7".utf8),
                        copy: AuditCopy(folder: "Junk", identifier: "8f3a"),
                        person: "anna"
                    )
                ),
                #""released","user":"me","upstream":"office","uidl":"u7","folder":"Junk","id":"8f3a","by":"anna"}"#
            ),
            (
                .removed(
                    .init(
                        user: [],
                        upstream: "a",
                        uidl: nil,
                        copy: AuditCopy(folder: "Junk", identifier: "8f3a"),
                        person: "anna"
                    )
                ),
                #""removed","user":"","upstream":"a","folder":"Junk","id":"8f3a","by":"anna"}"#
            ),
            (.expired(.init(messages: 3, octets: 7)), #""expired","messages":3,"octets":7}"#),
            (
                .deletionsUndone(.init(session: session, deletions: 2)),
                #""deletions_undone",\#(who),"deletions":2}"#
            ),
            (
                .deleted(.init(session: session, number: 7, side: .relay, isKept: true)),
                #""deleted",\#(who),"number":7,"side":"relay","kept":true}"#
            ),
            (
                .deleted(.init(session: session, number: 7, uidl: Array("u7".utf8), side: .upstream)),
                #""deleted",\#(who),"number":7,"uidl":"u7","side":"upstream"}"#
            ),
            (
                .deleted(.init(session: session, number: 7, side: .relay, refusal: Array("rejected".utf8))),
                #""deleted",\#(who),"number":7,"side":"relay","refusal":"rejected"}"#
            ),
            (
                .protocolViolation(.init(session: stranger, side: .client, name: "http", detail: Array("GET /".utf8))),
                #""protocol_violation","session":"k3f9","client":"2001:db8::7","#
                    + #""side":"client","name":"http","detail":"GET /"}"#
            ),
            (
                .sessionClosed(
                    .init(
                        session: session,
                        side: .client,
                        reason: "quit",
                        messages: 3,
                        octetsIn: 48_211,
                        octetsOut: 48_260,
                        deletions: 2,
                        milliseconds: 1234
                    )
                ),
                #""session_closed",\#(who),"side":"client","reason":"quit","messages":3,"#
                    + #""octets_in":48211,"octets_out":48260,"deletions":2,"seconds":1.234}"#
            ),
        ] as [(AuditEvent, String)]
    )
    func line(event: AuditEvent, rest: String) {
        #expect(text(event) == start + rest + "\n")
    }

    @Test func messageWithEverything() {
        let event = AuditEvent.Message(
            session: session,
            command: .retr,
            number: 3,
            uidl: Array("000017b0".utf8),
            verdict: "tagged",
            rules: [
                AuditRule(file: "20-spam.sieve", line: 14, action: "addheader X-Spam-Flag"),
                AuditRule(file: "30-size.sieve", line: 2, action: "stop"),
            ],
            defects: ["bare-lf", "bare-cr"],
            depth: "header",
            rulesMicroseconds: 41,
            edits: ["-X-Popsieve-Verdict", "+X-Spam-Flag"],
            debug: ["20-spam.sieve:3: here"],
            failure: "30-size.sieve:2: match limit",
            totals: .init(octetsIn: 48_211, octetsOut: 48_260, isComplete: false)
        )
        #expect(
            text(.message(event))
                == start + #""message",\#(who),"command":"RETR","number":3,"uidl":"000017b0","#
                + #""octets_in":48211,"octets_out":48260,"verdict":"tagged","#
                + #""rules":[{"file":"20-spam.sieve","line":14,"action":"addheader X-Spam-Flag"},"#
                + #"{"file":"30-size.sieve","line":2,"action":"stop"}],"defects":["bare-lf","bare-cr"],"#
                + #""edits":["-X-Popsieve-Verdict","+X-Spam-Flag"],"debug":["20-spam.sieve:3: here"],"#
                + #""failure":"30-size.sieve:2: match limit","#
                + #""depth":"header","rules_us":41,"complete":false}"# + "\n"
        )
    }

    @Test(arguments: [
        (1, #"["a"],"defects_left_out":2"#), (2, #"["a","b"],"defects_left_out":1"#), (3, #"["a","b","c"],"#),
    ])
    func longListSaysHowMuchIsMissing(limit: Int, expected: String) {
        var limits = AuditLimits()
        limits.list = limit
        let message = AuditEvent.Message(
            session: session,
            command: .retr,
            number: 1,
            verdict: "passed",
            defects: ["a", "b", "c"],
            depth: "none",
            totals: nil
        )
        let line = String(decoding: lines([.message(message)], limits: limits).bytes, as: UTF8.self)
        #expect(line.contains(#""defects":"# + expected))
    }

    @Test(
        arguments: [
            (0, 0, "1970-01-01T00:00:00.000000Z"),
            (951_782_400, 1, "2000-02-29T00:00:00.000001Z"),
            (951_868_799, 999_999, "2000-02-29T23:59:59.999999Z"),
            (4_107_542_399, 10, "2100-02-28T23:59:59.000010Z"),
            (4_107_542_400, 0, "2100-03-01T00:00:00.000000Z"),
            (253_402_300_799, 0, "9999-12-31T23:59:59.000000Z"),
            (-1, -5, "1970-01-01T00:00:00.000000Z"),
            (.max, .max, "9999-12-31T23:59:59.999999Z"),
        ] as [(Int64, Int32, String)]
    )
    func time(seconds: Int64, microseconds: Int32, expected: String) {
        var lines = AuditLines()
        let time = AuditTime(seconds: seconds, microseconds: microseconds)
        lines.append(event(1), at: time)
        lines.append(event(2), at: time)
        let times = String(decoding: lines.bytes, as: UTF8.self).split(separator: "\n").map {
            $0.dropFirst(15).prefix(27)
        }
        #expect(times == [expected[...], expected[...]])
    }

    @Test func secondIsWrittenAnewWhenItChanges() {
        var lines = AuditLines()
        lines.append(event(1), at: AuditTime(seconds: 59, microseconds: 1))
        lines.append(event(1), at: AuditTime(seconds: 60, microseconds: 1))
        lines.append(event(1), at: AuditTime(seconds: 59, microseconds: 1))
        let times = String(decoding: lines.bytes, as: UTF8.self).split(separator: "\n").map {
            $0.dropFirst(31).prefix(4)
        }
        #expect(times == [":59.", ":00.", ":59."])
    }

    @Test(arguments: [(Int.min, "-9223372036854775808"), (Int.max, "9223372036854775807"), (-1, "-1"), (10, "10")])
    func number(number: Int, expected: String) {
        #expect(text(event(number)).contains(#""number":\#(expected),"#))
    }

    @Test func emptiedBufferStartsAgain() {
        var lines = lines([event(1), event(2)])
        #expect(lines.count == 2)
        lines.removeAll()
        #expect(lines.isEmpty)
        #expect(lines.bytes.isEmpty)
        lines.append(event(3), at: moment)
        #expect(lines.count == 1)
    }
}

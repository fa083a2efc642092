// What a log comes to: each kind of line where it is counted, names without end, clocks that jump.
// Must not draw anything.

import Audit
import Foundation
import Testing

@testable import AuditReading

@Suite struct ReportTests {
    private func totals(_ events: [AuditEvent], limits: ReportLimits = ReportLimits()) -> ReportTotals {
        var totals = ReportTotals(limits: limits)
        var reader = AuditReader()
        for entry in reader.read(bytes(events)) {
            switch entry {
            case .record(let record): totals.add(record)
            case .unreadable: totals.addUnreadable()
            }
        }
        return totals
    }

    private func login(_ user: String, fails: Bool = false, from client: String = "192.0.2.7") -> AuditEvent {
        let session = AuditSession(id: "s", client: client, user: Array(user.utf8), upstream: "office")
        if !fails { return .loginSucceeded(.init(session: session, mechanism: "PLAIN")) }
        let code = Array("AUTH".utf8)
        return .loginFailed(.init(session: session, mechanism: "PLAIN", side: .upstream, code: code, reason: [0x78]))
    }

    @Test func eachKindIsCounted() {
        let rule = AuditRule(file: "10-spam.sieve", line: 8, action: "addheader X")
        let totals = totals([
            .sessionOpened(.init(session: stranger, port: 1, listener: "l")),
            login("a"), login("a", fails: true), login("b"),
            message(1, verdict: "tagged", octets: 100, rules: [rule]), message(2, octets: 50),
            .upstreamFailed(.init(session: stranger, phase: "connect", reason: Array("refused".utf8))),
            .sessionClosed(
                .init(
                    session: stranger,
                    side: .client,
                    reason: "quit",
                    messages: 2,
                    octetsIn: 1,
                    octetsOut: 1,
                    deletions: 2,
                    milliseconds: 1
                )
            ),
        ])
        #expect(totals.sessions == 1 && totals.logins == 2 && totals.failedLogins == 1 && totals.messages == 2)
        #expect(totals.octets == 150 && totals.deletions == 2 && totals.lines == 8)
        #expect(totals.verdicts.top(9, by: { $0 }).names.map(\.0) == ["passed", "tagged"])
        #expect(totals.rules.top(9, by: \.hits).names.map(\.0) == ["10-spam.sieve:8  addheader X"])
        let failures = totals.failures.top(9, by: { $0 }).names.map(\.0)
        #expect(failures == ["login, refused by server [AUTH]", "upstream, connect: refused"])
        let users = totals.users.top(9, by: \.weight).names
        #expect(users.map(\.0) == ["a", "me@example.com", "b"])
        #expect(users[0].1.logins == 1 && users[0].1.failures == 1 && users[1].1.messages == 2)
    }

    /// An attacker makes up a name for each login; those who are there often stay known.
    @Test func namesWithoutEndTakeBoundedMemory() {
        var limits = ReportLimits()
        limits.names = 10
        let events = (0..<2_000).flatMap { [login("made-up-\($0)", fails: true), login("anna")] }
        let totals = totals(events, limits: limits)
        #expect(totals.users.count <= 21 && totals.users.isCut)
        let (top, rest) = totals.users.top(1, by: \.weight)
        #expect(top.map(\.0) == ["anna"] && top[0].1.logins == 2_000)
        #expect(rest.failures == 2_000)
    }

    @Test func whatIsUnknownIsNoHarm() {
        var totals = ReportTotals()
        var reader = AuditReader()
        let text =
            "{\"v\":9,\"event\":\"leap\"}\n\n{\"v\":1,\"ti\n{\"event\":\"message\",\"rules\":[7,{}],\"octets_out\":\"x\"}\n{\"half"
        for entry in reader.read(Array(text.utf8)) + [reader.finish()].compactMap(\.self) {
            switch entry {
            case .record(let record): totals.add(record)
            case .unreadable: totals.addUnreadable()
            }
        }
        #expect(totals.lines == 2 && totals.unreadable == 2 && totals.messages == 1)
    }

    @Test func periodsAreHoursOrDaysAndHaveNoGaps() throws {
        func periods(_ offsets: [Int64]) throws -> (noun: String, periods: [ReportPeriod]) {
            var totals = ReportTotals()
            var reader = AuditReader()
            for offset in offsets {
                let time = AuditTime(seconds: moment.seconds + offset, microseconds: 0)
                for case .record(let record) in reader.read(bytes([message(1)], at: time)) { totals.add(record) }
            }
            return totals.periods(in: try #require(TimeZone(identifier: "UTC")))
        }
        // A clock that is set back by two hours in between.
        let hourly = try periods([0, 7_200, 0])
        #expect(hourly.noun == "hour")
        #expect(hourly.periods.map(\.name) == ["2026-11-23 08:00", "2026-11-23 09:00", "2026-11-23 10:00"])
        #expect(hourly.periods.map(\.messages) == [2, 0, 1])
        // One that was wrong at the start of its machine.
        let bars = ReportLimits().bars
        let old = try periods([-moment.seconds, 0])
        #expect(old.periods.count == bars && old.periods.map(\.messages) == Array(repeating: 0, count: bars - 1) + [1])
        let daily = try periods([0, 86_400 * 3])
        #expect(daily.noun == "day")
        #expect(daily.periods.map(\.name) == ["2026-11-23", "2026-11-24", "2026-11-25", "2026-11-26"])
    }

    @Test(
        arguments: [
            (["a", "a.1", "a.10", "a.2"], ["a.10", "a.2", "a.1", "a"]),
            (["b.1", "a.2", "b", "a"], ["b.1", "b", "a.2", "a"]),
            (["-"], ["-"]), (["a.jsonl", "a.x"], ["a.jsonl", "a.x"]),
        ]
    )
    func filesGoFromTheOldestToTheYoungest(given: [String], expected: [String]) {
        #expect(LogFiles.inOrder(given) == expected)
    }
}

// Which lines are selected, and the last ones of a file.

import Audit
import Foundation
import Patterns
import Testing

@testable import AuditReading

@Suite struct LogSelectionTests {
    private func numbers(_ entries: [AuditReader.Entry]) -> [Int?] {
        entries.map { entry in
            if case .record(let record) = entry { record.number("number") } else { nil }
        }
    }

    @Test(
        arguments: [
            (AuditFilter(), [1, 2, 3]),
            (AuditFilter(user: [Glob("ME@*")]), [1, 2, 3]),
            (AuditFilter(user: [Glob("you@*")]), []),
            (AuditFilter(verdict: ["tagged"]), [2]), (AuditFilter(verdict: ["tagged", "rejected"]), [2]),
            (AuditFilter(user: [Glob("you@*"), Glob("me@*")]), [1, 2, 3]),
            (AuditFilter(session: ["k3"]), [1, 2, 3]),
            (AuditFilter(session: ["3f9"]), []),
            (AuditFilter(user: [Glob("*")], verdict: ["tagged"], session: ["k3f9"], event: ["message"]), [2]),
            (AuditFilter(verdict: ["tagged"], event: ["deleted"]), []), (AuditFilter(leftOut: ["message"]), []),
            (AuditFilter(leftOut: ["deleted"]), [1, 2, 3]),
        ] as [(AuditFilter, [Int])]
    )
    func filters(filter: AuditFilter, expected: [Int]) {
        let events = [message(1), message(2, verdict: "tagged"), message(3)]
        var selection = LogSelection(filter)
        #expect(numbers(selection.entries(in: bytes(events))) == expected)
    }

    @Test func userFilterLeavesOutWhatHasNoUser() {
        let opened = AuditEvent.sessionOpened(.init(session: stranger, port: 1, listener: "[::]:110"))
        var selection = LogSelection(AuditFilter(user: [Glob("*")]))
        #expect(selection.entries(in: bytes([opened])) == [])
    }

    @Test(arguments: [(AuditFilter(), 1), (AuditFilter(leftOut: ["message"]), 1), (AuditFilter(session: ["k"]), 0)])
    func halfALineIsShownUnlessParticularLinesAreWanted(filter: AuditFilter, count: Int) {
        var selection = LogSelection(filter)
        #expect(selection.entries(in: Array("{\"event\":".utf8)) == [])
        #expect(selection.finish().count == count)
    }

    @Test(arguments: [0, 1, 300, 599, 600, 1000])
    func lastLines(count: Int) throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("popsieve-" + UUID().uuidString).path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let rule = AuditRule(file: "20-spam.sieve", line: 1, action: String(repeating: "long ", count: 100))
        let all = bytes((1...600).map { number in message(number, rules: [rule]) })
        try #require(all.count > 256 * 1024)
        try Data(all).write(to: URL(fileURLWithPath: path))
        var selection = LogSelection()
        var follower = LogFollower(path: path)
        let last = try #require(try selection.last(count, of: &follower))
        #expect(numbers(last) == Array((1...600).suffix(count)))
        #expect(try follower.step() == .nothing)
    }
}

// Metrics as text: what Prometheus's own checker takes, and what its parser would read.

import CoreMetrics
import Testing

@testable import Prometheus

@Suite struct TextTests {
    private let registry = PrometheusRegistry([
        MetricFamily("mail_total", .counter, "Mail, with \\ and\na line."),
        MetricFamily("room", .gauge, "Room."),
        MetricFamily("wait_seconds", .histogram([0.5, 1, 2]), "Wait."),
    ])

    @Test func nothingIsSaidOfWhatNobodyTold() {
        #expect(registry.text() == "")
    }

    @Test func countersAndGauges() {
        Counter(label: "mail_total", dimensions: [("verdict", "tagged")], factory: registry).increment(by: 2)
        Counter(label: "mail_total", dimensions: [("verdict", "passed")], factory: registry).increment()
        Counter(label: "mail_total", dimensions: [("verdict", "tagged")], factory: registry).increment()
        Meter(label: "room", dimensions: [], factory: registry).set(0.25)
        let expected = """
            # HELP mail_total Mail, with \\\\ and\\na line.
            # TYPE mail_total counter
            mail_total{verdict="passed"} 1
            mail_total{verdict="tagged"} 3
            # HELP room Room.
            # TYPE room gauge
            room 0.25

            """
        #expect(registry.text() == expected)
    }

    @Test func labelsCantBreakOut() {
        Meter(label: "room", dimensions: [("file", "a\"b\\c\nd} 7")], factory: registry).set(1)
        #expect(registry.text().hasSuffix("\nroom{file=\"a\\\"b\\\\c\\nd} 7\"} 1\n"))
    }

    @Test func histogramsAddUp() {
        let timer = Timer(label: "wait_seconds", factory: registry)
        for milliseconds in [125, 500, 625, 2_000, 9_000] { timer.recordMilliseconds(milliseconds) }
        let expected = """
            # HELP wait_seconds Wait.
            # TYPE wait_seconds histogram
            wait_seconds_bucket{le="0.5"} 2
            wait_seconds_bucket{le="1"} 3
            wait_seconds_bucket{le="2"} 4
            wait_seconds_bucket{le="+Inf"} 5
            wait_seconds_sum 12.25
            wait_seconds_count 5

            """
        #expect(registry.text() == expected)
    }

    @Test func histogramsOfOthersAreTakenAsTheyAre() {
        registry.histogram("wait_seconds").set(counts: [1, 0, 0, 1], sum: 7)
        // Of other bounds: nothing that could be shown.
        registry.histogram("wait_seconds").set(counts: [1], sum: 1)
        #expect(
            registry.text().contains("wait_seconds_bucket{le=\"+Inf\"} 2\nwait_seconds_sum 7\nwait_seconds_count 2\n")
        )
    }

    @Test func anotherKindIsShownNowhere() {
        Meter(label: "mail_total", dimensions: [], factory: registry).set(1)
        Counter(label: "wait_seconds", dimensions: [], factory: registry).increment()
        #expect(registry.text() == "")
    }

    @Test func whatNobodyHasDescribedComesLast() {
        Meter(label: "another", dimensions: [], factory: registry).set(1)
        Meter(label: "room", dimensions: [], factory: registry).set(1)
        #expect(registry.text().hasSuffix("room 1\n# TYPE another gauge\nanother 1\n"))
    }

    @Test func whatIsClearedIsGoneUntilItIsTold() {
        Meter(label: "room", dimensions: [("a", "1")], factory: registry).set(1)
        registry.clear("room")
        #expect(registry.text() == "")
        Meter(label: "room", dimensions: [("a", "2")], factory: registry).set(1)
        #expect(registry.text().contains("room{a=\"2\"} 1\n") && !registry.text().contains("a=\"1\""))
    }

    @Test func seriesHaveALimit() {
        for number in 0..<Limits.series + 1 {
            Meter(label: "room", dimensions: [("n", "\(number)")], factory: registry).set(1)
        }
        let lines = registry.text().split(separator: "\n").filter { $0.hasPrefix("room{") }
        #expect(lines.count == Limits.series)
        registry.clear("room")
        Meter(label: "room", dimensions: [], factory: registry).set(2)
        #expect(registry.text().contains("room 2\n"))
    }

    @Test(arguments: [(0.0, "0"), (1e15, "1000000000000000"), (0.1, "0.1"), (.infinity, "+Inf"), (.nan, "NaN")])
    func numbers(_ value: Double, _ shown: String) {
        Meter(label: "room", dimensions: [], factory: registry).set(value)
        #expect(registry.text().hasSuffix("\nroom \(shown)\n"))
    }
}

// The dashboard and the alert rules: they name what is exported, and the programs they are for take them.

import ChildProcess
import Foundation
import Prometheus
import Testing

@testable import popsieve

@Suite struct MetricsFilesTests {
    private static let exported = Set(MetricsCatalogue.families.flatMap(\.series))

    private func names(_ expression: String) -> Set<String> {
        Set(expression.matches(of: /\b(?:popsieve|process)_[a-z_]+/).map { String($0.0) })
    }

    @Test func alertsNameWhatIsExported() {
        for rule in AlertRule.all {
            let unknown = names(rule.expression).subtracting(Self.exported)
            #expect(unknown.isEmpty, "\(rule.name)")
        }
        #expect(AlertRule.all.count { !names($0.expression).isEmpty } == AlertRule.all.count - 1)
        #expect(Set(AlertRule.all.map(\.name)).count == AlertRule.all.count)
    }

    @Test func panelsNameWhatIsExported() {
        for panel in DashboardPanel.all {
            for query in panel.queries {
                let named = names(query.expression)
                #expect(!named.isEmpty && named.isSubset(of: Self.exported), "\(panel.title)")
            }
        }
    }

    /// What is worth exporting is worth a diagram, but for what stands beside others.
    @Test func eachMetricIsInADiagram() {
        let shown = DashboardPanel.all.flatMap(\.queries).reduce(into: Set<String>()) {
            $0.formUnion(names($1.expression))
        }
        let unseen = MetricsCatalogue.families.filter { shown.isDisjoint(with: $0.series) }.map(\.name)
        #expect(
            unseen == [
                "popsieve_rule_files", "popsieve_audit_lost_lines_total", "popsieve_reloads_total",
                "popsieve_reload_last_success_timestamp_seconds", "process_start_time_seconds",
            ]
        )
    }

    @Test func theDashboardIsJSON() throws {
        let board = try #require(
            try JSONSerialization.jsonObject(with: Data(Dashboard.text.utf8)) as? [String: Any]
        )
        #expect((board["panels"] as? [[String: Any]])?.count == DashboardPanel.all.count)
        #expect(board["uid"] as? String == "popsieve")
    }

    /// In the convention of Prometheus: seconds and bytes, and `_total` at counters alone.
    @Test func namesFollowTheConvention() {
        for family in MetricsCatalogue.families {
            #expect((family.kind == .counter) == family.name.hasSuffix("_total"), "\(family.name)")
            if case .histogram = family.kind { #expect(family.name.hasSuffix("_seconds"), "\(family.name)") }
            #expect(family.name.contains(/^[a-z_]+$/) && family.help.hasSuffix("."), "\(family.name)")
        }
    }

    @Test func prometheusTakesTheAlerts() async throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("alerts.yml", AlertRule.text)
        let output = try folder.write("said", "")
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: output))
        let process = try ChildProcess(
            path: "/usr/bin/promtool",
            ["check", "rules", file],
            output: handle,
            errors: handle
        )
        let status = await process.end()
        #expect(status == 0, "\((try? String(contentsOfFile: output, encoding: .utf8)) ?? "")")
    }

    @Test(
        arguments: [
            ("metrics", "popsieve_sessions "), ("metrics --alerts", "groups:"), ("metrics --dashboard", "\"panels\""),
        ]
    )
    func arePrinted(_ command: String, _ part: String) async throws {
        let ended = try await TemporaryFolder().popsieve(command.split(separator: " ").map(String.init))
        #expect(ended.status == 0 && ended.output.contains(part) && ended.errors == "")
    }
}

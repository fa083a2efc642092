// `popsieve metrics`: what is exported, and files for those who look at it.
// Must not ask a relay; Prometheus does.

import ArgumentParser
import Prometheus

struct MetricsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "metrics",
        abstract: "List metrics; print a dashboard or alert rules.",
        discussion: """
            A relay exports metrics over HTTP where its settings say so: metrics: 127.0.0.1:9110

              popsieve metrics                            each with its meaning
              popsieve metrics --dashboard > board.json   to import into Grafana
              popsieve metrics --alerts > alerts.yml      for rule_files in prometheus.yml

            Exit codes: 0 all is well; 64 the command line is wrong; 74 standard output takes nothing.
            """
    )

    enum Output: EnumerableFlag {
        case list
        case dashboard
        case alerts

        static func help(for value: Output) -> ArgumentHelp? {
            switch value {
            case .list: "Print names, kinds and meanings."
            case .dashboard: "Print a dashboard for Grafana."
            case .alerts: "Print alert rules for Prometheus."
            }
        }
    }

    @Flag var output = Output.list

    func run() throws {
        StandardOutput.outlivesItsReader()
        switch output {
        case .list: try StandardOutput.write(MetricsCatalogue.text)
        case .dashboard: try StandardOutput.write(Dashboard.text)
        case .alerts: try StandardOutput.write(AlertRule.text)
        }
    }
}

extension MetricsCatalogue {
    /// A line each.
    fileprivate static var text: String {
        let width = families.map(\.name.count).max() ?? 0
        return families.map { family in
            let blanks = String(repeating: " ", count: width - family.name.count)
            return
                "\(family.name)\(blanks)  \(family.kind.word)\(family.kind.word == "gauge" ? "    " : "  ")\(family.help)\n"
        }.joined()
    }
}

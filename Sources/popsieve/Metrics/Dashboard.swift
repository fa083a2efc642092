// A dashboard for Grafana: its panels as a table, and what Grafana wants around them.
// Must not name a metric that is not exported; a test compares them.

import Foundation

/// One diagram.
struct DashboardPanel {
    var title: String
    /// Grafana's name.
    var unit: String
    /// Expressions with their legends; `$S` stands for the label that chooses instances.
    var queries: [(expression: String, legend: String)]

    static let all = [
        DashboardPanel(
            title: "Sessions",
            unit: "short",
            queries: [
                ("sum by (phase) (popsieve_sessions{$S})", "{{phase}}"),
                ("sum(popsieve_sessions_allowed{$S})", "allowed"),
            ]
        ),
        DashboardPanel(
            title: "Logins",
            unit: "ops",
            queries: [
                ("sum by (outcome) (rate(popsieve_logins_total{$S}[$__rate_interval]))", "{{outcome}}")
            ]
        ),
        DashboardPanel(
            title: "Messages by verdict",
            unit: "ops",
            queries: [
                ("sum by (verdict) (rate(popsieve_messages_total{$S}[$__rate_interval]))", "{{verdict}}")
            ]
        ),
        DashboardPanel(
            title: "Octets",
            unit: "Bps",
            queries: [
                ("sum(rate(popsieve_upstream_received_bytes_total{$S}[$__rate_interval]))", "from servers"),
                ("sum(rate(popsieve_client_sent_bytes_total{$S}[$__rate_interval]))", "to clients"),
            ]
        ),
        DashboardPanel(
            title: "Time to the first octet",
            unit: "s",
            queries: quantiles("popsieve_message_first_octet_seconds")
        ),
        DashboardPanel(title: "What rules take", unit: "s", queries: quantiles("popsieve_rule_evaluation_seconds")),
        DashboardPanel(
            title: "Rules that act",
            unit: "ops",
            queries: [
                (
                    "topk(15, sum by (file, line) (rate(popsieve_rule_hits_total{$S}[$__rate_interval])))",
                    "{{file}}:{{line}}"
                )
            ]
        ),
        DashboardPanel(
            title: "Ends of sessions",
            unit: "ops",
            queries: [
                (
                    "sum by (side, reason) (rate(popsieve_sessions_closed_total{$S}[$__rate_interval]))",
                    "{{side}}: {{reason}}"
                ),
                ("sum(rate(popsieve_sessions_opened_total{$S}[$__rate_interval]))", "opened"),
            ]
        ),
        DashboardPanel(
            title: "Kept away",
            unit: "ops",
            queries: [
                (
                    "sum by (reason) (rate(popsieve_clients_refused_total{$S}[$__rate_interval]))",
                    "too many sessions: {{reason}}"
                ),
                ("sum by (outcome) (rate(popsieve_login_delays_total{$S}[$__rate_interval]))", "logins {{outcome}}"),
                (
                    "sum(rate(popsieve_sessions_closed_total{$S, reason=\"evicted\"}[$__rate_interval]))",
                    "evicted without a login"
                ),
                ("sum by (reason) (rate(popsieve_name_failures_total{$S}[$__rate_interval]))", "names {{reason}}"),
            ]
        ),
        DashboardPanel(
            title: "Well (1) or not (0)",
            unit: "short",
            queries: [
                ("popsieve_serving{$S}", "serving {{instance}}"),
                ("popsieve_scanner_up{$S}", "scanner {{scanner}} {{instance}}"),
                ("popsieve_store_up{$S}", "store {{instance}}"),
                ("popsieve_audit_writable{$S}", "audit log {{instance}}"),
                ("popsieve_reload_last_successful{$S}", "last reload {{instance}}"),
            ]
        ),
        DashboardPanel(
            title: "Held for rules",
            unit: "bytes",
            queries: [
                ("sum by (place) (popsieve_held_bytes{$S})", "{{place}}")
            ]
        ),
        DashboardPanel(title: "Lag of event loops", unit: "s", queries: quantiles("popsieve_loop_lag_seconds")),
        DashboardPanel(
            title: "Open files",
            unit: "short",
            queries: [
                ("process_open_fds{$S} and on (instance, job) popsieve_build_info", "open {{instance}}"),
                ("process_max_fds{$S} and on (instance, job) popsieve_build_info", "allowed {{instance}}"),
            ]
        ),
        DashboardPanel(
            title: "Processor",
            unit: "percentunit",
            queries: [
                (
                    "rate(process_cpu_seconds_total{$S}[$__rate_interval]) and on (instance, job) popsieve_build_info",
                    "{{instance}}"
                )
            ]
        ),
        DashboardPanel(
            title: "Memory",
            unit: "bytes",
            queries: [
                ("process_resident_memory_bytes{$S} and on (instance, job) popsieve_build_info", "{{instance}}")
            ]
        ),
    ]

    private static func quantiles(_ metric: String) -> [(expression: String, legend: String)] {
        ["0.5", "0.9", "0.99"].map { quantile in
            let rate = "sum by (le) (rate(\(metric)_bucket{$S}[$__rate_interval]))"
            return ("histogram_quantile(\(quantile), \(rate))", "p\(quantile.dropFirst(2))")
        }
    }
}

/// As Grafana imports it.
struct Dashboard: Encodable {
    struct Source: Encodable {
        var type = "prometheus"
        var uid = "${datasource}"
    }

    struct Variable: Encodable {
        var name: String
        var type: String
        var query: String
        var datasource: Source?
        var multi = false
        var includeAll = false
        /// Asked again when the time range changes.
        var refresh = 2
    }

    struct Variables: Encodable {
        var list: [Variable]
    }

    struct Target: Encodable {
        var expr: String
        var legendFormat: String
        var refId: String
        var datasource = Source()
    }

    struct Panel: Encodable {
        struct Place: Encodable {
            var x: Int
            var y: Int
            var w = 12
            var h = 8
        }

        struct Fields: Encodable {
            struct Defaults: Encodable {
                var unit: String
                var min = 0
            }
            var defaults: Defaults
            var overrides: [Int] = []
        }

        var id: Int
        var type = "timeseries"
        var title: String
        var datasource = Source()
        var gridPos: Place
        var fieldConfig: Fields
        var targets: [Target]
    }

    struct Times: Encodable {
        var from = "now-6h"
        var to = "now"
    }

    var title = "Popsieve"
    var uid = "popsieve"
    var tags = ["pop3", "mail"]
    var schemaVersion = 38
    var editable = true
    var refresh = "30s"
    var time = Times()
    var templating = Variables(list: [
        Variable(name: "datasource", type: "datasource", query: "prometheus"),
        Variable(
            name: "instance",
            type: "query",
            query: "label_values(popsieve_build_info, instance)",
            datasource: Source(),
            multi: true,
            includeAll: true
        ),
    ])
    var panels = DashboardPanel.all.enumerated().map { index, panel in
        Panel(
            id: index + 1,
            title: panel.title,
            gridPos: .init(x: index % 2 * 12, y: index / 2 * 8),
            fieldConfig: .init(defaults: .init(unit: panel.unit)),
            targets: panel.queries.enumerated().map { number, query in
                Target(
                    expr: query.expression.replacing("$S", with: "instance=~\"$instance\""),
                    legendFormat: query.legend,
                    refId: String(UnicodeScalar(UInt8(ascii: "A") + UInt8(number)))
                )
            }
        )
    }

    /// A file to import.
    static var text: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let data = (try? encoder.encode(Dashboard())) ?? Data()
        return String(decoding: data, as: UTF8.self) + "\n"
    }
}

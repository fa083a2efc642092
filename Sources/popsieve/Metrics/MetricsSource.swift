// Puts a relay's figures into metrics, when somebody asks, and says whether it is well.
// Must not count anything itself: loops do.

import CoreMetrics
import Foundation
import NIOPosix
import Prometheus
import Relay
import Scanning

/// Of one relay. An actor, so that two who ask at once don't mix their figures.
actor MetricsSource {
    private let relay: Relay
    private let health: Health
    private let registry = PrometheusRegistry(MetricsCatalogue.families)

    init(_ relay: Relay, _ health: Health) {
        self.relay = relay
        self.health = health
    }

    /// In Prometheus's text format.
    func text() async -> String {
        let figures = await relay.figures()
        let process = (try? await NIOThreadPool.singleton.runIfActive { ProcessFigures.now() }) ?? ProcessFigures()
        tell(figures)
        tell(health.state)
        tell(process)
        return registry.text()
    }

    // MARK: Figures

    private func gauge(_ name: String, _ value: Double, _ labels: [(String, String)] = []) {
        Meter(label: name, dimensions: labels, factory: registry).set(value)
    }

    private func gauge(_ name: String, _ value: Bool, _ labels: [(String, String)] = []) {
        gauge(name, value ? 1 : 0, labels)
    }

    /// - Parameter total: since the start
    private func counter(_ name: String, _ total: Int, _ labels: [(String, String)] = []) {
        let counter = Counter(label: name, dimensions: labels, factory: registry)
        counter.reset()
        counter.increment(by: total)
    }

    private func histogram(_ name: String, _ counts: DurationCounts) {
        registry.histogram(name).set(counts: counts.counts, sum: counts.total / .seconds(1))
    }

    private func tell(_ figures: RelayFigures) {
        let counts = figures.counts
        gauge("popsieve_build_info", 1, [("version", Server.version)])
        gauge("popsieve_serving", relay.isServing)
        for phase in SessionSummary.Phase.allCases {
            gauge("popsieve_sessions", Double(figures.sessions[phase] ?? 0), [("phase", phase.rawValue)])
        }
        gauge("popsieve_sessions_allowed", Double(figures.mostSessions))
        counter("popsieve_sessions_opened_total", counts.sessionsOpened)
        for (ending, count) in counts.endings {
            counter("popsieve_sessions_closed_total", count, [("reason", ending.reason), ("side", ending.side)])
        }
        counter("popsieve_clients_refused_total", counts.refusedAsFull, [("reason", "sessions")])
        counter("popsieve_clients_refused_total", counts.refusedForAddress, [("reason", "address")])
        counter("popsieve_clients_refused_total", counts.refusedProxies, [("reason", "proxy")])
        counter("popsieve_logins_total", counts.loginsSucceeded, [("outcome", "succeeded")])
        counter("popsieve_logins_total", counts.loginsRefused, [("outcome", "refused")])
        counter("popsieve_logins_total", counts.loginsDenied, [("outcome", "denied")])
        counter("popsieve_login_delays_total", counts.loginsDelayed, [("outcome", "waited")])
        counter("popsieve_login_delays_total", counts.loginsRefusedForFailures, [("outcome", "refused-failures")])
        counter("popsieve_login_delays_total", counts.loginsRefusedForNumber, [("outcome", "refused-number")])
        counter("popsieve_name_failures_total", counts.namesUnknown, [("reason", "unknown")])
        counter("popsieve_name_failures_total", counts.namesUnanswered, [("reason", "unanswered")])
        counter("popsieve_upstream_received_bytes_total", counts.octetsFromUpstreams)
        counter("popsieve_client_sent_bytes_total", counts.octetsToClients)
        for (verdict, count) in counts.messages { counter("popsieve_messages_total", count, [("verdict", verdict)]) }
        registry.clear("popsieve_rule_hits_total")
        for (rule, count) in counts.ruleHits {
            counter("popsieve_rule_hits_total", count, [("file", rule.file), ("line", "\(rule.line)")])
        }
        histogram("popsieve_rule_evaluation_seconds", counts.evaluation)
        histogram("popsieve_message_first_octet_seconds", counts.firstOctet)
        histogram("popsieve_loop_lag_seconds", counts.lag)
        gauge("popsieve_held_bytes", Double(figures.heldInMemory), [("place", "memory")])
        gauge("popsieve_held_bytes", Double(figures.heldInFiles), [("place", "file")])
        // A reload may take some away.
        registry.clear("popsieve_scanner_up")
        for scanner in relay.configuration.scanners.scanners {
            gauge("popsieve_scanner_up", !scanner.isDown, [("scanner", scanner.name)])
        }
    }

    private func tell(_ state: Health.State) {
        registry.clear("popsieve_store_up")
        if relay.configuration.store != nil { gauge("popsieve_store_up", !state.storeFails) }
        gauge("popsieve_rule_files", Double(state.ruleFiles))
        gauge("popsieve_audit_writable", !state.auditWaits)
        counter("popsieve_audit_lost_lines_total", state.auditLost)
        counter("popsieve_reloads_total", state.reloads.succeeded, [("outcome", "succeeded")])
        counter("popsieve_reloads_total", state.reloads.rejected, [("outcome", "rejected")])
        gauge("popsieve_reload_last_successful", state.reloads.lastSucceeded)
        gauge("popsieve_reload_last_success_timestamp_seconds", Double(state.reloads.lastSuccess))
    }

    private func tell(_ process: ProcessFigures) {
        gauge("process_open_fds", Double(process.openFiles))
        gauge("process_max_fds", Double(process.mostFiles))
        gauge("process_resident_memory_bytes", Double(process.residentOctets))
        let time = FloatingPointCounter(label: "process_cpu_seconds_total", dimensions: [], factory: registry)
        time.reset()
        time.increment(by: process.processorSeconds)
        gauge("process_start_time_seconds", process.began)
    }

    // MARK: Health

    /// Every event loop has answered.
    func isAlive() async -> Bool { await relay.figures().loops > 0 }

    /// Whether clients should come, and why.
    struct Readiness: Codable, Equatable, Sendable {
        var ready: Bool
        var draining: Bool
        var listeners: [String]
        /// Rule files in force.
        var rules: Int
        var scanners: [RelayStatus.Scanner]
        var store: String
        var audit: String
    }

    func readiness() async -> Readiness {
        let listeners = await relay.listenerAddresses
        let state = health.state
        let configuration = relay.configuration
        return Readiness(
            ready: relay.isServing && !listeners.isEmpty,
            draining: relay.isEnding,
            listeners: listeners,
            rules: state.ruleFiles,
            scanners: configuration.scanners.scanners.map { .init(name: $0.name, up: !$0.isDown) },
            store: state.storeWord(isUsed: configuration.store != nil),
            audit: state.auditWord
        )
    }
}

// Every metric that is exported: name, kind and help. The dashboard and the alerts name nothing else; a test compares them.
// Must not have a label whose values peers choose.

import Prometheus
import Relay

enum MetricsCatalogue {
    private static let durations = MetricFamily.Kind.histogram(DurationCounts.bounds.map { $0 / .seconds(1) })

    static let families = relay + machine

    private static let relay = [
        MetricFamily("popsieve_build_info", .gauge, "Always 1; the version is a label."),
        MetricFamily("popsieve_serving", .gauge, "1 while clients are accepted, 0 while the relay ends."),
        MetricFamily("popsieve_sessions", .gauge, "Sessions now, by what they do."),
        MetricFamily("popsieve_sessions_allowed", .gauge, "Sessions that may be at once, and have open files."),
        MetricFamily("popsieve_sessions_opened_total", .counter, "Sessions since the start."),
        MetricFamily(
            "popsieve_sessions_closed_total",
            .counter,
            "Sessions that have ended, by who ended them and why."
        ),
        MetricFamily(
            "popsieve_clients_refused_total",
            .counter,
            "Clients that were refused: too many in all, or from their address; or no trusted proxy with its header."
        ),
        MetricFamily(
            "popsieve_logins_total",
            .counter,
            "Logins, by outcome; refused by the server, denied by the relay."
        ),
        MetricFamily(
            "popsieve_login_delays_total",
            .counter,
            "Logins that were not let through at once: they waited, or were refused for failures or for their number."
        ),
        MetricFamily(
            "popsieve_name_failures_total",
            .counter,
            "Sessions that found no address for a server: its name is unknown, or no name server says."
        ),
        MetricFamily("popsieve_upstream_received_bytes_total", .counter, "Octets that came from servers."),
        MetricFamily("popsieve_client_sent_bytes_total", .counter, "Octets that went to clients."),
        MetricFamily("popsieve_messages_total", .counter, "Messages, by the audit log's verdict."),
        MetricFamily("popsieve_rule_hits_total", .counter, "Actions that rules have asked for, by file and line."),
        MetricFamily("popsieve_rule_files", .gauge, "Rule files in force."),
        MetricFamily("popsieve_rule_evaluation_seconds", durations, "What rules took for a message."),
        MetricFamily(
            "popsieve_message_first_octet_seconds",
            durations,
            "From the moment in which the server owed a message until its first octet went to the client."
        ),
        MetricFamily("popsieve_held_bytes", .gauge, "Octets of messages that are held back for rules, by place."),
        MetricFamily("popsieve_loop_lag_seconds", durations, "How late event loops are, looked at once a second."),
        MetricFamily("popsieve_scanner_up", .gauge, "1 if a scanner is asked, 0 while it is down."),
        MetricFamily("popsieve_store_up", .gauge, "1 if verdicts are remembered, 0 while the store fails."),
        MetricFamily("popsieve_audit_writable", .gauge, "1 if audit lines are written, 0 while they wait or are lost."),
        MetricFamily("popsieve_audit_lost_lines_total", .counter, "Audit lines that were lost."),
        MetricFamily("popsieve_reloads_total", .counter, "Reloads, by outcome."),
        MetricFamily(
            "popsieve_reload_last_successful",
            .gauge,
            "1 if the last reload took effect, 0 if it was rejected."
        ),
        MetricFamily(
            "popsieve_reload_last_success_timestamp_seconds",
            .gauge,
            "When what is in force was loaded, in seconds from 1970 on."
        ),
    ]

    /// Named as Prometheus's own libraries do.
    private static let machine = [
        MetricFamily("process_open_fds", .gauge, "Open files and connections."),
        MetricFamily("process_max_fds", .gauge, "How many there may be (LimitNOFILE=)."),
        MetricFamily("process_resident_memory_bytes", .gauge, "Memory in use."),
        MetricFamily("process_cpu_seconds_total", .counter, "Processor time, in user mode and in the kernel."),
        MetricFamily("process_start_time_seconds", .gauge, "When the process began, in seconds from 1970 on."),
    ]
}

// Alert rules for Prometheus: what a person should look at, and what to do about it.
// Must not name a metric that is not exported; a test compares them.

struct AlertRule {
    enum Severity: String {
        case warning
        case critical
    }

    var name: String
    var expression: String
    /// How long it has to be so.
    var time: String
    var severity: Severity
    var summary: String
    /// What to do.
    var advice: String

    init(
        _ name: String,
        _ expression: String,
        _ time: String,
        _ severity: Severity,
        _ summary: String,
        _ advice: String
    ) {
        self.name = "Popsieve\(name)"
        self.expression = expression
        self.time = time
        self.severity = severity
        self.summary = summary
        self.advice = advice
    }

    /// A file for Prometheus's `rule_files`.
    static var text: String {
        let rules = all.map { rule in
            """
                  - alert: \(rule.name)
                    expr: \(rule.expression.quoted)
                    for: \(rule.time)
                    labels: { severity: \(rule.severity.rawValue) }
                    annotations:
                      summary: \("\(rule.summary) on {{ $labels.instance }}".quoted)
                      description: \(rule.advice.quoted)

            """
        }
        return """
            # Alert rules for popsieve \(Server.version): name this file under rule_files in prometheus.yml.
            groups:
              - name: popsieve
                rules:

            """ + rules.joined()
    }
}

extension AlertRule {
    private static func share(_ metric: String, of labels: String, _ chosen: String, _ time: String) -> String {
        let all = "sum without (\(labels)) (rate(\(metric)[\(time)]))"
        return "sum without (\(labels)) (rate(\(metric){\(chosen)}[\(time)])) / \(all)"
    }

    static let all = service + mail + machine

    private static let service = [
        AlertRule(
            "Down",
            "up{job=~\"popsieve.*\"} == 0",
            "2m",
            .critical,
            "no answer",
            "See if it runs: popsieve status."
        ),
        AlertRule(
            "ReloadRejected",
            "popsieve_reload_last_successful == 0",
            "5m",
            .warning,
            "the last reload was rejected, and what was before is in force",
            "popsieve check tells each fault."
        ),
        AlertRule(
            "AuditNotWritten",
            "popsieve_audit_writable == 0",
            "1m",
            .critical,
            "the audit log can't be written",
            "Lines wait in memory, and are lost when there are too many: make room on the disk."
        ),
        AlertRule(
            "AuditLinesLost",
            "increase(popsieve_audit_lost_lines_total[10m]) > 0",
            "0m",
            .critical,
            "audit lines are lost",
            "A line audit_lost says how many; see why the log could not be written."
        ),
        AlertRule(
            "StoreFails",
            "popsieve_store_up == 0",
            "5m",
            .warning,
            "verdicts are not remembered",
            "The operator's log says why; mail goes on, and is judged again each time."
        ),
    ]

    private static let mail = [
        AlertRule(
            "ScannerDown",
            "popsieve_scanner_up == 0",
            "2m",
            .critical,
            "scanner {{ $labels.scanner }} is down",
            "Start it; with unscanned: postpone nobody can log in until it answers."
        ),
        AlertRule(
            "LoginsDenied",
            "rate(popsieve_logins_total{outcome=\"denied\"}[5m]) > 0.1",
            "5m",
            .warning,
            "the relay itself refuses logins",
            "Audit lines login_failed with side relay say why."
        ),
        AlertRule(
            "LoginsRefused",
            share("popsieve_logins_total", of: "outcome", "outcome=\"refused\"", "10m") + " > 0.5",
            "15m",
            .warning,
            "the server refuses more than half of all logins",
            "Somebody guesses passwords, or the server does not trust the relay's address."
        ),
        AlertRule(
            "PasswordsGuessed",
            "sum without (outcome) (rate(popsieve_login_delays_total{outcome=~\"waited|refused-failures\"}[5m])) > 0.2",
            "10m",
            .warning,
            "somebody guesses passwords, and is slowed down",
            "Audit lines login_failed name addresses and users: ban the addresses, warn the users."
        ),
        AlertRule(
            "NamesFail",
            "sum without (reason) (rate(popsieve_name_failures_total[5m])) > 0.1",
            "5m",
            .critical,
            "the address of a server can't be found",
            "Audit lines upstream_failed name it; ask the name servers: getent ahosts NAME."
        ),
        AlertRule(
            "UpstreamFails",
            share("popsieve_sessions_closed_total", of: "reason, side", "side=\"upstream\"", "10m") + " > 0.2",
            "10m",
            .critical,
            "a fifth of all sessions is ended by the server",
            "Audit lines upstream_failed say why."
        ),
        AlertRule(
            "MailPostponed",
            "rate(popsieve_messages_total{verdict=\"postponed\"}[5m]) > 0",
            "10m",
            .warning,
            "messages can't be looked at, and clients come back for them",
            "Their audit lines say why, as failure."
        ),
        AlertRule(
            "RulesFail",
            "rate(popsieve_messages_total{verdict=\"failed\"}[5m]) > 0",
            "10m",
            .warning,
            "rules fail, and messages pass without them",
            "Their audit lines name file and line, as failure."
        ),
        AlertRule(
            "SlowMessages",
            "histogram_quantile(0.9, rate(popsieve_message_first_octet_seconds_bucket[10m])) > 20",
            "15m",
            .warning,
            "a tenth of all messages takes 20 s to begin",
            "See what scanners take: scan_us in the audit log."
        ),
    ]

    private static let machine = [
        AlertRule(
            "NearlyFull",
            "sum without (phase) (popsieve_sessions) / popsieve_sessions_allowed > 0.9",
            "5m",
            .warning,
            "nine tenths of the sessions that may be are there",
            "Raise limits.sessions and LimitNOFILE=, or see who has so many: popsieve top."
        ),
        AlertRule(
            "ClientsRefused",
            "rate(popsieve_clients_refused_total[5m]) > 0",
            "1m",
            .critical,
            "clients are refused",
            "Audit lines session_refused say whose; popsieve top shows who is there."
        ),
        AlertRule(
            "FewFilesLeft",
            "process_open_fds / process_max_fds > 0.9 and on (instance, job) popsieve_build_info",
            "5m",
            .warning,
            "nine tenths of the open files are in use",
            "Raise LimitNOFILE=; each session takes two or three."
        ),
        AlertRule(
            "LoopsLag",
            "histogram_quantile(0.99, rate(popsieve_loop_lag_seconds_bucket[5m])) > 0.25",
            "10m",
            .warning,
            "event loops are late by a quarter of a second",
            "The machine is too small or too busy, or rules take too long."
        ),
    ]
}

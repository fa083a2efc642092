// A trial as programs read it: names as in the audit log, where it has them.
// Must not change without the README's table.

import Filtering
import Sieve

extension Trial {
    /// One object in one line.
    var json: String { JSONText.line(Report(self)) }

    fileprivate struct Report: Encodable {
        struct Rule: Encodable {
            var file: String
            var line: Int
            var action: String
        }

        struct Step: Encodable {
            var file: String
            var line: Int
            var column: Int
            /// Left out for what is no test.
            var test: Bool?
        }

        enum CodingKeys: String, CodingKey {
            case message, verdict, octets, rules, defects, failure, reason, removed, added, trace
            case rulesMicroseconds = "rules_us"
        }

        var message: String
        var verdict: String
        var octets: Int
        var rulesMicroseconds: Int
        var rules: [Rule]
        var defects: [String]
        var failure: String?
        /// What a rejected message's client is told.
        var reason: String?
        /// Lines of the header.
        var removed: [String]
        var added: [String]
        var trace: [Step]?

        init(_ trial: Trial) {
            message = trial.path
            verdict = trial.verdict.word
            octets = trial.octets
            rulesMicroseconds = trial.microseconds
            rules = trial.verdict.matches.map { Rule(file: $0.file, line: $0.line, action: $0.action) }
            defects = trial.verdict.defects
            failure = trial.verdict.failure
            if case .reject(let text) = trial.verdict.outcome { reason = text }
            removed = trial.changes.removed
            added = trial.changes.added
            trace = trial.trace.isEmpty ? nil : trial.trace.map { Step($0) }
        }
    }
}

extension Trial.Report.Step {
    fileprivate init(_ step: TraceStep) {
        self.init(file: step.script, line: step.position.line, column: step.position.column)
        if case .test(let answer) = step.kind { test = answer }
    }
}

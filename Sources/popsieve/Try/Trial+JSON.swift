// A trial as programs read it: names as in the audit log, where it has them.
// Must not lose or rename a field: programs read them.

import Filtering
import Mail
import Sieve

extension Trial {
    /// One object in one line.
    /// - Parameter refusals: why the relay does not run the rules as yet
    func json(_ refusals: [Finding] = []) -> String { JSONText.line(Report(self, refusals)) }

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
            /// How deep it stands in others.
            var nesting: Int
            var kind: String
            var text: String
            /// Left out for what is no test.
            var value: Bool?
            var field: String?
            var matched: String?
            var compared: [String]?
        }

        enum CodingKeys: String, CodingKey {
            case message, verdict, octets, depth, rules, defects, failure, reason, removed, added, parts, quarantine,
                debug
            case trace
            case relayRefuses = "relay_refuses"
            case rulesMicroseconds = "rules_us"
        }

        var message: String
        var verdict: String
        var octets: Int
        /// How deep the rules have looked: none, header, body.
        var depth: String
        var rulesMicroseconds: Int
        var rules: [Rule]
        var defects: [String]
        var failure: String?
        /// What a rejected message's client is told.
        var reason: String?
        /// Lines of the header.
        var removed: [String]
        var added: [String]
        /// The parts as the client gets them, if a rule replaced any.
        var parts: [String]?
        /// Folders that a copy goes to.
        var quarantine: [String]?
        var debug: [String]?
        /// Why the relay does not run these rules as yet.
        var relayRefuses: [String]?
        var trace: [Step]?

        init(_ trial: Trial, _ refusals: [Finding]) {
            message = trial.path
            verdict = trial.verdict.word
            octets = trial.octets
            depth = "\(trial.depth)"
            rulesMicroseconds = trial.microseconds
            rules = trial.verdict.matches.map { Rule(file: $0.file, line: $0.line, action: $0.action) }
            defects = trial.verdict.defects
            failure = trial.verdict.failure
            if case .reject(let text) = trial.verdict.outcome { reason = text }
            removed = trial.changes.removed
            added = trial.changes.added
            parts = trial.verdict.message.map { PartOutline.lines($0.joined()) }
            quarantine = trial.verdict.quarantine.unlessEmpty
            debug = trial.verdict.debugLines.map(\.text).unlessEmpty
            relayRefuses = refusals.map(\.description).unlessEmpty
            trace = trial.explanation.lines.map { Step($0) }.unlessEmpty
        }
    }
}

extension Trial.Report.Step {
    fileprivate init(_ line: Explanation.Line) {
        self.init(
            file: line.script,
            line: line.position.line,
            column: line.position.column,
            nesting: line.depth,
            kind: line.kind.rawValue,
            text: line.text,
            value: line.value,
            field: line.subject,
            matched: line.matched,
            compared: line.compared.unlessEmpty
        )
    }
}

extension Array {
    /// Nil for an empty list: its key is left out.
    fileprivate var unlessEmpty: Self? { isEmpty ? nil : self }
}

// A trial as programs read it: names as in the audit log, where it has them.
// Must not lose or rename a field: programs read them.

import Filtering
import Mail
import Relay
import Scanning
import Sieve

extension Trial {
    /// One object in one line.
    /// - Parameter refusals: why the relay refuses the rules
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

        /// What a scanner said.
        struct Scan: Encodable {
            var scanner: String
            /// `clean`, `infected`, `spam`, `ham` or `unscanned`.
            var result: String
            /// What was found.
            var names: [String]?
            var score: Double?
            var threshold: Double?
            /// Rules that matched, with their points or null.
            var symbols: [String: Double?]?
            /// Why it was not scanned.
            var reason: String?
        }

        /// What the settings say of the message's size.
        struct Limit: Encodable {
            /// Such as `size-limit`.
            var setting: String
            /// Where it stands.
            var place: String
            var octets: Int
            /// `error`, `notice`, `truncate` or `pass`.
            var outcome: String
            /// The verdict if it were not too large.
            var verdict: String
        }

        enum CodingKeys: String, CodingKey {
            case limit = "size_limit"
            case message, verdict, octets, depth, rules, defects, failure, reason, removed, added, parts, quarantine,
                debug
            case trace, scans, unscanned
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
        /// Why the relay refuses these rules.
        var relayRefuses: [String]?
        var trace: [Step]?
        var scans: [Scan]?
        /// What the rules wanted scanned in vain, and why.
        var unscanned: String?
        var limit: Limit?

        init(_ trial: Trial, _ refusals: [Finding]) {
            message = trial.path
            verdict = trial.word
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
            scans = trial.findings.all.map { Scan($0) }.unlessEmpty
            unscanned = trial.verdict.reasonUnscanned
            limit = trial.limit.map { Limit($0, trial.wordOfRules) }
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

extension Trial.Report.Limit {
    fileprivate init(_ limit: TrialLimit, _ verdict: String) {
        self.init(
            setting: limit.setting,
            place: "\(limit.place)",
            octets: limit.octets,
            outcome: limit.policy.outcome.rawValue,
            verdict: verdict
        )
    }
}

extension Trial.Report.Scan {
    fileprivate init(_ finding: Findings.Finding) {
        scanner = finding.scanner
        switch finding.result {
        case .clean: result = "clean"
        case .infected(let names): (result, self.names) = ("infected", names)
        case .unscanned(let reason): (result, self.reason) = ("unscanned", reason.description)
        case .scored(let score):
            result = score.isSpam ? "spam" : "ham"
            self.score = score.score.number
            threshold = score.threshold?.number
            symbols = Dictionary(score.symbols.map { ($0.name, $0.score?.number) }) { first, _ in first }
        }
    }
}

extension Score {
    fileprivate var number: Double { Double(thousandths) / 1000 }
}

extension Array {
    /// Nil for an empty list: its key is left out.
    fileprivate var unlessEmpty: Self? { isEmpty ? nil : self }
}

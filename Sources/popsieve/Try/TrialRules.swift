// Rules as they are tried out: on whole messages, with what the relay would say of them.
// Must not let anybody believe that the relay runs what it refuses.

import Filtering
import Sieve

/// Compiled rules, their sources, and why the relay does not run them.
struct TrialRules {
    var ruleSet = RuleSet.empty
    /// All scripts by name.
    var scripts: [String: [UInt8]] = [:]
    /// Warnings; empty if the relay runs them all.
    var refusals: [Finding] = []
}

extension RuleDirectory {
    /// Reads and compiles what `paths` name; what is an error in the relay only is a warning here.
    func compileForTrial(_ paths: [String]) -> TrialRules {
        let sources = sources(paths)
        do throws(RuleSetError) {
            var rules = TrialRules(ruleSet: try RuleSet(files: sources.files, settings: settings, reach: .everything))
            rules.scripts = sources.included
            for file in sources.files { rules.scripts[file.name] = file.source }
            sources.add(rules.ruleSet.warnings, to: findings)
            rules.refusals = refusals(sources)
            for refusal in rules.refusals { findings.add(refusal) }
            return rules
        } catch {
            sources.add(error.diagnostics, to: findings)
            return TrialRules()
        }
    }

    private func refusals(_ sources: RuleSources) -> [Finding] {
        do throws(RuleSetError) {
            _ = try RuleSet(files: sources.files, settings: settings, reach: reach)
            return []
        } catch {
            let errors = FindingList()
            sources.add(error.diagnostics.filter { $0.severity == .error }, to: errors)
            return errors.findings.map {
                Finding($0.place, .warning, "the relay refuses this file: \($0.message)", $0.fix)
            }
        }
    }
}

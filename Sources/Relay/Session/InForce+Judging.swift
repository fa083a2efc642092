// What the session machine is told of the rules in force.
// Must not hold the rules themselves: the machine knows nothing of mail.

import Filtering
import POP3
import Scanning
import Sieve

extension InForce {
    /// Whether the original of a message may have to be kept.
    var keepsOriginals: Bool { configuration.keepsOriginals(under: ruleSet) }

    /// A scanner that is down, if mail waits for what it says: nothing could be delivered to anybody.
    var loginObstacle: String? {
        for kind in ruleSet.scans {
            for scanner in configuration.scanners.scanners(for: kind.subject)
            where configuration.unscanned[scanner.name] == .postpone {
                if let reason = scanner.reasonDown { return "the scanner \(scanner.name) is down: \(reason)" }
            }
        }
        return nil
    }
}

extension RelayConfiguration {
    fileprivate func keepsOriginals(under ruleSet: RuleSet) -> Bool {
        quarantine != nil && (ruleSet.mayQuarantine || ruleSet.mayReject || keepsDiscarded && ruleSet.mayWithhold)
    }
}

extension RuleSet {
    /// Whether something is worth remembering: verdicts that are not had for a header, or what `duplicate` saw.
    var wantsMemory: Bool { mayWantBody || asksDuplicates }
}

extension SessionMachine.Judging {
    /// What the rules of this version want to know of a message before they judge it.
    init(_ configuration: RelayConfiguration, _ ruleSet: RuleSet, _ limits: RelayLimits, version: Int) {
        let keepsOriginals = configuration.keepsOriginals(under: ruleSet)
        let mayWantBody = ruleSet.mayWantBody || keepsOriginals
        self.init(
            version: version,
            looksAtMessages: !ruleSet.isEmpty,
            asksSizes: ruleSet.needsSize,
            mayWithhold: ruleSet.mayWithhold,
            // What is in the quarantine may be deleted, and what the client has never asked for is its own affair.
            mayReject: ruleSet.mayReject && configuration.quarantine == nil,
            mayWantBody: mayWantBody,
            mostHeld: mayWantBody ? limits.holding.message : nil,
            // A message that is rejected is known again also under rules that would not reject it any more.
            wantsUIDLs: keepsOriginals
                || configuration.store != nil && (ruleSet.wantsMemory || ruleSet.mayReject),
            reserve: ruleSet.isEmpty ? 0 : configuration.sizeReserve
        )
    }
}

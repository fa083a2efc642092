// What the session machine is told of the rules in force.
// Must not hold the rules themselves: the machine knows nothing of mail.

import Filtering
import POP3
import Scanning
import Sieve

extension InForce {
    /// Whether the original of a message may have to be kept.
    var keepsOriginals: Bool {
        configuration.quarantine != nil
            && (ruleSet.mayQuarantine || ruleSet.mayReject || configuration.keepsDiscarded && ruleSet.mayWithhold)
    }

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

    /// What the rules of this version want to know of a message before they judge it.
    var judging: SessionMachine.Judging {
        SessionMachine.Judging(
            version: version,
            asksSizes: ruleSet.needsSize,
            mayWithhold: ruleSet.mayWithhold,
            // What is in the quarantine may be deleted, and what the client has never asked for is its own affair.
            mayReject: ruleSet.mayReject && configuration.quarantine == nil,
            mayWantBody: ruleSet.mayWantBody || keepsOriginals,
            mostHeld: ruleSet.mayWantBody || keepsOriginals ? limits.holding.message : nil,
            // A message that is rejected is known again also under rules that would not reject it any more.
            wantsUIDLs: keepsOriginals || configuration.store != nil && (wantsMemory || ruleSet.mayReject),
            reserve: ruleSet.isEmpty ? 0 : configuration.sizeReserve
        )
    }
}

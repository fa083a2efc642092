// What the session machine is told of the rules in force.
// Must not hold the rules themselves: the machine knows nothing of mail.

import Filtering
import POP3

extension InForce {
    /// What the rules of this version want to know of a message before they judge it.
    var judging: SessionMachine.Judging {
        SessionMachine.Judging(
            version: version,
            asksSizes: ruleSet.needsSize,
            mayWithhold: ruleSet.mayWithhold,
            mayReject: ruleSet.mayReject,
            mayWantBody: ruleSet.mayWantBody
        )
    }
}

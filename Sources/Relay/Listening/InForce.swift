// What is in force: settings and rules as one value, replaced whole by a reload.
// Must not change once it is made: a request that holds it sees the same to its end.

package import Filtering
import POP3

/// One version of settings and rules. A session takes it when a command is sent and uses it to that command's end, whatever
/// a reload does meanwhile.
///
/// Each event loop has one of its own: what all threads count references of, they wait for.
package final class InForce: Sendable {
    package let configuration: RelayConfiguration
    package let ruleSet: RuleSet
    package let limits: RelayLimits
    /// From 1, one more with each reload.
    package let version: Int
    /// What the session machine is told of them.
    let judging: SessionMachine.Judging
    /// Some messages may be too large for somebody: nearly nowhere, and nothing is looked up for each command then.
    let limitsSizes: Bool
    /// Popsieve leads logins, and offers these; nil: the only upstream does.
    let mechanisms: [String]?

    package init(configuration: RelayConfiguration, ruleSet: RuleSet, limits: RelayLimits, version: Int) {
        self.configuration = configuration
        self.ruleSet = ruleSet
        self.limits = limits
        self.version = version
        judging = SessionMachine.Judging(configuration, ruleSet, limits, version: version)
        mechanisms = configuration.leadsLogins ? configuration.offeredMechanisms : nil
        limitsSizes =
            configuration.sizePolicy != nil || !configuration.userSizePolicies.isEmpty
            || configuration.upstreams.contains { $0.sizePolicy != nil }
            || configuration.listeners.contains { $0.sizePolicy != nil }
    }
}

// Under which rules and scanners a verdict holds.
// Must not remember anything.

import Filtering
import Sieve
import Store
import TLS

extension InForce {
    /// What a verdict that these rules come to depends on beside the message. Nil where nobody can tell: while a scanner
    /// does not answer, nobody knows what it would say.
    var fingerprint: Fingerprint? {
        guard let ours = configuration.fingerprint else { return nil }
        guard ruleSet.depth == .scan else { return ours }
        return configuration.scannerVersions.known
            .flatMap { SHA256.digest(of: ours.octets + Array($0.utf8)) }
            .flatMap { Fingerprint($0) }
    }

    /// Whether something is worth remembering: verdicts that are not had for a header, or what `duplicate` saw.
    var wantsMemory: Bool { ruleSet.mayWantBody || ruleSet.asksDuplicates }
}

// Under which rules and scanners a verdict holds.
// Must not remember anything.

import Filtering
import Sieve
import Store
import TLS

extension InForce {
    /// What a verdict that these rules come to depends on beside the message. What scanners say while nobody knows which
    /// version they are is not said again when that is known.
    var fingerprint: Fingerprint? {
        guard let ours = configuration.fingerprint, ruleSet.depth == .scan else { return configuration.fingerprint }
        let versions = configuration.scannerVersions.known ?? ""
        return SHA256.digest(of: ours.octets + Array(versions.utf8)).flatMap { Fingerprint($0) }
    }

    /// Whether an earlier session's verdict spares something where the whole message is at hand: a scan, or a second copy
    /// in the quarantine. Rules by themselves say the same again.
    var looksBack: Bool { configuration.store != nil && (!ruleSet.scans.isEmpty || keepsOriginals) }
}

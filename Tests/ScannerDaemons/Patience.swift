// Limits of scans for a machine that does much else.
// Must not be used where the limits are what is tested.

package import Scanning

extension ScanLimits {
    /// For a machine that does much else: no test is about how long it takes.
    package static let patient: ScanLimits = {
        var limits = ScanLimits()
        limits.timeout = .seconds(300)
        limits.patience = .seconds(300)
        limits.probing = .seconds(60)
        limits.connecting = .seconds(60)
        return limits
    }()
}

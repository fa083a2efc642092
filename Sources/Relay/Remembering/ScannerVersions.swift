// What the scanners are at the moment: their versions and those of what they look for.
// Must not be asked for each message: it is kept up to date in the background.

package import Scanning
import Synchronization

/// The versions of the scanners that are set up. What one of another version said is not said again.
package final class ScannerVersions: Sendable {
    private let scanners: ScannerSet
    private let text = Mutex<String?>(nil)

    package init(_ scanners: ScannerSet) { self.scanners = scanners }

    /// Asks all of them; while one does not answer, nothing is known.
    ///
    /// - Returns: whether all have answered
    @discardableResult
    package func refresh() async -> Bool {
        let fingerprint = await scanners.fingerprint()
        text.withLock { $0 = fingerprint }
        return fingerprint != nil
    }

    var known: String? { text.withLock { $0 } }
}

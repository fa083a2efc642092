// One text for all that was read at the start or at a reload: another one where a file has changed since.
// Must not tell what is in them.

import Filtering
import Foundation
import TLS

enum LoadedDigest {
    /// Octets of the longest, a file of passwords.
    private static let sizeLimit = 1 << 24

    /// Of settings, secrets, certificates and rules by what is in them, so that it does not matter from where they are read.
    static func text(of loaded: Loaded) -> String? {
        var octets = loaded.ruleSet.identity
        for path in loaded.settingsFiles + loaded.certificateFiles {
            let file = (try? FileManager.default.regularFile(at: path, upTo: sizeLimit)) ?? []
            octets += SHA256.digest(of: file) ?? []
        }
        return SHA256.digest(of: octets)?.map { String(format: "%02x", $0) }.joined()
    }
}

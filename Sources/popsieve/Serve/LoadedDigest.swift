// One text for all that was read at the start or at a reload: another one where a file has changed since.
// Must not tell what is in them.

import Filtering
import Foundation
import TLS

enum LoadedDigest {
    /// Octets of the longest, a file of passwords.
    private static let sizeLimit = 1 << 24

    /// Of settings, secrets, certificates and rules by what is in them, so that it does not matter from where they are read.
    static func text(of loaded: Loaded, _ settings: Settings) -> String? {
        var octets = loaded.ruleSet.identity
        for path in loaded.settingsFiles + loaded.certificateFiles + settings.filesOfPeers {
            let file = (try? FileManager.default.regularFile(at: path, upTo: sizeLimit)) ?? []
            octets += SHA256.digest(of: file) ?? []
        }
        return SHA256.digest(of: octets)?.map { String(format: "%02x", $0) }.joined()
    }
}

extension Settings {
    /// What servers and providers are trusted by, and what is shown to them.
    fileprivate var filesOfPeers: [String] {
        let names =
            listeners.map(\.key) + upstreams.flatMap { [$0.ca, $0.clientCertificate, $0.clientKey] }
            + providers.flatMap { [$0.ca, $0.clientSecret] }
        return names.compactMap(\.self).filter { !$0.hasPrefix(SettingsSection.variable) }
    }
}

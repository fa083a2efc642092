// Keys and certificates that the service manager hands over: `credential:NAME` in the place of a path.
// Must not read them; TLS does.

import Foundation

extension SettingsSection {
    /// What a path begins with that is a name of one of the service's credentials (`LoadCredential=` of systemd.exec(5)).
    static let credential = "credential:"

    /// A file whose content may be secret: as it can be opened, or nil and a finding.
    func secretPath(
        _ key: String,
        _ environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> String? {
        guard let text = path(key) else { return nil }
        guard text.hasPrefix(Self.credential) else { return source.path(text) }
        let name = String(text.dropFirst(Self.credential.count))
        guard !name.isEmpty, !name.contains("/"), ![".", ".."].contains(name) else {
            error(key, "\"\(text)\" names no credential", "write for example credential:privkey.pem")
            return nil
        }
        guard let folder = environment["CREDENTIALS_DIRECTORY"], folder.hasPrefix("/") else {
            let fix =
                "LoadCredential=\(name):FILE in the unit gives it to the service; elsewhere set CREDENTIALS_DIRECTORY"
            error(key, "there are no credentials here: CREDENTIALS_DIRECTORY is not set", fix)
            return nil
        }
        return "\(folder)/\(name)"
    }
}

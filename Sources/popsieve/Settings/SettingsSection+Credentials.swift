// Keys and certificates that are handed over by the service manager, `credential:NAME` in the place of a path, or by the
// environment, `env:NAME`.
// Must not read them; TLS does.

import Foundation

extension SettingsSection {
    /// What a path begins with that is a name of one of the service's credentials (`LoadCredential=` of systemd.exec(5)).
    static let credential = "credential:"

    /// The same for a variable of the environment.
    static let variable = "env:"

    /// What a variable of the environment holds; nil: the text is the path of a file.
    static func octets(of text: String) -> [UInt8]? {
        guard text.hasPrefix(variable) else { return nil }
        return Array((ProcessInfo.processInfo.environment[String(text.dropFirst(variable.count))] ?? "").utf8)
    }

    /// A file whose content may be secret: as it can be opened, or nil and a finding.
    ///
    /// - Parameter mayBeVariable: it may be `env:NAME` as well
    func secretPath(
        _ key: String,
        mayBeVariable: Bool = false,
        _ environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> String? {
        guard let text = path(key) else { return nil }
        if mayBeVariable, text.hasPrefix(Self.variable) { return variable(key, text, environment) }
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

    /// As it stands, since its content is no file's.
    private func variable(_ key: String, _ text: String, _ environment: [String: String]) -> String? {
        let name = String(text.dropFirst(Self.variable.count))
        if environment[name]?.isEmpty == false { return text }
        let fix = "Environment= or EnvironmentFile= in the unit, or export it; it holds the text of the file itself"
        error(key, "the environment has no \"\(name)\"", fix)
        return nil
    }
}

// Settings as the text of a settings file, every value written out.
// Must not leave out a setting: what is read from the text are the same settings.

import Audit
import ProxyProtocol
import Relay
import Sieve
import Transport

extension Settings {
    /// YAML.
    var text: String {
        let log = "log: { level: \(log.level.rawValue), format: \(log.format.rawValue) }"
        return
            (["listeners:"] + listeners.map { "  - \($0.text)" }
            + ["upstreams:"] + upstreams.map { "  \($0.name.quoted): \($0.text)" }
            + (routes.isEmpty ? [] : ["routes:"]) + routes.map(\.text)
            + (accounts.isEmpty ? [] : ["accounts:"]) + accounts.map(\.text)
            + (passwords.map { ["passwords: \($0.quoted)"] } ?? [])
            + directoryLines
            + oauthLines
            + (rules.map { ["rules: \($0.quoted)"] } ?? [])
            + language.lines
            + (scanners.isEmpty ? [] : ["scanners:"]) + scanners.map { "  \($0.name.quoted): \($0.text)" }
            + quarantineLines
            + (notices.map { ["notices: \($0.quoted)"] } ?? [])
            + ((storeFile() ?? store).map { ["store: \($0.quoted)"] } ?? [])
            + [
                "size-reserve: \(sizeReserve)",
                "audit: \(audit.setting)",
                "trusted-networks: [\(trustedNetworks.map(\.description.quoted).joined(separator: ", "))]",
                "trusted-proxies: [\(trustedProxies.map(\.description.quoted).joined(separator: ", "))]",
                "allow-plaintext-login: \(allowPlaintextLogin)",
                "pass-through: [\(passThrough.map(\.quoted).joined(separator: ", "))]",
                "line-endings: \(lineEndings.rawValue)",
                "rejected: \(rejected.rawValue)",
            ] + (sizeLimit.map { ["size-limit: \($0.text)"] } ?? [])
            + (users.isEmpty ? [] : ["users:"]) + users.map(\.text)
            + ["timeouts:"] + TimeoutField.all.map { "  \($0.key): \(timeouts[keyPath: $0.path].setting)" }
            + ["limits:"] + LimitField.all.map(text)
            + ["holding:"] + LimitField.holding.map(text)
            + ["  folder: \(limits.holding.folder.quoted)", "  patience: \(limits.holding.patience.setting)"]
            + [log] + windowLines + [""]).joined(separator: "\n")
    }
}

extension Settings {
    private func text(_ field: LimitField) -> String {
        // Written out, the default would be somebody's choice.
        let isByItself = field.path == \.sessions && !limits.areSessionsChosen
        return "  \(isByItself ? "# " : "")\(field.key): \(field.unit.text(limits[keyPath: field.path]))"
    }
}

extension Settings.Listener {
    fileprivate var text: String {
        let paths = [("certificate", certificate), ("key", key)].compactMap { key, path in path.map { (key, $0.quoted) }
        }
        let sizes = sizeLimit.map { [("size-limit", $0.text)] } ?? []
        let proxies = takesProxyHeader ? [("proxy-protocol", "true")] : []
        let modes = mode.map { [("mode", "0" + String($0, radix: 8))] } ?? []
        return flow([("address", address.quoted), ("tls", tls.rawValue)] + modes + paths + proxies + sizes)
    }
}

extension Settings.Upstream {
    fileprivate var text: String {
        let texts = [
            ("name", certificateName), ("ca", ca), ("pin", pin), ("client-certificate", clientCertificate),
            ("client-key", clientKey),
        ].compactMap { key, value in value.map { (key, $0.quoted) } }
        let anybody = acceptAnyCertificate ? [("accept-any-certificate", "true")] : []
        let local = isLocal ? [("local", "true")] : []
        let hops = trustedHops > 0 ? [("trusted-hops", "\(trustedHops)")] : []
        let sizes = sizeLimit.map { [("size-limit", $0.text)] } ?? []
        let counts = [("sessions", sessions), ("dials-per-second", dialsPerSecond)]
        let ways = logins.map { [("login", "[\($0.map(\.rawValue).joined(separator: ", "))]")] } ?? []
        let proxy = proxyHeader.map { [("proxy-protocol", $0.rawValue)] } ?? []
        let client = announcesClients ? [("xclient", "true")] : []
        let told = proxy + client + ways
        let rest =
            anybody + local + told + hops + sizes + counts.compactMap { key, count in count.map { (key, "\($0)") } }
        return flow(location + [("tls", tls.rawValue)] + texts + rest)
    }

    private var location: [(String, String)] {
        if let domain { return [("srv", domain.quoted)] }
        if path != nil { return [("host", address.quoted)] }
        if others.isEmpty { return [("host", host.quoted), ("port", "\(port)")] }
        return [("host", "[\(endpoints.map(\.description.quoted).joined(separator: ", "))]")]
    }
}

extension Settings.Scanner {
    /// Two that are written the same are the same.
    var text: String {
        let place = address.map { [("address", "\($0)".quoted)] } ?? []
        let program = command.isEmpty ? [] : [("command", "[\(command.map(\.quoted).joined(separator: ", "))]")]
        let looks =
            kind == .command ? [("looks-for", "[\(looksFor.map(\.rawValue).sorted().joined(separator: ", "))]")] : []
        let rest = [("timeout", timeout.setting), ("unscanned", unscanned.rawValue)]
        return flow([("type", kind.rawValue)] + place + program + looks + rest)
    }
}

extension Settings.User {
    fileprivate var text: String {
        "  - " + flow([("user", user.quoted)] + (sizeLimit.map { [("size-limit", $0.text)] } ?? []))
    }
}

extension Settings.Route {
    fileprivate var text: String {
        "  - "
            + flow([("user", user.quoted), ("upstream", upstream.quoted)] + (name.map { [("as", $0.quoted)] } ?? []))
    }
}

/// A mapping in one line.
func flow(_ values: [(String, String)]) -> String {
    "{ \(values.map { "\($0.0): \($0.1)" }.joined(separator: ", ")) }"
}

extension String {
    /// In double quotes, in YAML's and JSON's common way.
    var quoted: String {
        let escaped = unicodeScalars.map { scalar in
            switch scalar {
            case "\"", "\\": "\\\(scalar)"
            case _ where scalar.isTreacherous: escape(scalar)
            default: String(scalar)
            }
        }
        return "\"\(escaped.joined())\""
    }

    private func escape(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16)
        let width = scalar.value > 0xFFFF ? 8 : 4
        return (width == 8 ? "\\U" : "\\u") + String(repeating: "0", count: width - digits.count) + digits
    }
}

// From the text of a settings file to settings, with every fault it has.
// Must not open the files that settings name; see SettingsLoader.

import NIOCore
import Relay
import Yams

/// Reads one settings file.
struct SettingsReader {
    let file: String
    let findings: FindingList
    /// What relative paths are relative to.
    let directory: String

    func read(_ yaml: String) -> Settings {
        var settings = Settings()
        guard let root = root(yaml) else { return settings }
        readUpstreams(root, &settings)
        if let listeners = root.list("listeners") { settings.listeners = listeners.compactMap(readListener) }
        settings.routes = (root.list("routes") ?? []).compactMap(readRoute)
        settings.rules = root.string("rules").map(path)
        if let audit = root.string("audit") { settings.audit = audit == "-" ? audit : path(audit) }
        settings.allowPlaintextLogin = root.bool("allow-plaintext-login") ?? settings.allowPlaintextLogin
        settings.passThrough = (root.list("pass-through") ?? []).compactMap { readCommand($0, root) }
        settings.lineEndings = root.choice("line-endings", RelayConfiguration.LineEndings.self) ?? settings.lineEndings
        if let section = root.section("timeouts") { readTimeouts(section, &settings.timeouts) }
        if let section = root.section("limits") { readLimits(section, &settings.limits) }
        if let section = root.section("log") {
            settings.log.level = section.choice("level", Settings.Log.Level.self) ?? settings.log.level
            settings.log.format = section.choice("format", Settings.Log.Format.self) ?? settings.log.format
            section.finish()
        }
        root.refuse([
            "quarantine": "rules that need one are refused; it comes later",
            "scanners": "rules can test the header fields that the provider's scanners write",
        ])
        root.finish()
        return settings
    }

    private func root(_ yaml: String) -> SettingsSection? {
        do {
            guard let node = try Yams.compose(yaml: yaml) else { return nil }
            return SettingsSection(node, file: file, findings: findings, what: "a settings file")
        } catch {
            findings.add(Finding(error, file: file))
            return nil
        }
    }

    private func path(_ text: String) -> String {
        text.hasPrefix("/") || directory.isEmpty ? text : "\(directory)/\(text)"
    }

    // MARK: Sections

    private func readListener(_ node: Node) -> Settings.Listener? {
        if let text = node.string {
            guard let address = Quantity.address(text) else {
                findings.add(Self.badAddress(text, node, file))
                return nil
            }
            return Settings.Listener(host: address.host, port: address.port, place: Self.place(node, file))
        }
        guard let section = SettingsSection(node, file: file, findings: findings, what: "a listener") else {
            return nil
        }
        defer { section.finish() }
        let tls = section.choice("tls", RelayConfiguration.Encryption.self) ?? .none
        let certificate = section.string("certificate").map(path)
        let key = section.string("key").map(path)
        guard let text = section.string("address") else {
            section.report(nil, "a listener needs an \"address\"", "such as \"127.0.0.1:1110\"")
            return nil
        }
        guard let address = Quantity.address(text) else {
            findings.add(Self.badAddress(text, section["address"] ?? node, file))
            return nil
        }
        var listener = Settings.Listener(host: address.host, port: address.port, tls: tls, place: section.place)
        listener.certificate = certificate
        listener.key = key
        return listener
    }

    private static func badAddress(_ text: String, _ node: Node, _ file: String) -> Finding {
        let isSocket = text.hasPrefix("unix:")
        return Finding(
            file: file,
            line: node.mark?.line ?? 1,
            column: node.mark?.column ?? 1,
            message: isSocket ? "listening on a Unix socket is not in this version" : "\"\(text)\" is not an address",
            mend: "write for example \"127.0.0.1:1110\" or \"[::]:995\""
        )
    }

    private static func place(_ node: Node, _ file: String) -> Settings.Place {
        Settings.Place(file: file, line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
    }

    private func readUpstreams(_ root: SettingsSection, _ settings: inout Settings) {
        if let node = root["upstream"] {
            if let upstream = readUpstream(node, name: nil) { settings.upstreams.append(upstream) }
        }
        guard let node = root["upstreams"] else { return }
        guard case .mapping(let mapping) = node else {
            return root.report(node, "\"upstreams\" must name each upstream", "write \"NAME: { host: … }\"")
        }
        for (key, value) in mapping {
            guard let name = key.string, let upstream = readUpstream(value, name: name) else { continue }
            settings.upstreams.append(upstream)
        }
    }

    private func readUpstream(_ node: Node, name: String?) -> Settings.Upstream? {
        if let text = node.string {
            guard let address = Quantity.address(text, defaultPort: 995) else {
                findings.add(Self.badHost(text, node, file))
                return nil
            }
            var upstream = Settings.Upstream(name: name ?? address.host, host: address.host, port: address.port)
            upstream.place = Self.place(node, file)
            return upstream
        }
        guard let section = SettingsSection(node, file: file, findings: findings, what: "an upstream") else {
            return nil
        }
        defer { section.finish() }
        let host = section.string("host")
        let tls = section.choice("tls", RelayConfiguration.Encryption.self) ?? .implicit
        let port = section.value("port", "a port", "995") { Int($0).flatMap { (1...65_535).contains($0) ? $0 : nil } }
        var upstream = Settings.Upstream(
            name: name ?? host ?? "",
            host: host ?? "",
            port: port ?? (tls == .implicit ? 995 : 110),
            tls: tls
        )
        upstream.certificateName = section.string("name")
        upstream.ca = section.string("ca").map(path)
        upstream.pin = section.string("pin")
        upstream.clientCertificate = section.string("client-certificate").map(path)
        upstream.clientKey = section.string("client-key").map(path)
        upstream.acceptAnyCertificate = section.bool("accept-any-certificate") ?? false
        upstream.place = section.place
        guard host != nil else {
            section.report(nil, "an upstream needs a \"host\"", "such as pop.example.com")
            return nil
        }
        guard Quantity.address(upstream.host, defaultPort: 1) != nil || upstream.host.contains(":") else {
            findings.add(Self.badHost(upstream.host, section["host"] ?? node, file))
            return nil
        }
        return upstream
    }

    private static func badHost(_ text: String, _ node: Node, _ file: String) -> Finding {
        Finding(
            file: file,
            line: node.mark?.line ?? 1,
            column: node.mark?.column ?? 1,
            message: "\"\(text)\" is not a host",
            mend: "write for example pop.example.com or pop.example.com:995"
        )
    }

    private func readRoute(_ node: Node) -> Settings.Route? {
        guard let section = SettingsSection(node, file: file, findings: findings, what: "a route") else { return nil }
        defer { section.finish() }
        guard let user = section.string("user"), let upstream = section.string("upstream") else {
            section.report(
                nil,
                "a route needs a \"user\" and an \"upstream\"",
                "such as { user: \"*@example.com\", upstream: office }"
            )
            return nil
        }
        return Settings.Route(user: user, upstream: upstream, place: section.place)
    }

    private func readCommand(_ node: Node, _ root: SettingsSection) -> String? {
        let name = node.string?.uppercased() ?? ""
        guard !name.isEmpty, name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            root.report(node, "a command is a word", "write for example XTND")
            return nil
        }
        return name
    }

    private func readTimeouts(_ section: SettingsSection, _ timeouts: inout RelayConfiguration.Timeouts) {
        for field in TimeoutField.all {
            if let value = section.value(field.key, "a time", "30s, 10m or 2h", Quantity.duration) {
                timeouts[keyPath: field.path] = value
            }
        }
        section.finish()
    }

    private func readLimits(_ section: SettingsSection, _ limits: inout RelayLimits) {
        for field in LimitField.all {
            if let value = section.value(field.key, "a number or a size", "65536, 64 KiB or 1 MiB", Quantity.size) {
                limits[keyPath: field.path] = value
            }
        }
        section.finish()
    }
}

extension Finding {
    /// What Yams says of a text that is not YAML.
    fileprivate init(_ error: any Error, file: String) {
        self.init(file: file, line: 1, column: 1, message: "this is not YAML", mend: nil)
        switch error {
        case YamlError.scanner(_, let problem, let mark, _), YamlError.parser(_, let problem, let mark, _),
            YamlError.composer(_, let problem, let mark, _):
            line = mark.line
            column = mark.column
            mend = problem
        case YamlError.duplicatedKeysInMapping(let duplicates, let context):
            line = context.mark.line
            column = context.mark.column
            message = "\"\(duplicates.joined(separator: "\", \""))\" stands here twice"
            mend = "keep one of them"
        default: mend = String(describing: error)
        }
    }
}

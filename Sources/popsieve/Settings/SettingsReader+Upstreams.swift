// Upstreams in the settings file: one without a name of its own, or several with names.

import Relay
import Yams

extension SettingsReader {
    func readUpstreams(_ root: SettingsSection) -> [Settings.Upstream] {
        let single = root["upstream"].flatMap { readUpstream($0, name: nil) }
        let named = root.section("upstreams").map { section in
            section.names.compactMap { name in
                section[name].flatMap { readUpstream($0, name: name) }
            }
        }
        guard root.places.holds("upstream"), root.places.holds("upstreams") else {
            return (single.map { [$0] } ?? []) + (named ?? [])
        }
        let message = "\"upstreams\" stands here, and \"upstream\" at \(root.places["upstream"])"
        root.error("upstreams", message, "keep one of them; several go under \"upstreams\", each with a name")
        return named ?? []
    }

    /// `HOST`, `HOST:PORT`, or a section.
    private func readUpstream(_ node: Node, name: String?) -> Settings.Upstream? {
        if node.scalar != nil { return readShortUpstream(node, name: name) }
        guard let section = SettingsSection(node, source, what: "an upstream") else { return nil }
        defer { section.finish() }
        let host = section.string("host")
        let port = section.value("port", "a port", "995", Quantity.port)
        let tls = section.choice("tls", RelayConfiguration.Encryption.self)
        var upstream = Settings.Upstream(name: name ?? host ?? "", host: host ?? "")
        upstream.tls = tls ?? port.map(Settings.Upstream.usualTLS) ?? .implicit
        upstream.port = port ?? Settings.Upstream.usualPort(upstream.tls)
        upstream.certificateName = section.string("name")
        upstream.ca = section.string("ca").map(source.path)
        upstream.pin = section.string("pin")
        upstream.clientCertificate = section.string("client-certificate").map(source.path)
        upstream.clientKey = section.string("client-key").map(source.path)
        upstream.acceptAnyCertificate = section.bool("accept-any-certificate") ?? false
        upstream.places = section.places
        if section["host"] == nil {
            section.error("host", "an upstream needs a \"host\"", "write for example host: pop.example.com")
        }
        guard let host else { return nil }
        guard Quantity.isHost(host) else {
            section.error("host", "\"\(host)\" is not a host", "write a name or an IP address, and the port with port:")
            return nil
        }
        return upstream
    }

    private func readShortUpstream(_ node: Node, name: String?) -> Settings.Upstream? {
        let text = node.scalar?.string ?? ""
        guard let address = Quantity.server(text) else {
            let what = node.isEmpty ? "an upstream needs a host" : "\"\(text)\" is not a host"
            let fix = "write for example pop.example.com or pop.example.com:995"
            source.findings.error(source.place(of: node), what, fix)
            return nil
        }
        var upstream = Settings.Upstream(name: name ?? address.host, host: address.host, port: address.port)
        upstream.tls = Settings.Upstream.usualTLS(port: address.port)
        upstream.places = Places(source.place(of: node))
        return upstream
    }
}

// Upstreams in the settings file: one without a name of its own, or several with names.

import ProxyProtocol
import Relay
import Yams

extension SettingsReader {
    func readUpstreams(_ root: SettingsSection) -> [Settings.Upstream] {
        let single = root["upstream"].flatMap { readUpstream($0, name: nil) }
        let named = root.section("upstreams").map { readUpstreams($0, root) }
        if root.places.holds("upstream"), single == nil { root.markFaulty("upstream") }
        guard root.places.holds("upstream"), root.places.holds("upstreams") else {
            return (single.map { [$0] } ?? []) + (named ?? [])
        }
        let message = "\"upstreams\" stands here, and \"upstream\" at \(root.places["upstream"])"
        root.error("upstreams", message, "keep one of them; several go under \"upstreams\", each with a name")
        return named ?? []
    }

    private func readUpstreams(_ section: SettingsSection, _ root: SettingsSection) -> [Settings.Upstream] {
        let names = section.names
        if names.isEmpty { root.error("upstreams", "there is no upstream here", "write for example { office: HOST }") }
        section.refuseNamelessKey("an upstream")
        let upstreams = names.compactMap { name in section[name].flatMap { readUpstream($0, name: name) } }
        if upstreams.count < names.count { root.markFaulty("upstreams") }
        return upstreams
    }

    /// `HOST`, `HOST:PORT`, or a section.
    private func readUpstream(_ node: Node, name: String?) -> Settings.Upstream? {
        if node.scalar != nil { return readShortUpstream(node, name: name) }
        guard let section = SettingsSection(node, source, what: "an upstream") else { return nil }
        let host = section.string("host")
        let port = section.value("port", "a port from 1 to 65535", "995", Quantity.port)
        let tls = section.encryption()
        var upstream = Settings.Upstream(name: name ?? host ?? "", host: host ?? "")
        upstream.tls = tls ?? port.map(Settings.Upstream.usualTLS) ?? .implicit
        upstream.port = port ?? Settings.Upstream.usualPort(upstream.tls)
        upstream.certificateName = section.string("name")
        upstream.ca = section.secretPath("ca")
        upstream.pin = section.string("pin")
        upstream.clientCertificate = section.secretPath("client-certificate")
        upstream.clientKey = section.secretPath("client-key", mayBeVariable: true)
        upstream.acceptAnyCertificate = section.bool("accept-any-certificate") ?? false
        upstream.trustedHops = readTrustedHops(section)
        upstream.sizeLimit = section.sizeLimit()
        upstream.sessions = readCount(section, "sessions", example: "100")
        upstream.dialsPerSecond = readCount(section, "dials-per-second", example: "20")
        upstream.isLocal = section.bool("local") ?? false
        upstream.logins = readLogins(section)
        upstream.proxyHeader = section.choice("proxy-protocol", ProxyHeader.Version.self)
        upstream.announcesClients = section.bool("xclient") ?? false
        section.finish()
        section.misses("host", "an upstream needs a \"host\"", "write for example host: pop.example.com")
        upstream.places = section.places
        guard let host else { return nil }
        guard Quantity.isHost(host) else {
            let fix = "write a name or an IP address, and the port with port:"
            section.error("host", "\"\(host)\" is not a host", Quantity.remedy(for: host) ?? fix)
            return nil
        }
        return upstream
    }

    /// At least one: nobody sets up an upstream to which nobody gets.
    private func readCount(_ section: SettingsSection, _ key: String, example: String) -> Int? {
        let what = "a number from 1 to \(Quantity.highestCount)"
        return section.value(key, what, example) { text in Quantity.count(text).flatMap { $0 > 0 ? $0 : nil } }
    }

    private func readTrustedHops(_ section: SettingsSection) -> Int {
        let what = "a number of Received lines, from 0 to \(Settings.Upstream.mostHops)"
        return section.value("trusted-hops", what, "1") { text in
            Quantity.count(text).flatMap { $0 <= Settings.Upstream.mostHops ? $0 : nil }
        } ?? 0
    }

    private func readShortUpstream(_ node: Node, name: String?) -> Settings.Upstream? {
        let text = node.scalar?.string ?? ""
        guard let address = Quantity.server(text) else {
            let what = node.isEmpty ? "an upstream needs a host" : "\"\(text)\" is not a host"
            let fix = "write for example pop.example.com or pop.example.com:995"
            source.findings.error(source.place(of: node), what, Quantity.remedy(for: text) ?? fix)
            return nil
        }
        var upstream = Settings.Upstream(name: name ?? address.host, host: address.host, port: address.port)
        upstream.tls = Settings.Upstream.usualTLS(port: address.port)
        upstream.places = Places(source.place(of: node))
        return upstream
    }
}

extension SettingsSection {
    /// `tls` of a listener or an upstream: who says no more than yes has not said which of the two.
    func encryption() -> RelayConfiguration.Encryption? {
        let text = self["tls"]?.scalar?.string ?? ""
        switch text.lowercased() {
        case "yes", "true", "on", "y":
            let fix = "write implicit, for TLS from the first octet (port 995), or starttls (port 110)"
            error("tls", "\"tls\" can't be \"\(text)\"", fix)
            return nil
        case "no", "false", "off", "n":
            error("tls", "\"tls\" can't be \"\(text)\"", "write none")
            return nil
        default: return choice("tls", RelayConfiguration.Encryption.self)
        }
    }
}

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
        let hosts = readHosts(section)
        let domain = section.value("srv", "a domain", "example.com") { Quantity.isHost($0) ? $0 : nil }
        let port = section.value("port", "a port from 1 to 65535", "995", Quantity.port)
        let tls = section.encryption()
        var upstream = hosts?.first ?? Settings.Upstream(name: name ?? domain ?? "", host: "")
        upstream.name = name ?? domain ?? upstream.name
        upstream.domain = domain
        upstream.tls = tls ?? (upstream.path == nil ? port.map(Settings.Upstream.usualTLS) ?? .implicit : .none)
        let usual = port ?? Settings.Upstream.usualPort(upstream.tls)
        // Who writes no port with a host means the upstream's.
        func ported(_ one: Settings.Upstream) -> Settings.Upstream.Host {
            .init(host: one.host, port: one.port == 0 ? usual : one.port)
        }
        upstream.port = ported(upstream).port
        upstream.others = (hosts ?? []).dropFirst().map(ported)
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
        if domain == nil, !section.places.leavesOpen("srv") {
            section.misses("host", "an upstream needs a \"host\"", "write for example host: pop.example.com")
        }
        checkPlace(section, upstream)
        upstream.places = section.places
        return domain != nil || hosts?.isEmpty == false ? upstream : nil
    }

    /// What says where it is twice.
    private func checkPlace(_ section: SettingsSection, _ upstream: Settings.Upstream) {
        for key in ["host", "port"] where section.places.holds("srv") && section.places.holds(key) {
            section.error(key, "\"\(key)\" means nothing with \"srv\", which finds it", "keep one of them")
        }
        if upstream.path != nil, section.places.holds("port") {
            section.error("port", "a Unix socket has no port", "take it away")
        }
    }

    /// One, or several in their order; their ports are 0 where none is written. Nil where they can't be read.
    private func readHosts(_ section: SettingsSection) -> [Settings.Upstream]? {
        guard let node = section["host"] else { return nil }
        guard case .sequence = node else {
            return section.string("host").flatMap { readHost($0, section, isAlone: true) }.map { [$0] }
        }
        let hosts = section.list("host") { node in readHost(node.scalar?.string ?? "", section, isAlone: false) } ?? []
        if hosts.isEmpty, !section.places.faulty.contains("host") {
            section.error("host", "there is no host here", "write for example [a.example, b.example]")
        }
        if hosts.count > Settings.Upstream.mostHosts {
            let fix = "name \(Settings.Upstream.mostHosts) at most, or one balancer"
            section.error("host", "these are \(hosts.count) hosts", fix)
        }
        return section.places.faulty.contains("host") ? nil : hosts
    }

    private func readHost(_ text: String, _ section: SettingsSection, isAlone: Bool) -> Settings.Upstream? {
        if text.hasPrefix("unix:") {
            if isAlone, let upstream = Settings.Upstream(text, name: nil) { return upstream }
            let what = isAlone ? "\"\(text)\" is no path of a socket" : "a Unix socket stands alone"
            section.error("host", what, isAlone ? Self.socketFix : "write it as an upstream of its own")
            return nil
        }
        if isAlone ? Quantity.isHost(text) : true, let address = Quantity.server(text, port: 0) {
            return Settings.Upstream(name: address.host, host: address.host, port: address.port)
        }
        let fix = "write a name or an IP address, and the port with port:"
        section.error("host", "\"\(text)\" is not a host", Quantity.remedy(for: text) ?? fix)
        return nil
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
        guard var upstream = Settings.Upstream(text, name: name) else {
            let what = node.isEmpty ? "an upstream needs a host" : "\"\(text)\" is not a host"
            let fix = "write for example pop.example.com or pop.example.com:995"
            source.findings.error(source.place(of: node), what, Quantity.remedy(for: text) ?? fix)
            return nil
        }
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

// What can be wrong with settings that can be read: values that do not fit each other.
// Must not open files; see SettingsLoader. Nor tell what only follows from a mistake that has been told.

import NIOCore
import Patterns
import Relay

extension Settings {
    /// Everything about the settings that can be told without opening a file.
    func check(_ findings: FindingList) {
        if upstreams.isEmpty, !places.leavesOpen("upstream"), !places.leavesOpen("upstreams") {
            let isFile = places.section != .program
            let message = isFile ? "there is no upstream" : "there is no upstream, and no \(Self.defaultFile) here"
            let file =
                isFile ? "write \"upstream: pop.example.com\"" : "begin with: popsieve config > \(Self.defaultFile)"
            findings.error(places.section, message, "\(file), or use --upstream HOST")
        }
        for upstream in upstreams {
            if !places.leavesOpen("listeners") { checkLoop(upstream, findings) }
            upstream.check(findings)
        }
        if !places.leavesOpen("upstreams") { checkNames(findings) }
        checkRoutes(findings)
        checkAccounts(findings)
        checkDirectory(findings)
        checkOAuth(findings)
        checkListeners(findings)
        checkProxies(findings)
        checkHolding(findings)
        checkQuarantineSizes(findings)
        if sizeReserve > 0, rules == nil, !places.leavesOpen("rules") {
            findings.warning(places["size-reserve"], "without rules nothing is reserved", "name a directory of rules")
        }
        if timeouts.idle < .minutes(10) {
            let fix = "RFC 1939 wants 10m at least"
            findings.warning(places["timeouts"], "idle clients are cut off after \(timeouts.idle.setting)", fix)
        }
    }

    private func checkLoop(_ upstream: Upstream, _ findings: FindingList) {
        let isOwn = listeners.contains { listener in
            if let path = upstream.path { return listener.path == path }
            return upstream.hosts.contains {
                listener.port == $0.port && listener.port != 0 && listener.isReached(by: $0.host)
            }
        }
        guard isOwn else { return }
        let message = "upstream \"\(upstream.name)\" is one of Popsieve's own listeners"
        findings.error(upstream.places["host"], message, "name the provider's server")
    }

    private func checkNames(_ findings: FindingList) {
        let names = upstreams.map(\.name)
        for route in routes where !names.contains(route.upstream) && !names.isEmpty {
            let near = names.nearest(to: route.upstream).map { "did you mean \"\($0)\"?" }
            let message = "there is no upstream \"\(route.upstream)\""
            findings.error(route.places["upstream"], message, near ?? "known: \(names.joined(separator: ", "))")
        }
    }

    private func checkRoutes(_ findings: FindingList) {
        if routes.isEmpty, accounts.isEmpty, directory == nil, upstreams.count > 1, !places.leavesOpen("routes"),
            !places.leavesOpen("accounts"), !places.leavesOpen("auth-http")
        {
            let fix = "say with routes who goes where, such as { user: \"*\", upstream: \(upstreams[0].name) }"
            findings.error(places["upstreams"], "there are \(upstreams.count) upstreams and no routes", fix)
        }
        for route in routes { checkName(route.user, route.name, route.places, findings) }
        checkReach(routes.map { ($0.user, $0.places["user"]) }, "this route", findings)
        checkReach(users.map { ($0.user, $0.places["user"]) }, "this entry", findings)
        checkUse(findings)
    }

    /// The first match counts: what stands behind one that takes all of its users is never looked at.
    private func checkReach(_ entries: [(user: String, place: Place)], _ what: String, _ findings: FindingList) {
        for (index, entry) in entries.enumerated() {
            guard let taker = entries[..<index].first(where: { Glob($0.user).matchesAll(of: Glob(entry.user)) }) else {
                continue
            }
            let message = "no user ever comes to \(what): \"\(taker.user)\" at \(taker.place) takes them all"
            findings.warning(entry.place, message, "put it before that one, or take it away")
        }
    }

    /// Upstreams that nobody is led to.
    private func checkUse(_ findings: FindingList) {
        guard !routes.isEmpty, !places.leavesOpen("routes"), !places.leavesOpen("upstreams") else { return }
        let used = routes.map(\.upstream) + accounts.compactMap(\.upstream)
        for upstream in upstreams where !used.contains(upstream.name) {
            let fix = "add one, or take the upstream away"
            findings.warning(upstream.places.section, "no route leads to the upstream \"\(upstream.name)\"", fix)
        }
    }

    private func checkListeners(_ findings: FindingList) {
        if listeners.isEmpty, !places.leavesOpen("listeners") {
            findings.error(places["listeners"], "there is no listener", "write for example - \"127.0.0.1:1110\"")
        }
        for (index, listener) in listeners.enumerated() {
            let isSame = { (other: Listener) in other.reach.overlaps(listener.reach) }
            if listener.port != 0 || listener.path != nil, let other = listeners[..<index].first(where: isSame) {
                let message =
                    "\(listener.address) is listened on already, by \(other.address) at \(other.places["address"])"
                let what = listener.path == nil ? "port" : "socket"
                findings.error(listener.places["address"], message, "give each listener a \(what) of its own")
            }
            listener.check(
                allowsPlaintextLogin: allowPlaintextLogin || places.leavesOpen("allow-plaintext-login"),
                findings
            )
        }
    }
}

extension Settings {
    private func checkProxies(_ findings: FindingList) {
        guard !places.leavesOpen("trusted-proxies"), !places.leavesOpen("listeners") else { return }
        let behind = listeners.first { $0.takesProxyHeader && $0.path == nil }
        for listener in listeners where listener.takesProxyHeader && listener.isOpenToAll {
            let message = "whoever is on this machine is believed whatever address it gives for its own"
            findings.warning(listener.places["proxy-protocol"], message, "set mode: 0660")
        }
        if let behind, trustedProxies.isEmpty {
            let fix = "name the balancers with trusted-proxies, such as [192.0.2.10]"
            findings.error(behind.places["proxy-protocol"], "nobody may connect to \(behind.address)", fix)
        }
        if behind == nil, !trustedProxies.isEmpty {
            let fix = "add proxy-protocol: true to a listener, or take it away"
            findings.warning(places["trusted-proxies"], "no listener takes the PROXY protocol", fix)
        }
        if trustedProxies.contains(where: \.isAll) {
            let message = "whoever connects is believed whatever address it gives for its own"
            findings.warning(places["trusted-proxies"], message, "name the balancers' addresses alone")
        }
    }
}

extension Settings.Upstream {
    fileprivate func check(_ findings: FindingList) {
        if tls == .none {
            checkUnencrypted(findings)
        } else if acceptAnyCertificate {
            let message = "anybody can pose as \"\(address)\", since any certificate is accepted"
            let fix = "name its issuer's certificate with \"ca\", or its key with \"pin\""
            if pin == nil, !places.leavesOpen("pin") {
                findings.warning(places["accept-any-certificate"], message, fix)
            }
            if ca != nil {
                findings.error(places["ca"], "\"ca\" means nothing with accept-any-certificate", "keep one of them")
            }
        }
        let isClear = !places.leavesOpen("client-certificate") && !places.leavesOpen("client-key")
        if isClear, (clientCertificate == nil) != (clientKey == nil) {
            let key = clientKey == nil ? "client-certificate" : "client-key"
            findings.error(places[key], "client-certificate and client-key belong together", "set both or none")
        }
        if logins?.isEmpty == true, !places.leavesOpen("login") {
            findings.error(places["login"], "there is no way to log in", "name one, or take the key away")
        }
        if tls == .implicit, port == 110, places.holds("tls") {
            let fix = "use tls: starttls, or port: 995"
            findings.warning(places["port"], "servers on port 110 do not begin with TLS", fix)
        }
    }

    private func checkUnencrypted(_ findings: FindingList) {
        if path == nil, domain != nil || !hosts.allSatisfy(\.isLoopback) {
            let fix = "use tls: implicit or tls: starttls"
            findings.warning(places["tls"], "passwords and mail go to \"\(domain ?? host)\" unencrypted", fix)
        }
        for key in ["ca", "name", "pin", "client-certificate", "client-key"] where places.holds(key) {
            findings.error(places[key], "\"\(key)\" means nothing with tls: none", "use tls: implicit or tls: starttls")
        }
    }
}

extension Settings.Listener {
    /// A Unix socket to which everybody on this machine may connect.
    fileprivate var isOpenToAll: Bool { path != nil && (mode ?? 0o666) & 0o002 != 0 }

    fileprivate func check(allowsPlaintextLogin: Bool, _ findings: FindingList) {
        if mode != nil, path == nil {
            findings.error(places["mode"], "\"mode\" means nothing without a Unix socket", "take it away")
        }
        switch tls {
        case _ where places.leavesOpen("tls"): break
        case .none:
            if path == nil, !Quantity.isLoopback(host), !allowsPlaintextLogin {
                // Flags can't name a certificate.
                let way = places.section.line == nil ? "in a settings file, use" : "use"
                let fix = "\(way) tls: starttls or tls: implicit with a certificate, or allow-plaintext-login: true"
                findings.error(places["address"], "a listener without TLS is for loopback addresses only", fix)
            }
            for key in ["certificate", "key"] where places.holds(key) {
                let fix = "add tls: implicit or tls: starttls"
                findings.error(places[key], "\"\(key)\" means nothing without TLS", fix)
            }
        case .implicit, .starttls:
            if certificate == nil, !places.leavesOpen("certificate") {
                findings.error(places["tls"], "TLS needs a certificate", "add certificate: and key:, PEM files")
            } else if certificate != nil, key == nil, !places.leavesOpen("key") {
                findings.error(places["certificate"], "the certificate needs its key", "add key:, a PEM file")
            }
        }
    }

    /// Whether a connection to `host` would come here.
    fileprivate func isReached(by host: String) -> Bool {
        let own = ListenerReach(host: self.host, port: port)
        return own.host == ListenerReach(host: host, port: port).host
            || Quantity.isLoopback(host) && (own.isWildcard || Quantity.isLoopback(self.host))
    }
}

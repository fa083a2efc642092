// What can be wrong with settings that can be read: values that do not fit each other.
// Must not open files; see SettingsLoader.

import Relay

extension Settings {
    /// Everything about the settings that can be told without opening a file.
    func check(_ findings: FindingList) {
        checkUpstreams(findings)
        checkRoutes(findings)
        if listeners.isEmpty {
            findings.add(Finding(nil, "there is no listener", "add one, such as { address: \"127.0.0.1:1110\" }"))
        }
        for listener in listeners { check(listener, findings) }
    }

    private func checkUpstreams(_ findings: FindingList) {
        if upstreams.isEmpty, !findings.hasErrors {
            findings.add(Finding(nil, "there is no upstream", "write \"upstream: pop.example.com\", or use --upstream"))
        }
        for upstream in upstreams {
            if listeners.contains(where: { $0.port == upstream.port && $0.port != 0 && $0.reaches(upstream.host) }) {
                findings.add(
                    Finding(
                        upstream.place,
                        "upstream \"\(upstream.name)\" is one of Popsieve's own listeners",
                        "name the provider's server"
                    )
                )
            }
            if upstream.tls == .none, !Quantity.isLoopback(upstream.host) {
                findings.add(
                    Finding(
                        upstream.place,
                        severity: .warning,
                        "passwords and mail go to \"\(upstream.host)\" unencrypted",
                        "use tls: implicit or tls: starttls"
                    )
                )
            }
            if upstream.acceptAnyCertificate {
                findings.add(
                    Finding(
                        upstream.place,
                        severity: .warning,
                        "anybody can pose as \"\(upstream.host)\", since any certificate is accepted",
                        "name its issuer's certificate with ca, or its key with pin"
                    )
                )
            }
            if (upstream.clientCertificate == nil) != (upstream.clientKey == nil) {
                findings.add(
                    Finding(upstream.place, "client-certificate and client-key belong together", "set both or none")
                )
            }
        }
    }

    private func checkRoutes(_ findings: FindingList) {
        let names = upstreams.map(\.name)
        for route in routes where !names.contains(route.upstream) {
            let near = names.nearest(to: route.upstream).map { "did you mean \"\($0)\"?" }
            findings.add(
                Finding(
                    route.place,
                    "there is no upstream \"\(route.upstream)\"",
                    near ?? "known: \(names.joined(separator: ", "))"
                )
            )
        }
        if routes.isEmpty, upstreams.count > 1 {
            findings.add(
                Finding(
                    upstreams[1].place,
                    "there are \(upstreams.count) upstreams and no routes",
                    "say with routes who goes where, such as { user: \"*\", upstream: \(names[0]) }"
                )
            )
        }
    }

    private func check(_ listener: Listener, _ findings: FindingList) {
        switch listener.tls {
        case .none:
            if !Quantity.isLoopback(listener.host), !allowPlaintextLogin {
                findings.add(
                    Finding(
                        listener.place,
                        "a listener without TLS is for loopback addresses only",
                        "use tls: starttls or tls: implicit with a certificate, or set allow-plaintext-login: true"
                    )
                )
            }
        case .implicit, .starttls:
            if listener.certificate == nil || listener.key == nil {
                findings.add(
                    Finding(listener.place, "TLS needs a certificate and a key", "add certificate: and key:, PEM files")
                )
            }
        }
    }
}

extension Settings.Listener {
    fileprivate func reaches(_ host: String) -> Bool {
        let isWildcard = self.host == "::" || self.host == "0.0.0.0"
        return self.host == host || (Quantity.isLoopback(host) && (isWildcard || Quantity.isLoopback(self.host)))
    }
}

extension Finding {
    init(_ place: Settings.Place?, severity: Severity = .error, _ message: String, _ mend: String) {
        self.init(
            file: place?.file ?? "settings",
            line: place?.line,
            column: place?.column,
            severity: severity,
            message: message,
            mend: mend
        )
    }
}

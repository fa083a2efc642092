// From settings to what the relay takes: certificates and keys are read, contexts made of them.
// Must not decide anything about a connection; TLS does.

import AuditReading
import Foundation
import Relay
import TLS

/// Makes a relay's configuration; what can't be loaded is a finding, at the setting that names it.
final class CertificateLoader {
    /// A certificate that is shown to somebody.
    struct Summary {
        var file: String
        var names: [String]
        /// Seconds since 1970.
        var notAfter: Int64
    }

    let findings: FindingList
    /// Seconds since 1970.
    let now: Int64
    private(set) var summaries: [Summary] = []

    init(findings: FindingList, now: Int64) {
        self.findings = findings
        self.now = now
    }

    func configuration(_ settings: Settings) -> RelayConfiguration {
        var configuration = RelayConfiguration(
            listeners: settings.listeners.map(listener),
            upstreams: settings.upstreams.map(upstream),
            routes: settings.routes.map { .init(user: $0.user, upstream: $0.upstream, as: $0.name) },
            allowPlaintextLogin: settings.allowPlaintextLogin,
            passThrough: Set(settings.passThrough),
            lineEndings: settings.lineEndings,
            rejected: settings.rejected,
            timeouts: settings.timeouts
        )
        configuration.sizePolicy = settings.sizeLimit
        configuration.trustedNetworks = settings.trustedNetworks
        configuration.trustedProxies = settings.trustedProxies
        configuration.userSizePolicies = settings.users.compactMap { user in
            user.sizeLimit.map { SizePolicy.OfUser(user: user.user, policy: $0) }
        }
        return configuration
    }

    private func listener(_ listener: Settings.Listener) -> RelayConfiguration.Listener {
        var made = RelayConfiguration.Listener(
            host: listener.host,
            port: listener.port,
            encryption: listener.tls,
            serverContext: listener.tls == .none ? nil : serverContext(listener)
        )
        made.sizePolicy = listener.sizeLimit
        made.takesProxyHeader = listener.takesProxyHeader
        made.path = listener.path
        made.mode = listener.mode ?? made.mode
        return made
    }

    private func serverContext(_ listener: Settings.Listener) -> ServerContext? {
        guard let certificate = listener.certificate, let key = listener.key else { return nil }
        do {
            let context = try ServerContext(certificates: [.init(chain: certificate, anyKey: key)])
            for certificate in context.certificates { look(at: certificate, listener.places["certificate"]) }
            look(atKey: key, listener.places["key"])
            return context
        } catch {
            let isKey = error.file == key && key != certificate
            let names = ("certificate", "key")
            let swap = PEMContents.swap(certificate: certificate, key: key, listener.places, names)
            findings.add(swap ?? Finding(error, listener.places[isKey ? names.1 : names.0]))
            return nil
        }
    }

    private func upstream(_ upstream: Settings.Upstream) -> RelayConfiguration.Upstream {
        // A domain is who is meant, wherever its records lead (RFC 6186 section 6).
        let named = upstream.certificateName ?? upstream.domain
        let faulty = (named.map { [$0] } ?? upstream.certificateHosts).first { ServerName($0) == nil }
        if upstream.tls != .none, let text = faulty {
            let key = upstream.certificateName != nil ? "name" : upstream.domain == nil ? "host" : "srv"
            let fix = "set \"name\" to one that it carries"
            findings.error(upstream.places[key], "\"\(text)\" is no name that a certificate can carry", fix)
        }
        var made = RelayConfiguration.Upstream(
            name: upstream.name,
            host: upstream.host,
            port: upstream.port,
            encryption: upstream.tls,
            clientContext: upstream.tls == .none ? nil : clientContext(upstream),
            serverName: named.flatMap(ServerName.init)
        )
        made.places = upstream.endpoints
        if named == nil, made.places.count > 1 { made.serverName = nil }
        made.trustedHops = upstream.trustedHops
        made.sizePolicy = upstream.sizeLimit
        made.sessions = upstream.sessions
        made.dialsPerSecond = upstream.dialsPerSecond
        made.mayBeLocal = upstream.mayBeLocal
        made.logins = upstream.logins
        made.proxyHeader = upstream.proxyHeader
        made.announcesClients = upstream.announcesClients
        return made
    }

    private func clientContext(_ upstream: Settings.Upstream) -> ClientContext? {
        let pin = upstream.pin.flatMap(PublicKeyPin.init)
        if let text = upstream.pin, pin == nil {
            let fix = "write sha256// and 44 characters of base64, as curl does"
            findings.error(upstream.places["pin"], "\"\(text)\" is not a public-key pin", fix)
        }
        let roots = upstream.ca.map { ClientContext.Verification.roots(file: $0) } ?? .systemRoots
        do {
            let context = try ClientContext(
                verification: upstream.acceptAnyCertificate ? .acceptAnyCertificate : roots,
                pins: pin.map { [$0] } ?? [],
                clientCertificate: upstream.certificateFiles
            )
            if let certificate = context.certificate { look(at: certificate, upstream.places["client-certificate"]) }
            if let key = upstream.clientKey { look(atKey: key, upstream.places["client-key"]) }
            return context
        } catch {
            let named = ["client-key": upstream.clientKey, "client-certificate": upstream.clientCertificate]
            let key = named.first { $0.value == error.file }?.key ?? "ca"
            let swap = upstream.certificateFiles.flatMap {
                let names = ("client-certificate", "client-key")
                return PEMContents.swap(certificate: $0.chain, key: $0.key, upstream.places, names)
            }
            findings.add((key == "ca" ? nil : swap) ?? Finding(error, upstream.places[key]))
            return nil
        }
    }

    // MARK: What is legal but will not do for long

    private func look(at certificate: ServerContext.CertificateSummary, _ place: Place) {
        summaries.append(Summary(file: certificate.file, names: certificate.names, notAfter: certificate.notAfter))
        let days = (certificate.notAfter - now) / 86_400
        guard days < 14 else { return }
        let what = certificate.notAfter < now ? "has expired" : "expires in \(Int(days).of("day"))"
        findings.warning(place, "\(certificate.file): the certificate \(what)", "renew it, then send SIGHUP")
    }

    private func look(atKey file: String, _ place: Place) {
        guard let mode = FileManager.default.permissions(file), mode & 0o004 != 0 else { return }
        findings.warning(place, "\(file): anybody on this machine may read this key", "chmod o-r \(file)")
    }
}

extension Settings.Upstream {
    /// Whose names certificates carry, where no other is set.
    fileprivate var certificateHosts: [String] { path.map { ["unix:\($0)"] } ?? hosts.map(\.host) }

    fileprivate var certificateFiles: ServerContext.CertificateFiles? {
        guard let clientCertificate, let clientKey else { return nil }
        return .init(chain: clientCertificate, anyKey: clientKey)
    }
}

extension ServerContext.CertificateFiles {
    /// The key is a path, or a variable of the environment.
    fileprivate init(chain: String, anyKey: String) {
        self.init(chain: chain, key: anyKey, keyText: SettingsSection.octets(of: anyKey))
    }
}

extension Finding {
    init(_ error: TLSConfigurationError, _ place: Place) {
        self.init(place, .error, error.file.map { "\($0): \(error.problem)" } ?? error.problem, error.fix)
    }
}

// From flags and files to everything that a run needs: settings read, certificates loaded, rules compiled.
// Must not start anything, and gives up only after it has found every fault.

import Audit
import Filtering
import Foundation
import Relay
import Sieve
import TLS

/// What the command line says; it wins over the file.
struct SettingsFlags: Sendable {
    var config: String?
    var upstream: String?
    var listen: [String] = []
    var rules: String?
    var audit: String?
}

/// Loads everything, at the start and at each reload.
struct SettingsLoader: Sendable {
    let flags: SettingsFlags

    /// What a run needs, and every warning.
    struct Outcome {
        var settings: Settings
        var loaded: Loaded
        var findings: [Finding]
    }

    /// All that was found; at least one is an error.
    struct Failure: Error {
        var subject: LoadError.Subject
        var findings: [Finding]
    }

    func load() throws(Failure) -> Outcome {
        let list = FindingList()
        let settings = readSettings(list)
        settings.check(list)
        if list.hasErrors { throw Failure(subject: .settings, findings: list.findings) }
        let (listeners, upstreams) = loadContexts(settings, list)
        let certificatesFailed = list.hasErrors
        let (ruleSet, names) = loadRules(settings, list)
        if list.hasErrors {
            throw Failure(subject: certificatesFailed ? .certificates : .rules, findings: list.findings)
        }
        let configuration = RelayConfiguration(
            listeners: listeners,
            upstreams: upstreams,
            routes: settings.routes.map { .init(user: $0.user, upstream: $0.upstream) },
            allowPlaintextLogin: settings.allowPlaintextLogin,
            passThrough: Set(settings.passThrough),
            lineEndings: settings.lineEndings,
            timeouts: settings.timeouts
        )
        let loaded = Loaded(
            configuration: configuration,
            limits: settings.limits,
            ruleSet: ruleSet,
            ruleFiles: names,
            certificateFiles: settings.listeners.compactMap(\.certificate),
            audit: settings.audit == "-" ? .standardOutput : .file(path: settings.audit),
            settingsFile: file
        )
        return Outcome(settings: settings, loaded: loaded, findings: list.findings)
    }

    /// The settings file in use: the one that was named, or the one in the working directory if there is one.
    var file: String? {
        if let config = flags.config { return config }
        return FileManager.default.fileExists(atPath: Settings.defaultFile) ? Settings.defaultFile : nil
    }

    // MARK: Settings

    func readSettings(_ list: FindingList) -> Settings {
        var settings = Settings()
        if let file {
            guard let data = FileManager.default.contents(atPath: file) else {
                list.add(
                    Finding(
                        file: file,
                        message: "the settings file can't be read",
                        mend: "mend --config, or make it readable"
                    )
                )
                return settings
            }
            let directory = (file as NSString).deletingLastPathComponent
            let reader = SettingsReader(file: file, findings: list, directory: directory)
            settings = reader.read(String(decoding: data, as: UTF8.self))
        }
        apply(flags, to: &settings, list)
        return settings
    }

    private func apply(_ flags: SettingsFlags, to settings: inout Settings, _ list: FindingList) {
        if let text = flags.upstream {
            if let address = Quantity.address(text, defaultPort: 995) {
                settings.upstreams = [.init(name: address.host, host: address.host, port: address.port)]
                settings.routes = []
            } else {
                list.add(
                    Finding(
                        file: "--upstream",
                        message: "\"\(text)\" is not a host",
                        mend: "write for example pop.example.com"
                    )
                )
            }
        }
        if !flags.listen.isEmpty {
            settings.listeners = flags.listen.compactMap { text in
                if let address = Quantity.address(text) { return .init(host: address.host, port: address.port) }
                list.add(
                    Finding(
                        file: "--listen",
                        message: "\"\(text)\" is not an address",
                        mend: "write for example 127.0.0.1:1110"
                    )
                )
                return nil
            }
        }
        settings.rules = flags.rules ?? settings.rules
        settings.audit = flags.audit ?? settings.audit
    }

    // MARK: Certificates

    private func loadContexts(
        _ settings: Settings,
        _ list: FindingList
    ) -> ([RelayConfiguration.Listener], [RelayConfiguration.Upstream]) {
        let listeners = settings.listeners.map { listener in
            RelayConfiguration.Listener(
                host: listener.host,
                port: listener.port,
                encryption: listener.tls,
                serverContext: listener.tls == .none ? nil : serverContext(listener, list)
            )
        }
        let upstreams = settings.upstreams.map { upstream in
            let name = ServerName(upstream.certificateName ?? upstream.host)
            if upstream.tls != .none, name == nil {
                list.add(
                    Finding(
                        upstream.place,
                        "\"\(upstream.host)\" is no name that a certificate can carry",
                        "set \"name\""
                    )
                )
            }
            return RelayConfiguration.Upstream(
                name: upstream.name,
                host: upstream.host,
                port: upstream.port,
                encryption: upstream.tls,
                clientContext: upstream.tls == .none ? nil : clientContext(upstream, list),
                serverName: name
            )
        }
        return (listeners, upstreams)
    }

    private func serverContext(_ listener: Settings.Listener, _ list: FindingList) -> ServerContext? {
        guard let certificate = listener.certificate, let key = listener.key else { return nil }
        do {
            let context = try ServerContext(certificateChainFile: certificate, privateKeyFile: key)
            warnOfExpiry(context, list)
            return context
        } catch {
            list.add(Finding(error, at: listener.place))
            return nil
        }
    }

    private func warnOfExpiry(_ context: ServerContext, _ list: FindingList) {
        let now = WallClock.now().seconds
        for certificate in context.certificates {
            let days = (certificate.notAfter - now) / 86_400
            guard days < 14 else { continue }
            let what =
                certificate.notAfter < now ? "the certificate has expired" : "the certificate expires in \(days) days"
            list.add(
                Finding(file: certificate.file, severity: .warning, message: what, mend: "renew it, then send SIGHUP")
            )
        }
    }

    private func clientContext(_ upstream: Settings.Upstream, _ list: FindingList) -> ClientContext? {
        var pins: Set<PublicKeyPin> = []
        if let text = upstream.pin {
            guard let pin = PublicKeyPin(text) else {
                list.add(
                    Finding(
                        upstream.place,
                        "\"\(text)\" is not a public-key pin",
                        "write sha256//… with 44 characters of base64"
                    )
                )
                return nil
            }
            pins = [pin]
        }
        var clientCertificate: ServerContext.CertificateFiles?
        if let chain = upstream.clientCertificate, let key = upstream.clientKey {
            clientCertificate = .init(chain: chain, key: key)
        }
        let roots = upstream.ca.map { ClientContext.Verification.roots(file: $0) } ?? .systemRoots
        do {
            return try ClientContext(
                verification: upstream.acceptAnyCertificate ? .acceptAnyCertificate : roots,
                pins: pins,
                clientCertificate: clientCertificate
            )
        } catch {
            list.add(Finding(error, at: upstream.place))
            return nil
        }
    }

    // MARK: Rules

    private func loadRules(_ settings: Settings, _ list: FindingList) -> (RuleSet, [String]) {
        guard let path = settings.rules else { return (.empty, []) }
        return Self.compile(RuleDirectory(findings: list).read(path), list)
    }

    /// Compiles rule files, in the order given; findings carry the paths that a person can open.
    static func compile(_ files: [(path: String, file: RuleFile)], _ list: FindingList) -> (RuleSet, [String]) {
        let paths = Dictionary(files.map { ($0.file.name, $0.path) }, uniquingKeysWith: { first, _ in first })
        func add(_ diagnostics: [Diagnostic]) {
            for one in diagnostics { list.add(Finding(one, file: paths[one.file] ?? one.file)) }
        }
        do {
            let ruleSet = try RuleSet(files: files.map(\.file))
            add(ruleSet.warnings)
            return (ruleSet, files.map(\.file.name))
        } catch {
            add(error.diagnostics)
            return (.empty, [])
        }
    }
}

extension Finding {
    init(_ error: TLSConfigurationError, at place: Settings.Place?) {
        self.init(place, error.file.map { "\($0): \(error.problem)" } ?? error.problem, error.mend)
    }
}

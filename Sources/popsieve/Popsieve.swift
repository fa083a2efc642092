// The command line's first step.
// Must not stay: the real command line replaces it.

import ArgumentParser
import Audit
import Filtering
import Foundation
import Logging
import Relay
import TLS
import Yams

@main
struct Popsieve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "popsieve", subcommands: [Serve.self])
}

struct Serve: AsyncParsableCommand {
    @Option var config: String

    struct Settings: Decodable {
        struct Listener: Decodable { var address: String; var tls: String?; var certificate: String?; var key: String? }
        struct Upstream: Decodable { var host: String; var port: Int?; var tls: String?; var ca: String?; var name: String? }
        struct Route: Decodable { var user: String; var upstream: String }
        var listeners: [Listener]
        var upstream: Upstream?
        var upstreams: [String: Upstream]?
        var routes: [Route]?
        var rules: String?
        var audit: String?
    }

    func run() async throws {
        let path = config
        let load: @Sendable () throws -> Loaded = {
            let s = try YAMLDecoder().decode(Settings.self, from: String(contentsOfFile: path, encoding: .utf8))
            let listeners = try s.listeners.map { l in
                let colon = l.address.lastIndex(of: ":")!
                let tls = RelayConfiguration.Encryption(rawValue: l.tls ?? "none")!
                return RelayConfiguration.Listener(host: String(l.address[..<colon]), port: Int(l.address[l.address.index(after: colon)...])!, encryption: tls,
                    serverContext: tls == .none ? nil : try ServerContext(certificateChainFile: l.certificate!, privateKeyFile: l.key!))
            }
            var ups = s.upstreams ?? [:]
            if let u = s.upstream { ups["upstream"] = u }
            let upstreams = try ups.map { name, u in
                let tls = RelayConfiguration.Encryption(rawValue: u.tls ?? "implicit")!
                return RelayConfiguration.Upstream(name: name, host: u.host, port: u.port ?? 995, encryption: tls,
                    clientContext: tls == .none ? nil : try ClientContext(verification: u.ca.map { .roots(file: $0) } ?? .systemRoots), serverName: ServerName(u.name ?? u.host))
            }
            var files: [RuleFile] = []
            if let r = s.rules {
                for f in try FileManager.default.contentsOfDirectory(atPath: r).sorted() where f.hasSuffix(".sieve") {
                    files.append(RuleFile(name: f, source: [UInt8](try Data(contentsOf: URL(fileURLWithPath: r + "/" + f)))))
                }
            }
            let ruleSet: RuleSet
            do { ruleSet = try RuleSet(files: files) } catch let e as RuleSetError {
                throw LoadError(subject: .rules, diagnostics: e.diagnostics.map { AuditDiagnostic($0) })
            }
            return Loaded(configuration: RelayConfiguration(listeners: listeners, upstreams: upstreams, routes: (s.routes ?? []).map { .init(user: $0.user, upstream: $0.upstream) }),
                ruleSet: ruleSet, ruleFiles: files.map(\.name), audit: s.audit.map { $0 == "-" ? .standardOutput : .file(path: $0) } ?? .standardOutput, settingsFile: path)
        }
        try await Server(loaded: try load(), load: load, log: Logger(label: "popsieve")).run()
    }
}

// Popsieve as its users have it: settings, rules, audit log, store.
// Must not leave out anything that it does by default.

import Foundation

enum Popsieve {
    enum Rules {
        case none
        /// Those of the repository.
        case shipped
        /// And one that looks at the body of each message, and finds nothing.
        case shippedAndBody
    }

    private static let bodyRule = """
        require "body";
        if body :raw :contains "no such words anywhere" { discard; }

        """

    static func prepare(_ site: Site, _ rules: Rules) throws -> [String] {
        let folder: String? =
            switch rules {
            case .none: nil
            case .shipped: site.rules
            case .shippedAndBody: try site.copyOfRules(with: bodyRule)
            }
        let file = try site.write("popsieve.yaml", settings(site, rules: folder))
        return [site.popsieve, "serve", "--config", file]
    }

    private static func settings(_ site: Site, rules: String?) -> String {
        let certificate = "certificate: \"\(site.certificates.chain)\", key: \"\(site.certificates.key)\""
        let listener = site.path.clientHasTLS ? ", tls: implicit, \(certificate)" : ""
        let verification = "tls: implicit, ca: \"\(site.certificates.authority)\", name: localhost"
        let upstream = site.path.upstreamHasTLS ? verification : "tls: none"
        return """
            listeners:
              - { address: "127.0.0.1:\(site.port)"\(listener) }
            upstream: { host: 127.0.0.1, port: \(site.upstreamPort), \(upstream) }
            audit: "\(site.folder)/audit.jsonl"
            store: "\(site.folder)/store.sqlite"
            quarantine: "\(site.folder)/quarantine"
            \(rules.map { "rules: \"\($0)\"" } ?? "")
            \(site.room.map { "limits: { sessions: \($0) }" } ?? "")

            """
    }
}

extension Site {
    /// A folder of the same rules and one more.
    fileprivate func copyOfRules(with rule: String) throws -> String {
        let copy = "\(folder)/rules"
        try FileManager.default.createDirectory(atPath: copy, withIntermediateDirectories: true)
        for file in try FileManager.default.contentsOfDirectory(atPath: rules) where file.hasSuffix(".sieve") {
            _ = try write("rules/\(file)", String(contentsOfFile: "\(rules)/\(file)", encoding: .utf8))
        }
        _ = try write("rules/99-body.sieve", rule)
        return copy
    }
}

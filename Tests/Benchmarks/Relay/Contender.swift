// Who is measured: a relay as a program, its files and the paths that it knows.
// Must not start anything.

import ArgumentParser
import Foundation

/// A column of the table.
enum Contender: String, CaseIterable, ExpressibleByArgument {
    case nginx
    case dovecot
    case haproxy
    case popsieve
    case withoutRules = "popsieve-without-rules"
    case bodyRule = "popsieve-body-rule"
    /// No relay at all: what upstream and load cost by themselves.
    case direct

    static let usual = allCases.filter { $0 != .direct }

    var title: String {
        switch self {
        case .nginx: "nginx"
        case .dovecot: "Dovecot"
        case .haproxy: "HAProxy"
        case .popsieve: "Popsieve"
        case .withoutRules: "without rules"
        case .bodyRule: "with a body rule"
        case .direct: "no relay"
        }
    }

    /// The files that have to be there; the first one is the program.
    var files: [String] {
        switch self {
        case .nginx: ["/usr/sbin/nginx", Nginx.mailModule]
        case .dovecot: ["/usr/sbin/dovecot", "/usr/lib/dovecot/pop3-login"]
        case .haproxy: ["/usr/sbin/haproxy"]
        case .popsieve, .withoutRules, .bodyRule, .direct: []
        }
    }

    /// Debian's packages that bring them.
    var packages: String {
        switch self {
        case .nginx: "nginx libnginx-mod-mail"
        case .dovecot: "dovecot-pop3d"
        case .haproxy: "haproxy"
        case .popsieve, .withoutRules, .bodyRule, .direct: ""
        }
    }

    var isInstalled: Bool { files.allSatisfy { FileManager.default.fileExists(atPath: $0) } }

    /// nginx speaks no TLS to an upstream; without a relay there is one connection only.
    func knows(_ path: Path) -> Bool { ![.nginx, .direct].contains(self) || !path.upstreamHasTLS }

    /// What it is started with: its files are in the site's folder then.
    func prepare(_ site: Site) throws -> [String] {
        switch self {
        case .nginx: try Nginx.prepare(site)
        case .dovecot: try Dovecot.prepare(site)
        case .haproxy: try HAProxy.prepare(site)
        case .popsieve: try Popsieve.prepare(site, .shipped)
        case .withoutRules: try Popsieve.prepare(site, .none)
        case .bodyRule: try Popsieve.prepare(site, .shippedAndBody)
        case .direct: []
        }
    }
}

/// Where a contender is to work, and what it finds there.
struct Site {
    /// Its own, for files that it needs and that it writes.
    let folder: String
    let path: Path
    /// It listens there, on the loopback interface.
    let port: Int
    /// Nobody else has it, for what it needs itself.
    let sparePort: Int
    let upstreamPort: Int
    let certificates: Certificates
    /// Our own program, and the rules that it has.
    let popsieve: String
    let rules: String
    /// Threads or processes.
    let workers = ProcessInfo.processInfo.activeProcessorCount
    /// Sessions that there is room for; nil: for more than come.
    let room: Int?

    var sessions: Int { room ?? Cell.memory.sessions + 500 }

    /// Writes a file into the folder.
    ///
    /// - Returns: its path
    func write(_ name: String, _ text: String) throws -> String {
        try text.write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
        return "\(folder)/\(name)"
    }
}

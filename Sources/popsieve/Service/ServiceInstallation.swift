// One installation of the relay as a service: its program, its user, and what its settings name on the disk.
// Must not look at the disk: what is to be there may not be there yet.

import Audit
import NIOCore
import Relay
import Scanning
import SystemPackage

struct ServiceInstallation {
    static let usualProgram = "/usr/bin/popsieve"
    static let usualConfig = "/etc/popsieve/popsieve.yaml"
    /// Folders of the service's own, which systemd makes.
    static let state = "/var/lib/popsieve"
    static let logs = "/var/log/popsieve"
    static let runtime = "/run/popsieve"

    let program: String
    let config: String
    let user: String
    let settings: Settings

    /// Where every file says whence it is.
    var origin: String { "Made by `popsieve service` \(Server.version) for \(config)" }

    /// The file of the audit log; nil where it goes to the journal or to syslog.
    var auditLog: String? { settings.audit.file }

    private var environment: [String: String] { ["STATE_DIRECTORY": Self.state] }

    /// Folders in which the relay makes files.
    var writtenFolders: [String] {
        let tokens = settings.tokenAccounts.isEmpty ? nil : settings.tokenFile(environment)
        let files = [auditLog, settings.storeFile(environment), tokens].compactMap { $0 }.map(\.folder)
        let sockets = settings.listeners.compactMap { $0.path?.folder }
        let folders = [settings.quarantineFolder(environment), settings.limits.holding.folder].compactMap { $0 }
        return Set(files + sockets + folders).sorted()
    }

    /// Those of them that systemd does not make.
    var foreignFolders: [String] {
        let own = [Self.state, Self.logs, Self.runtime, "/tmp", "/var/tmp"]
        return writtenFolders.filter { folder in !own.contains { folder == $0 || folder.hasPrefix($0 + "/") } }
    }

    /// Files and folders that are read only.
    var read: [String] {
        let lists = settings.language.lists.compactMap { list -> String? in
            guard case .file(let path) = list.source else { return nil }
            return path
        }
        let certificates =
            settings.listeners.flatMap { [$0.certificate, $0.key] }
            + settings.upstreams.flatMap { [$0.ca, $0.clientCertificate, $0.clientKey] } + [settings.directory?.ca]
            + settings.accountFiles.map { $0.path }
        let others = [config, settings.notices, settings.rules, settings.audit.chainKey]
        let keys =
            [settings.tokenKey(environment), settings.tokens.oldKey]
            + settings.providers.flatMap { [$0.clientSecret, $0.ca] }
        let secrets = settings.tokenAccounts.isEmpty ? [] : keys
        let all = (others + certificates + secrets).compactMap(\.self)
        let paths = all.filter { !$0.hasPrefix(SettingsSection.variable) }
        return Set(paths + lists).sorted()
    }

    /// Sockets on which scanners listen.
    var scannerSockets: [String] {
        settings.scanners.compactMap { scanner in
            guard case .unix(path: let path)? = scanner.address else { return nil }
            return path
        }
    }

    /// The socket to which the audit log goes; nil where it goes elsewhere.
    var auditSocket: String? {
        let audit = settings.audit
        if audit.target == .journald { return audit.journal }
        if audit.target == .syslog, case .local(let path) = audit.syslog.transport { return path }
        return nil
    }

    /// Programs that scan.
    var scannerPrograms: [String] { settings.scanners.compactMap(\.command.first) }

    /// A listener has a port for which one needs a privilege.
    var hasLowPort: Bool { settings.listeners.contains { (1..<1_024).contains($0.port) } }

    /// Something lies where people keep their own files.
    var reachesHomes: Bool {
        (read + writtenFolders + [program]).contains { path in
            ["/home", "/root", "/run/user"].contains { path.hasPrefix("\($0)/") }
        }
    }
}

extension Settings.Listener {
    /// Its address is one, and no name that has to be looked up.
    var isNumeric: Bool { path != nil || (try? SocketAddress(ipAddress: host, port: port)) != nil }
}

extension String {
    /// Where a file lies.
    fileprivate var folder: String { FilePath(self).removingLastComponent().string }
}

// AppArmor's profile: the files that the relay may touch, by name.
// Must not give a scanner's program more than the relay has.

struct AppArmorProfile {
    let installation: ServiceInstallation

    var text: String {
        """
        # \(installation.origin)
        abi <abi/3.0>,
        include <tunables/global>

        profile popsieve \(installation.program.profileWord) flags=(attach_disconnected) {
          include <abstractions/base>
          include <abstractions/nameservice>
          include <abstractions/openssl>
          include <abstractions/ssl_certs>
          include <abstractions/ssl_keys>

        \(rules.map { "  \($0),\n" }.joined())
          # What scanners' programs need, and whatever else is yours.
          include if exists <local/popsieve>
        }

        """
    }

    private var rules: [String] {
        let configuration = ["/etc/popsieve/ r", "/etc/popsieve/** r"]
        let system = [
            "owner @{PROC}/@{pid}/{task/,task/*/stat,stat,status,maps} r",
            "/sys/devices/system/cpu/online r", "/sys/fs/cgroup/** r", "@{run}/systemd/notify w",
            "signal (receive)", "network inet stream", "network inet6 stream",
        ]
        let privilege = installation.hasLowPort ? ["capability net_bind_service"] : []
        let read = installation.read.flatMap { ["\($0.profileWord) r", $0.ruleBelow("r")] }
        let folders = [ServiceInstallation.state, ServiceInstallation.logs, ServiceInstallation.runtime, "/tmp"]
        let written = Set(folders + installation.writtenFolders).sorted().flatMap {
            ["\(($0 + "/").profileWord) rw", $0.ruleBelow("rwkl")]
        }
        let servers = installation.scannerSockets + [installation.auditSocket].compactMap(\.self)
        let sockets = servers.map { "\($0.profileWord) rw" }
        // With the relay's rules: a service without new privileges can't have others.
        let programs = installation.scannerPrograms.map { "\($0.profileWord) mrix" }
        return ["\(installation.program.profileWord) mr"] + configuration + read + written + sockets + programs + system
            + privilege
    }
}

extension String {
    /// As the profile takes it for this name and no pattern. A question mark stays one, and is any one character: the parser
    /// knows no other way to write it.
    fileprivate var profileWord: String {
        let escaped = map { "\\\"*[]{}^,@".contains($0) ? "\\\($0)" : "\($0)" }.joined()
        let isPlain = wholeMatch(of: /[A-Za-z0-9\/._+-]*/) != nil
        return isPlain ? escaped : "\"\(escaped)\""
    }

    /// A rule for all that lies below this folder.
    fileprivate func ruleBelow(_ access: String) -> String {
        let word = (self + "/").profileWord
        return word.hasSuffix("\"") ? "\(word.dropLast())**\" \(access)" : "\(word)** \(access)"
    }
}

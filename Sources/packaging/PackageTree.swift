// The files of the package where they will lie on a machine.
// Must not put anything into /etc that an administrator's changes could not stay in.

import Foundation

struct PackageTree {
    static let settingsFile = "/etc/popsieve/popsieve.yaml"

    let root: String

    /// What dpkg asks about before it replaces it.
    let configurationFiles = [settingsFile, "/etc/logrotate.d/popsieve", "/etc/fail2ban/filter.d/popsieve.conf"]

    func fill(with program: PackagedProgram, from sources: String) throws {
        try copy(program.path, to: "/usr/bin/popsieve", mode: 0o755)
        try Tool.run(["strip", "--strip-unneeded", "--remove-section=.comment", root + "/usr/bin/popsieve"])
        try write(Self.settings, to: Self.settingsFile)
        try write(program.serviceFile("unit"), to: "/lib/systemd/system/popsieve.service")
        try write(program.serviceFile("logrotate"), to: "/etc/logrotate.d/popsieve")
        try write(program.serviceFile("fail2ban"), to: "/etc/fail2ban/filter.d/popsieve.conf")
        let examples = "/usr/share/doc/popsieve/examples"
        try write(program.serviceFile("socket"), to: "\(examples)/popsieve.socket")
        try write(program.serviceFile("apparmor"), to: "\(examples)/apparmor")
        try write(program.serviceFile("fail2ban", "--jail"), to: "\(examples)/fail2ban-jail.conf")
        let rules = sources + "/Rules"
        for name in try FileManager.default.contentsOfDirectory(atPath: rules).sorted() {
            try copy("\(rules)/\(name)", to: "/usr/share/popsieve/Rules/\(name)", mode: 0o644)
        }
        try copy(sources + "/README.md", to: "/usr/share/doc/popsieve/README.md", mode: 0o644)
        for shell in PackagedProgram.Shell.allCases { try write(program.completions(shell), to: shell.place) }
        for page in ManualPage.all(of: try program.help(), version: program.version) {
            let place = "/usr/share/man/man1/\(page.fileName)"
            try write(page.text, to: place)
            try Tool.run(["gzip", "-9n", root + place])
        }
    }

    /// The packages of the libraries that the program needs, as Debian writes them.
    func libraries() throws -> String {
        let debian = root + "/../debian"
        try FileManager.default.createDirectory(atPath: debian, withIntermediateDirectories: true)
        try Data("Source: popsieve\n\nPackage: popsieve\nArchitecture: any\n".utf8)
            .write(to: URL(fileURLWithPath: debian + "/control"))
        let output = try Tool.output(
            ["dpkg-shlibdeps", "-O", "--ignore-missing-info", "--warnings=0", "-e\(root)/usr/bin/popsieve"],
            in: root + "/.."
        )
        return output.trimmed.replacing("shlibs:Depends=", with: "")
    }

    func write(_ text: String, to place: String, mode: Int = 0o644) throws {
        let path = try made(place)
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }

    private func copy(_ file: String, to place: String, mode: Int) throws {
        let path = try made(place)
        try FileManager.default.copyItem(atPath: file, toPath: path)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }

    private func made(_ place: String) throws -> String {
        let path = root + place
        let folder = (path as NSString).deletingLastPathComponent
        try FileManager.default.createDirectory(
            atPath: folder,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o755]
        )
        return path
    }

    /// What an administrator has to fill in is on one line.
    private static let settings = """
        # Popsieve's settings; `popsieve config` prints every key. After a change: popsieve check -c \(settingsFile),
        # then systemctl reload-or-restart popsieve.

        # Your provider's POP3 server: TLS on port 995, certificate and name verified. Without it nothing starts.
        # upstream: pop.example.com

        rules: /usr/share/popsieve/Rules       # copy them to /etc/popsieve/rules to change them
        audit: /var/log/popsieve/audit.jsonl

        """
}

extension PackagedProgram.Shell {
    fileprivate var place: String {
        switch self {
        case .bash: "/usr/share/bash-completion/completions/popsieve"
        case .zsh: "/usr/share/zsh/vendor-completions/_popsieve"
        case .fish: "/usr/share/fish/vendor_completions.d/popsieve.fish"
        }
    }
}

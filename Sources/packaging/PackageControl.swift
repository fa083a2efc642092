// What dpkg is told of the package, and does beside unpacking it (Debian Policy, chapters 5 and 6).
// Must not touch what an administrator has made, nor lose mail: only a purge removes it.

import Foundation

struct PackageControl {
    let version: String
    let architecture: String
    let depends: String
    let maintainer: String
    let configurationFiles: [String]

    var fileName: String { "popsieve_\(version)_\(architecture).deb" }

    func write(to tree: PackageTree) throws {
        try tree.write(control, to: "/DEBIAN/control")
        try tree.write(configurationFiles.map { "\($0)\n" }.joined(), to: "/DEBIAN/conffiles")
        for (name, script) in ["postinst": Self.postinst, "prerm": Self.prerm, "postrm": Self.postrm] {
            try tree.write("#!/bin/sh\nset -e\n\n" + script, to: "/DEBIAN/\(name)", mode: 0o755)
        }
    }

    private var control: String {
        """
        Package: popsieve
        Version: \(version)
        Architecture: \(architecture)
        Section: mail
        Priority: optional
        Maintainer: \(maintainer)
        Depends: \(depends), adduser
        Recommends: ca-certificates, logrotate
        Suggests: clamav-daemon, rspamd, spamassassin, fail2ban
        Description: POP3 relay that filters mail with Sieve
         Mail clients talk to Popsieve, and Popsieve talks to the provider's server with
         verified TLS. Every message passes through rule files in the Sieve language
         (RFC 5228) on its way, and whatever was done is in an audit log.

        """
    }

    /// A relay that runs is started again; a new one is started when its settings are right, which those of a new
    /// installation are not: nobody else knows the provider's name.
    private static let postinst = """
        if [ "$1" = configure ]; then
            if ! getent passwd popsieve >/dev/null; then
                adduser --quiet --system --group --home /var/lib/popsieve --no-create-home popsieve
            fi
            install -d -o popsieve -g popsieve -m 0700 /var/lib/popsieve
            install -d -o popsieve -g popsieve -m 0750 /var/log/popsieve
            if [ -d /run/systemd/system ]; then
                systemctl daemon-reload
                [ -n "$2" ] || systemctl --quiet enable popsieve.service
                if systemctl --quiet is-active popsieve.service; then
                    systemctl restart popsieve.service
                elif [ -z "$2" ]; then
                    echo "popsieve: name your server in \(PackageTree.settingsFile), then: systemctl start popsieve"
                fi
            fi
        fi

        """

    private static let prerm = """
        if [ "$1" = remove ] && [ -d /run/systemd/system ]; then
            systemctl --quiet disable --now popsieve.service
        fi

        """

    private static let postrm = """
        if [ "$1" = purge ]; then
            rm -rf /var/lib/popsieve /var/log/popsieve
        fi
        if [ -d /run/systemd/system ]; then
            systemctl daemon-reload
        fi

        """
}

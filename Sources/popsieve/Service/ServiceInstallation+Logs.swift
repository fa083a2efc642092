// Who works on the audit log: logrotate, which moves it, and fail2ban, which bans by it.
// Must not let anything but the relay's own field name an address: users choose their names.

extension ServiceInstallation {
    /// The relay goes on with a new file at its reload, and writes to the old one until then.
    func logrotate(_ log: String) -> String {
        """
        # \(origin)
        "\(log)" {
            su \(user) \(user)
            weekly
            rotate 8
            maxsize 1G
            missingok
            notifempty
            nocreate
            compress
            delaycompress
            sharedscripts
            postrotate
                if systemctl --quiet is-active popsieve.service; then systemctl reload popsieve.service; fi
            endscript
        }

        """
    }

    /// Field by field from the begin of the line to the address, all of them the relay's own words. In a user's name, and
    /// in whatever a server says, a quotation mark has a backslash before it. Codes other than AUTH are no wrong passwords.
    static let fail2banFilter = #"""
        # Wrong passwords, refused by Popsieve or by the server behind it, as Popsieve's audit log has them.
        [Definition]
        datepattern = ^\{"v":1,"time":"%%Y-%%m-%%dT%%H:%%M:%%S\.%%fZ",
        failregex = ^"event":"login_failed","session":"[0-9a-z]+","client":"<ADDR>",.*,(?:"side":"upstream",(?:"code":"AUTH",)?|"side":"relay","code":"AUTH",)"reason":
        ignoreregex =

        """#

    func fail2banJail(_ log: String) -> String {
        """
        # \(origin)
        [popsieve]
        enabled = true
        filter = popsieve
        backend = auto
        port = \(Set(settings.listeners.filter { $0.path == nil }.map { "\($0.port)" }).sorted().joined(separator: ","))
        logpath = \(log)

        """
    }
}

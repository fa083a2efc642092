// The commented example of a settings file: every key once, with its default.
// Must not say anything that the reader would refuse; a test reads it.

enum SettingsExample {
    static var text: String {
        let settings = Settings()
        let timeouts = TimeoutField.all.map {
            SettingsKey(key: $0.key, value: settings.timeouts[keyPath: $0.path].setting, meaning: $0.meaning)
        }
        func keys(_ fields: [LimitField]) -> [SettingsKey] {
            fields.map {
                SettingsKey(key: $0.key, value: $0.unit.text(settings.limits[keyPath: $0.path]), meaning: $0.meaning)
            }
        }
        return """
            # popsieve.yaml: every key has a default; what is commented out shows it, or an example.
            # Relative paths are relative to this file. See if it is good with: popsieve check

            upstream: pop.example.com               # TLS on port 995, certificate and name verified

            # The long form, with all that can be said of an upstream:
            #upstream:
            \(lines(SettingsKey.upstream.filter { $0.key != "srv" }))# In place of host and port, what a domain's SRV records name (RFC 6186): { srv: example.com }

            # Several upstreams, chosen by the user's name; the first route that matches counts:
            #upstreams:
            #  office: pop.example.com
            #  legacy: { host: 192.0.2.10, tls: starttls, name: mail.office.example }
            #routes:
            \(lines(SettingsKey.route, isElement: true))#  - { user: "*", upstream: office }

            # Users whose passwords Popsieve checks, to log in upstream with another name or password.
            # Others don't get in, unless there are routes for them:
            #accounts:
            \(lines(SettingsKey.account.filter { $0.key != "token" }, isElement: true))\
            #  - { user: fax, password: "$y$…", upstream: office, token: me@office.example }

            # A directory that says who may log in, and which server has his mail, as nginx's auth_http:
            #auth-http:
            \(lines(SettingsKey.directory))
            # Who gives tokens; microsoft, google, yahoo, aol and fastmail need a client-id alone:
            #oauth:
            #  microsoft:
            \(lines(SettingsKey.provider, indent: "    "))#tokens:                                # what they have given, encrypted
            \(lines(SettingsKey.tokens))\(lines(SettingsKey.web, indent: ""))
            listeners:
              - "127.0.0.1:1110"                    # without TLS: loopback addresses only
            \(lines(SettingsKey.listener.filter { $0.key != "mode" }, isElement: true))#  - { address: "unix:/run/popsieve.sock", mode: 0660 }
            #  - { address: "[::]:110", tls: starttls, certificate: fullchain.pem, key: privkey.pem }

            \(lines(SettingsKey.files, indent: ""))
            # Every event; the short form is audit: FILE, or "-", syslog, journald:
            #audit:
            \(lines(SettingsKey.audit))\(SettingsKey.auditServerExample)

            # Originals of what rules withhold; the short form is quarantine: FOLDER, or none:
            #quarantine:
            \(lines(SettingsKey.quarantine))
            \(lines(SettingsKey.behaviour, indent: ""))
            # Larger messages; the most special limit counts:
            #size-limit:
            \(lines(SettingsKey.sizeLimit))
            #users:
            \(lines(SettingsKey.user, isElement: true))
            # What rules can ask for, and what they can't do:
            #lists:                                 # for :list
            \(lines(SettingsKey.lists))
            #spamtest:                              # where a scanner's score stands
            \(lines(SettingsKey.score.filter { $0.key != "words" }))
            #virustest:
            \(lines(SettingsKey.virusScore))
            #scanners:                              # whom spamtest and virustest ask; any name
            #  mine:
            \(lines(SettingsKey.scanner, indent: "    "))#  own:
            \(lines(SettingsKey.command, indent: "    "))
            #editheader:
            \(lines(SettingsKey.editheader))
            \(lines(SettingsKey.language, indent: ""))
            #timeouts:
            \(lines(timeouts))
            #limits:                                # octets, or counts
            \(lines(keys(LimitField.all)))
            #holding:                               # of messages that rules want whole, in octets
            \(lines(keys(LimitField.holding) + SettingsKey.holding))
            #log:                                   # the operator's log, on standard error
            \(lines(SettingsKey.log))
            # Who steers, and who looks on; the short form is metrics: 127.0.0.1:9110, or none:
            \(lines(SettingsKey.windows, indent: ""))#metrics:                               # /metrics, /healthz, /readyz
            \(lines(SettingsKey.metrics))
            """.droppingLastLineEnd
    }

    private static func lines(_ keys: [SettingsKey], indent: String = "  ", isElement: Bool = false) -> String {
        keys.enumerated().map { index, key in
            let mark = isElement ? (index == 0 ? "- " : "  ") : ""
            let text = "#\(indent)\(mark)\(key.key): \(key.value)"
            return text + String(repeating: " ", count: max(1, 40 - text.count)) + "# \(key.meaning)\n"
        }.joined()
    }
}

extension String {
    fileprivate var droppingLastLineEnd: String { hasSuffix("\n\n") ? String(dropLast()) : self }
}

// The keys of the settings file with an example and a meaning each; "timeouts", "limits" and "holding" stand in SettingsFields.
// Must not miss a key that the reader knows: a test compares them.

/// A key as it is documented.
struct SettingsKey {
    let key: String
    /// The default, or an example where there is none.
    let value: String
    let meaning: String

    static let upstream = [
        SettingsKey(key: "host", value: "pop.example.com", meaning: "a name or an IP address; [a, b]; unix:/PATH"),
        SettingsKey(key: "srv", value: "example.com", meaning: "in place of host: its SRV records (RFC 6186)"),
        SettingsKey(key: "port", value: "995", meaning: "default: 995, or 110 with tls: starttls or none"),
        SettingsKey(key: "tls", value: "implicit", meaning: "starttls (default on port 110), none (warned of)"),
        SettingsKey(key: "name", value: "mail.office.example", meaning: "in the certificate, if not the host's"),
        SettingsKey(key: "ca", value: "office-ca.pem", meaning: "trust these roots, not the system's"),
        SettingsKey(key: "pin", value: "sha256//…", meaning: "the public key, as curl writes it; asked for, too"),
        SettingsKey(key: "client-certificate", value: "client.pem", meaning: "to show to the server"),
        SettingsKey(key: "client-key", value: "client-key.pem", meaning: "its key"),
        SettingsKey(key: "accept-any-certificate", value: "false", meaning: "true: anybody can pose as the server"),
        SettingsKey(key: "trusted-hops", value: "0", meaning: "its own Received lines, for scanners; see README"),
        SettingsKey(key: "sessions", value: "100", meaning: "with it at once; default: any number"),
        SettingsKey(key: "dials-per-second", value: "20", meaning: "new connections; default: any number"),
        SettingsKey(key: "local", value: "false", meaning: "true: its name may lead to this machine"),
        SettingsKey(key: "login", value: "[scram-sha-256, plain]", meaning: "by what Popsieve logs in; see README"),
        SettingsKey(key: "proxy-protocol", value: "v2", meaning: "v1 or v2: it is told the client's address first"),
        SettingsKey(key: "xclient", value: "false", meaning: "true: told so where it offers XCLIENT (Dovecot)"),
        sizeLimitHere,
    ]

    static let listener = [
        SettingsKey(key: "address", value: "\"[::]:995\"", meaning: "port 0: any; or \"unix:/run/popsieve.sock\""),
        SettingsKey(key: "mode", value: "0660", meaning: "of a Unix socket; default: 0666"),
        SettingsKey(key: "tls", value: "implicit", meaning: "none (default, on loopback only), implicit, starttls"),
        SettingsKey(key: "certificate", value: "fullchain.pem", meaning: "PEM, its own first; read again at SIGHUP"),
        SettingsKey(key: "key", value: "privkey.pem", meaning: "PEM; or credential:NAME of systemd, env:NAME"),
        SettingsKey(key: "proxy-protocol", value: "true", meaning: "v1 and v2, of trusted-proxies; default: false"),
        sizeLimitHere,
    ]

    static let route = [
        SettingsKey(key: "user", value: "\"*@old.example\"", meaning: "* any text, ? one octet; case is ignored"),
        SettingsKey(key: "upstream", value: "legacy", meaning: "a name under \"upstreams\""),
        SettingsKey(key: "as", value: "\"*@new.example\"", meaning: "the name there; * is what the user's * was"),
    ]

    static let account = [
        SettingsKey(key: "user", value: "printer", meaning: "or a pattern, with passwords from the file"),
        SettingsKey(key: "password", value: "\"$y$…\"", meaning: "a hash: popsieve password"),
        SettingsKey(key: "upstream", value: "office", meaning: "default: the only one, or by the routes"),
        SettingsKey(key: "as", value: "me@office.example", meaning: "the name there; default: the same"),
        SettingsKey(key: "secret", value: "me.secret", meaning: "a file, credential:NAME or env:NAME"),
        SettingsKey(key: "token", value: "me@office.example", meaning: "or access tokens of this account"),
    ]

    /// Of a directory that is asked by HTTP.
    static let directory = [
        SettingsKey(key: "url", value: "\"https://id.example.com/auth\"", meaning: "asked as nginx's auth_http asks"),
        SettingsKey(key: "upstream", value: "office", meaning: "whose settings hold; default: the only one"),
        SettingsKey(key: "servers", value: "[192.0.2.0/24]", meaning: "that it may name; default: not this machine"),
        SettingsKey(key: "header", value: "{ X-Auth-Key: auth.key }", meaning: "with values from files, or env:NAME"),
        SettingsKey(key: "ca", value: "office-ca.pem", meaning: "trust these roots, not the system's"),
        SettingsKey(key: "timeout", value: "10s", meaning: "for an answer"),
        SettingsKey(key: "cache", value: "30s", meaning: "how long it is remembered who was let in; 0s: not"),
    ]

    static let files = [
        SettingsKey(key: "passwords", value: "passwords", meaning: "USER:HASH lines, for accounts"),
        SettingsKey(key: "rules", value: "Rules", meaning: "a directory of *.sieve; default: no rules"),
        SettingsKey(key: "notices", value: "notices.txt", meaning: "texts; to start: popsieve config --notices"),
        SettingsKey(key: "store", value: "popsieve.sqlite", meaning: "remembers verdicts; or none; default: the same"),
    ]

    /// Of a provider of access tokens.
    static let provider = [
        SettingsKey(key: "client-id", value: "popsieve", meaning: "as it was registered at the provider"),
        SettingsKey(key: "client-secret", value: "client.secret", meaning: "a file, or env:NAME; if there is one"),
        SettingsKey(key: "tenant", value: "office.example", meaning: "the organisation at Microsoft; default: any"),
        SettingsKey(key: "issuer", value: "\"https://id.example.com\"", meaning: "publishes its endpoints (RFC 8414)"),
        SettingsKey(key: "authorization-endpoint", value: "\"https://id.example.com/a\"", meaning: "or they are named"),
        SettingsKey(key: "token-endpoint", value: "\"https://id.example.com/t\"", meaning: "the same"),
        SettingsKey(key: "device-endpoint", value: "\"https://id.example.com/d\"", meaning: "the same"),
        SettingsKey(key: "scopes", value: "[mail, offline_access]", meaning: "default: what POP3 needs there"),
        SettingsKey(key: "sign-in", value: "code", meaning: "device (a code to type anywhere), client-credentials"),
        SettingsKey(key: "redirect", value: "localhost", meaning: "as registered; or 127.0.0.1"),
        SettingsKey(key: "ca", value: "office-ca.pem", meaning: "trust these roots, not the system's"),
    ]

    static let tokens = [
        SettingsKey(key: "file", value: "tokens", meaning: "default: below the user's state"),
        SettingsKey(key: "key", value: "tokens.key", meaning: "a file, or env:NAME; default: beside it"),
        SettingsKey(key: "old-key", value: "tokens.old", meaning: "until popsieve account reseal"),
    ]

    static let web = [
        SettingsKey(key: "http-proxy", value: "\"http://proxy.example:3128\"", meaning: "to providers; default: none")
    ]

    static let windows = [
        SettingsKey(key: "control", value: "control.socket", meaning: "for top, reload, stop; or none; see README")
    ]

    static let metrics = [
        SettingsKey(key: "address", value: "127.0.0.1:9110", meaning: "port 0: the system chooses one"),
        SettingsKey(key: "allow-remote", value: "false", meaning: "true: not on loopback; whoever reaches it may ask"),
    ]

    static let audit = [
        SettingsKey(key: "to", value: "audit.jsonl", meaning: "a file; - (default, standard output), syslog, journald"),
        SettingsKey(key: "rotate", value: "{ size: 100 MiB, keep: 10 }", meaning: "of a file; default: it grows"),
        SettingsKey(key: "chain", value: "true", meaning: "each line of a file has a hash over the one before"),
        SettingsKey(key: "chain-key", value: "audit.key", meaning: "a file with a secret for it; default: none"),
    ]

    /// Of a log that goes to another program.
    static let auditServer = [
        SettingsKey(key: "to", value: "syslog", meaning: "or journald"),
        SettingsKey(key: "address", value: "\"unix:/dev/log\"", meaning: "or \"udp:HOST:PORT\", \"tcp:HOST:PORT\""),
        SettingsKey(key: "facility", value: "mail", meaning: "daemon, local0, …"),
        SettingsKey(key: "format", value: "local", meaning: "rfc5424 (default but for unix:)"),
    ]

    /// Stands beside the other way to write it, and so is no line of settings.
    static var auditServerExample: String {
        let values = auditServer.map { ($0.key, $0.value) }
        let meanings = auditServer.map { "#  (\($0.key): \($0.meaning))" }
        return (["# To a program: audit: \(flow(values))"] + meanings).joined(separator: "\n")
    }

    static let rotate = [
        SettingsKey(key: "size", value: "100 MiB", meaning: "of one file"),
        SettingsKey(key: "keep", value: "10", meaning: "files besides the one that is written"),
    ]

    static let quarantine = [
        SettingsKey(key: "path", value: "quarantine", meaning: "a folder, or none; default: below the user's state"),
        SettingsKey(key: "keep", value: "30d", meaning: "how long originals stay; default: until deleted"),
        SettingsKey(key: "size", value: "10 GiB", meaning: "of all; when it is full, messages wait on the server"),
        SettingsKey(
            key: "folders",
            value: "{ Junk: 7d, Spam: { keep: 7d, size: 1 GiB } }",
            meaning: "a folder's oldest go"
        ),
        SettingsKey(key: "discarded", value: "7d", meaning: "keep discarded mail, too, in a folder of this name"),
    ]

    static let behaviour = [
        SettingsKey(
            key: "trusted-networks",
            value: "[127.0.0.0/8, \"::1\"]",
            meaning: "nobody is counted or waits there; such as proxies"
        ),
        SettingsKey(
            key: "trusted-proxies",
            value: "[192.0.2.10]",
            meaning: "balancers; of listeners with proxy-protocol: true"
        ),
        SettingsKey(key: "allow-plaintext-login", value: "false", meaning: "true: logins without TLS from anywhere"),
        SettingsKey(key: "pass-through", value: "[LAST]", meaning: "commands unknown to POP3, with a one-line reply"),
        SettingsKey(key: "line-endings", value: "normalise", meaning: "keep: a bare CR or LF in a message stays"),
        SettingsKey(key: "size-reserve", value: "0", meaning: "octets that LIST adds a message, for what rules add"),
        SettingsKey(key: "rejected", value: "notice", meaning: "error: -ERR for rejected mail, at which clients stop"),
    ]

    private static let sizeLimitHere = SettingsKey(
        key: "size-limit",
        value: "{ octets: 20 MiB }",
        meaning: "as below, here alone"
    )

    static let sizeLimit = [
        SettingsKey(key: "octets", value: "20 MiB", meaning: "default: what \"holding\" can't hold for rules"),
        SettingsKey(key: "outcome", value: "truncate", meaning: "error (-ERR), notice (default), truncate, pass"),
        SettingsKey(key: "lines", value: "100", meaning: "of the body, with truncate"),
        SettingsKey(key: "deletable", value: "false", meaning: "true: DELE deletes what was not delivered whole"),
    ]

    static let user = [
        SettingsKey(key: "user", value: "\"*@big.example\"", meaning: "as for routes; the first match counts"),
        SettingsKey(key: "size-limit", value: "{ octets: 50 MiB }", meaning: "a user's, a listener's, an upstream's"),
    ]

    static let language = [
        SettingsKey(key: "address-separator", value: "\"+\"", meaning: "before the detail of an address (RFC 5233)")
    ]

    static let lists = [
        SettingsKey(key: "friends", value: "friends.txt", meaning: "any name, and a file with one value a line"),
        SettingsKey(key: "bosses", value: "[anna@example.com]", meaning: "or the values themselves"),
    ]

    static let score = [
        SettingsKey(key: "header", value: "X-Spam-Status", meaning: "the field that tells the score"),
        SettingsKey(key: "pattern", value: "score=(-?[0-9.]+)", meaning: "its first group is the score; default: all"),
        SettingsKey(key: "type", value: "score", meaning: "score (default), strlen (its length), text (a word)"),
        SettingsKey(key: "maximum", value: "10", meaning: "the score that is the worst"),
        SettingsKey(key: "maximum-header", value: "X-Spam-Status", meaning: "a field that tells the worst score"),
        SettingsKey(key: "maximum-pattern", value: "required=([0-9.]+)", meaning: "its first group is the worst score"),
        SettingsKey(
            key: "words",
            value: "{ 1: \"No\", 10: \"Yes\" }",
            meaning: "with type: text, the word of a result"
        ),
    ]

    static let virusScore = [
        SettingsKey(key: "header", value: "X-Virus-Status", meaning: "the keys are those of spamtest"),
        SettingsKey(key: "type", value: "text", meaning: "results go from 0 to 5"),
        SettingsKey(key: "words", value: "{ 1: Clean, 5: Infected }", meaning: "0: not tested"),
    ]

    static let scanner = [
        SettingsKey(key: "type", value: "clamd", meaning: "clamd, spamd, rspamd, command; default: the scanner's name"),
        SettingsKey(
            key: "address",
            value: "\"unix:/run/clamav/clamd.ctl\"",
            meaning: "or \"127.0.0.1:3310\", \"http://127.0.0.1:11333\""
        ),
        SettingsKey(key: "timeout", value: "40s", meaning: "until its answer"),
        SettingsKey(
            key: "unscanned",
            value: "postpone",
            meaning: "pass: deliver with a mark (default for spam), or notice"
        ),
    ]

    /// Of a scanner that is a program of one's own.
    static let command = [
        SettingsKey(key: "type", value: "command", meaning: "needs no address"),
        SettingsKey(key: "command", value: "[/usr/local/bin/scan]", meaning: "gets the message on standard input"),
        SettingsKey(key: "looks-for", value: "[virus]", meaning: "virus, spam or both: what the command tells"),
    ]

    static let editheader = [
        SettingsKey(
            key: "forbid-add",
            value: "[Received]",
            meaning: "fields that rules can't add; Subject they always can"
        ),
        SettingsKey(
            key: "forbid-delete",
            value: "[DKIM-Signature]",
            meaning: "fields that rules can't delete; Subject they always can"
        ),
        SettingsKey(key: "value-length", value: "2 KiB", meaning: "a value that a rule adds"),
    ]

    static let holding = [
        SettingsKey(key: "folder", value: "/var/tmp", meaning: "for the files, which have no names"),
        SettingsKey(key: "patience", value: "8s", meaning: "until a waiting client gets a header line"),
    ]

    static let log = [
        SettingsKey(key: "level", value: "info", meaning: "debug, info, warning, error"),
        SettingsKey(key: "format", value: "text", meaning: "text, json"),
    ]
}

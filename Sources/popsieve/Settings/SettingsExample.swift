// The commented example of a settings file: every key once, with its default.
// Must not say anything that the reader would refuse; a test reads it.

enum SettingsExample {
    static var text: String {
        let settings = Settings()
        let timeouts = TimeoutField.all.map {
            line("#  \($0.key): \(settings.timeouts[keyPath: $0.path].setting)", $0.meaning)
        }
        let limits = LimitField.all.map { line("#  \($0.key): \(settings.limits[keyPath: $0.path])", $0.meaning) }
        return head + "\n#timeouts:\n" + timeouts.joined()
            + "\n#limits:                                # octets, or counts\n"
            + limits.joined() + tail
    }

    private static func line(_ text: String, _ comment: String) -> String {
        text + String(repeating: " ", count: max(1, 40 - text.count)) + "# \(comment)\n"
    }

    private static let head = """
        # popsieve.yaml: every key has a default. What is commented out shows it.
        # Relative paths are relative to this file. Check with: popsieve check

        upstream: pop.example.com               # TLS on port 995, certificate and name verified

        # The long form, and all that can be said of an upstream:
        #upstream:
        #  host: pop.example.com
        #  port: 995                             # 110 unless tls is implicit
        #  tls: implicit                         # implicit, starttls, none (none: passwords travel unencrypted)
        #  ca: office-ca.pem                     # trust this root instead of the system's
        #  name: mail.office.example             # the name in the certificate, if it is not the host's
        #  pin: sha256//…                        # the public key's pin, as curl writes it
        #  client-certificate: client.pem        # a certificate to show to the server
        #  client-key: client-key.pem
        #  accept-any-certificate: false         # true: anybody can pose as the server

        # Several upstreams, chosen by the user's name; the first route that matches counts:
        #upstreams:
        #  office: pop.example.com
        #  legacy: { host: 192.0.2.10, port: 110, tls: starttls, name: mail.office.example }
        #routes:
        #  - { user: "*@old.example", upstream: legacy }
        #  - { user: "*", upstream: office }

        listeners:
          - address: "127.0.0.1:1110"           # without TLS: loopback addresses only
        #  - { address: "[::]:995", tls: implicit, certificate: fullchain.pem, key: privkey.pem }
        #  - { address: "[::]:110", tls: starttls, certificate: fullchain.pem, key: privkey.pem }

        #rules: Rules                            # a directory of *.sieve, run in lexical order; default: none
        #audit: audit.jsonl                      # default: "-", standard output

        #allow-plaintext-login: false            # true: logins without TLS from anywhere
        #pass-through: [XTND]                    # commands unknown to POP3 to pass on; each has a one-line reply
        #line-endings: normalise                 # keep: a bare CR or LF in a message stays as it is

        """

    private static let tail = """

        #log:                                    # the operator's log, on standard error
        #  level: info                           # debug, info, warning, error
        #  format: text                          # text, json

        """
}

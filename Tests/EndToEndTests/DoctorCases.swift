// Broken set-ups: each with the step that has to fail first, and the words that name its cause.
// Must not need more than this machine's loopback.

import Foundation
import Testing

/// A set-up with one thing wrong.
struct DoctorCase: Sendable, CustomTestStringConvertible {
    /// What answers at the upstream's port.
    enum Server: Sendable {
        case playing(Script)
        /// In TLS from the first octet.
        case showing(any KeyPath<Certificates, Certificates.Pair> & Sendable, Script)
        /// Nobody listens.
        case none
    }

    let testDescription: String
    /// The first step that fails, and what its line says.
    let step: String
    let words: String
    var status: Int32 = 69
    var server = Server.playing(DoctorCase.answering())
    var encryption = Popsieve.Settings.Encryption.none
    /// Who logs in; nil: nobody.
    var account: String?
    var change: @Sendable (inout Popsieve.Settings) -> Void = { _ in }
    /// Beside the settings file, before the doctor comes.
    var prepare: @Sendable (Folder) throws -> Void = { _ in }
    /// How many files it may have open.
    var descriptors: Int?

    init(_ description: String, _ step: String, _ words: String) {
        testDescription = description
        self.step = step
        self.words = words
    }

    func with(_ change: (inout DoctorCase) -> Void) -> DoctorCase {
        var changed = self
        change(&changed)
        return changed
    }

    // MARK: Servers

    /// A server with one message that answers as said, by the first word, and in order otherwise.
    ///
    /// - Parameter replies: nothing: it stays silent; a text that ends with `BYE`: it closes behind it
    static func answering(_ replies: [String: String] = [:], greeting: String = "+OK ready <1.2@example>") -> Script {
        Script { peer in
            try await peer.send(greeting + "\r\n")
            while let line = try await peer.lineOrEnd() {
                let verb = line.split(separator: " ").first?.uppercased() ?? ""
                let reply = replies[verb] ?? usual[verb] ?? "-ERR unknown"
                if reply.isEmpty { continue }
                guard !reply.hasSuffix("BYE") else { return try await peer.send(String(reply.dropLast(3))) }
                try await peer.send(reply + "\r\n")
            }
        }
    }

    private static let usual = [
        "CAPA": "+OK\r\nTOP\r\nUIDL\r\nUSER\r\nSASL PLAIN\r\n.", "AUTH": "+OK in", "USER": "+OK", "PASS": "+OK in",
        "STAT": "+OK 1 120", "LIST": "+OK 1 120", "TOP": "+OK\r\nSubject: x\r\n\r\n.", "QUIT": "+OK bye",
    ]

    /// Answers as it should, but to one word: there it sends a piece again and again. To none: at once.
    static func dripping(_ piece: String, behind start: String = "", at verb: String = "") -> Script {
        Script { peer in
            func drip() async throws {
                try await peer.send(start)
                while true {
                    try await peer.send(piece)
                    try await Task.sleep(for: .milliseconds(200))
                }
            }
            if verb.isEmpty { return try await drip() }
            try await peer.send("+OK ready\r\n")
            while let line = try await peer.lineOrEnd() {
                let word = line.split(separator: " ").first?.uppercased() ?? ""
                if word == verb { return try await drip() }
                try await peer.send((usual[word] ?? "-ERR unknown") + "\r\n")
            }
        }
    }

    static let silent = Script { peer in _ = try await peer.rest() }

    /// Begins TLS behind STLS, or refuses it.
    static func starting(_ reply: String, capabilities: String = "TOP") -> Script {
        answering(["STLS": reply, "CAPA": "+OK\r\n\(capabilities)\r\n."])
    }
}

extension DoctorCase {
    static let password = "open-sesame-of-the-doctor-31"
    /// bcrypt's hash of a device's password, at its least cost.
    private static let hash = "$2b$04$abcdefghijklmnopqrstuumRKVqSm9imSGHeNSPvfwwXR..zByPr."
    static let accounts = "accounts:\n  - { user: printer, password: \"\(hash)\", as: anna, secret: anna.secret }\n"

    /// The account `printer` logs in.
    fileprivate func loggingIn(_ replies: [String: String]) -> DoctorCase {
        with {
            $0.account = "printer"
            $0.server = .playing(Self.answering(replies))
        }
    }

    /// A login that the server refuses with these words.
    fileprivate static func refused(_ description: String, _ reply: String, _ words: String) -> DoctorCase {
        DoctorCase(description, "login", words).loggingIn(["AUTH": reply])
    }

    private static func quick(_ settings: inout Popsieve.Settings) {
        settings.timeouts = [.greeting: "1s"]
    }

    static let all = ofSettings + ofTheWay + ofSlowServers + ofTLS + ofReplies + ofLogins + ofMailboxes + ofThisMachine

    // MARK: Settings

    static let ofSettings = [
        DoctorCase("a key that nobody knows", "settings", "popsieve.yaml:").with {
            $0.status = 78
            $0.change = { $0.more = "pasword: x\n" }
        },
        DoctorCase("an upstream that is the relay", "settings", "one of Popsieve's own listeners").with {
            $0.status = 78
            $0.change = { $0.listeners[0].port = $0.upstreams[0].1.address.port }
        },
        DoctorCase("a secret that is not there", "settings", "the secret can't be read").with {
            $0.status = 78
            $0.change = { $0.more = accounts.replacing("anna.secret", with: "none.secret") }
        },
        DoctorCase("a rule that does not compile", "rules", "10-test.sieve:1:").with {
            $0.status = 78
            $0.change = { $0.rules = ["10-test": "keeep;\n"] }
        },
        DoctorCase("a listener's certificate that has expired", "certificate", "has expired, and clients refuse it")
            .with {
                $0.change = { $0.listeners = [.init(encryption: .implicit)] }
            },
        DoctorCase("a key of another certificate", "certificates", "key").with {
            $0.status = 78
            $0.change = { $0.listeners = [.init(encryption: .implicit)] }
        },
        DoctorCase("nobody has this account", "account", "no account and no route is for the user \"printre\"").with {
            $0.account = "printre"
            $0.change = { $0.more = accounts }
        },
        DoctorCase(
            "nobody has signed in",
            "token",
            "nobody has signed in for this account; sign in: popsieve account renew me"
        ).with {
            $0.account = "printer"
            $0.change = {
                $0.more = """
                    accounts:
                      - { user: printer, password: "\(hash)", token: me }
                    oauth:
                      own: { client-id: public, token-endpoint: "http://127.0.0.1:1/token", authorization-endpoint: "http://127.0.0.1:1/a" }
                    tokens: { file: tokens, key: tokens.key }

                    """
                $0.files["tokens.key"] = String(repeating: "0123456789abcdef", count: 4) + "\n"
            }
            $0.prepare = { folder in
                let own = [FileAttributeKey.posixPermissions: 0o600]
                try FileManager.default.setAttributes(own, ofItemAtPath: folder["tokens.key"])
            }
        },
    ]

    // MARK: Names and connections

    static let ofTheWay = [
        DoctorCase("a host that is not there", "names", "nowhere.invalid").with {
            $0.change = { $0.upstreams[0].1.address = Address(host: "nowhere.invalid", port: 110) }
        },
        DoctorCase("a domain without servers", "names", "_pop3._tcp.nowhere.invalid").with {
            $0.change = { $0.upstreams[0].1.place = "srv: nowhere.invalid, local: true" }
        },
        DoctorCase("nobody listens", "connection", "connection refused; see \"host\" (").with { $0.server = .none },
        DoctorCase("a socket that is not there", "connection", "unix:/nowhere/pop3: no such file").with {
            $0.change = { $0.upstreams[0].1.place = "host: \"unix:/nowhere/pop3\"" }
        },
        DoctorCase("a server that says nothing", "greeting", "the server says nothing for 1s; if it begins with TLS")
            .with {
                $0.server = .playing(silent)
                $0.change = quick
            },
        DoctorCase("a server that closes", "greeting", "the server has closed the connection").with {
            $0.server = .playing(Script { _ in })
        },
        DoctorCase("a server that is busy", "greeting", "trouble of its own for the moment").with {
            $0.server = .playing(answering(greeting: "-ERR [SYS/TEMP] come back later"))
        },
        DoctorCase("an SMTP server", "greeting", "an SMTP server answers there, no POP3").with {
            $0.server = .playing(answering(greeting: "220 mail.example ESMTP"))
        },
        DoctorCase("an IMAP server", "greeting", "an IMAP server answers there, no POP3").with {
            $0.server = .playing(answering(greeting: "* OK IMAP4rev1 ready"))
        },
        DoctorCase("XCLIENT is refused", "XCLIENT", "the server refuses XCLIENT: \"-ERR not you\"; nobody can log in")
            .with {
                $0.server = .playing(answering(["XCLIENT": "-ERR not you"], greeting: "+OK [XCLIENT] ready"))
                $0.change = { $0.upstreams[0].1.more = "xclient: true" }
            },
    ]

    // MARK: Servers that go on and on

    static let ofSlowServers = [
        DoctorCase("a greeting of single octets", "greeting", "the server's answer does not end within 15s").with {
            $0.server = .playing(dripping("+"))
            $0.change = { $0.timeouts = [.greeting: "15s"] }
        },
        DoctorCase("CAPA without an end", "CAPA", "no answer to CAPA: the server's answer does not end within 15s").with
        {
            $0.server = .playing(dripping("X-MORE\r\n", behind: "+OK\r\n", at: "CAPA"))
        },
        slow("AUTH", "login", "no answer to the login"), slow("STAT", "STAT", "no answer to STAT"),
        slow("TOP", "TOP", "no answer to TOP"), slow("LIST", "TOP", "no answer to LIST"),
    ]

    /// The reply to a word comes octet by octet.
    private static func slow(_ verb: String, _ step: String, _ words: String) -> DoctorCase {
        // Long enough for the other steps beside all other tests.
        let said = "\(words): the server's answer does not end within 15s"
        return DoctorCase("a slow answer to \(verb)", step, said).with {
            $0.account = "printer"
            $0.server = .playing(dripping("+", at: verb))
            $0.change = { $0.timeouts = [.reply: "15s"] }
        }
    }

    // MARK: TLS

    private static func tls(
        _ description: String,
        _ words: String,
        _ pair: any KeyPath<Certificates, Certificates.Pair> & Sendable = \.good
    ) -> DoctorCase {
        DoctorCase(description, "TLS", words).with {
            $0.server = .showing(pair, answering())
            $0.encryption = .implicit
        }
    }

    static let ofTLS = [
        tls("a server that begins in plain text", "this server begins in plain text: write tls: starttls").with {
            $0.server = .playing(answering())
        },
        DoctorCase("a server that begins in TLS", "greeting", "if it begins with TLS (usually at port 995)").with {
            $0.server = .showing(\.good, answering())
            $0.change = quick
        },
        tls("a server's certificate that has expired", "it has expired (CN=expired)", \.expired),
        tls("a certificate for another host", "expected localhost, got mail.elsewhere.example", \.otherHost),
        tls("a certificate that nobody has signed", "does not hold it; put the right issuer's", \.selfSigned),
        tls("a certificate of an unknown authority", "its issuer is unknown").with {
            $0.change = { $0.upstreams[0].1.authority = nil }
        },
        tls("another key than the pinned one", "write the new one into \"pin\" (").with {
            $0.change = { $0.upstreams[0].1.more = "pin: \"sha256//\(String(repeating: "A", count: 43))=\"" }
        },
        DoctorCase("STLS is not there", "STLS", "does not offer it").with {
            $0.server = .playing(starting("-ERR unknown"))
            $0.encryption = .starttls
        },
        DoctorCase("STLS is refused", "STLS", "the server refuses STLS, which it offers: \"-ERR no key\"").with {
            $0.server = .playing(starting("-ERR no key", capabilities: "STLS"))
            $0.encryption = .starttls
        },
        DoctorCase("octets behind STLS", "STLS", "sent octets behind its answer to STLS").with {
            $0.server = .playing(starting("+OK go on\r\n+OK forged"))
            $0.encryption = .starttls
        },
    ]

    // MARK: Replies

    static let ofReplies = [
        DoctorCase("CAPA brings garbage", "CAPA", "the answer to CAPA is none of POP3's: \"hello\"").with {
            $0.server = .playing(answering(["CAPA": "hello"]))
        },
        DoctorCase("CAPA has no end", "CAPA", "no answer to CAPA: the server has closed the connection").with {
            $0.server = .playing(answering(["CAPA": "+OK\r\nTOP\r\nBYE"]))
        },
        DoctorCase("CAPA has no answer", "CAPA", "no answer to CAPA: the server says nothing for 1s").with {
            $0.server = .playing(answering(["CAPA": ""]))
            $0.change = { $0.timeouts = [.reply: "1s"] }
        },
        DoctorCase("STAT without numbers", "STAT", "the answer to STAT tells no numbers: \"+OK many\"").loggingIn([
            "STAT": "+OK many"
        ]),
        DoctorCase("STAT refused", "STAT", "the server refuses STAT").loggingIn(["STAT": "-ERR no"]),
        DoctorCase("the connection ends behind the login", "CAPA after login", "closed the connection").with {
            $0.account = "printer"
            $0.server = .playing(
                Script { peer in
                    try await peer.send("+OK\r\n")
                    _ = try await peer.line()
                    try await peer.send("+OK\r\nSASL PLAIN\r\n.\r\n")
                    _ = try await peer.line()
                    try await peer.send("+OK in\r\n")
                    _ = try await peer.line()
                }
            )
        },
    ]

    static let ofMailboxes = [
        DoctorCase("no TOP", "TOP", "the server refuses TOP: \"-ERR unknown command\"").loggingIn([
            "TOP": "-ERR unknown command"
        ]),
        DoctorCase("TOP breaks off", "TOP", "no answer to TOP: the server has closed").loggingIn([
            "TOP": "+OK\r\nSubject: x\r\nBYE"
        ]),
    ]

    // MARK: Logins

    static let ofLogins = [
        refused(
            "a wrong password",
            "-ERR [AUTH] no",
            "refuses the login of anna by PLAIN: \"-ERR [AUTH] no\"; see \"secret\" ("
        ),
        refused("no code", "-ERR go away", "refuses the login of anna by PLAIN: \"-ERR go away\"; see \"secret\" ("),
        refused("in use", "-ERR [IN-USE] locked", "another session has the mailbox open"),
        refused("too early", "-ERR [LOGIN-DELAY] wait", "wants more time between two logins (LOGIN-DELAY)"),
        refused("temporary trouble", "-ERR [SYS/TEMP] later", "has trouble of its own for the moment"),
        refused("lasting trouble", "-ERR [SYS/PERM] never", "does not go away by itself"),
        refused(
            "POP is switched off",
            "-ERR [SYS/PERM] Your account is not enabled for POP access.",
            "POP is switched off for this mailbox"
        ),
        refused("an app password", "-ERR [AUTH] Application-specific password required", "takes an app password here"),
        refused("Microsoft's 21", "-ERR Server Unavailable. 21", "Microsoft slows this mailbox down"),
        refused("Microsoft's limit", "-ERR UserConnectionLimitReached", "too many connections open at Microsoft"),
        refused(
            "Dovecot's limit",
            "-ERR [SYS/TEMP] Maximum number of connections from user+IP exceeded",
            "too many connections are open"
        ),
        refused("a server that quotes the password", "-ERR no \(password)", "\"-ERR no [secret]\""),
        refused("no reply to a login", "220 hello", "the answer to the login is none of POP3's"),
        refused(
            "a server that wants TLS first",
            "-ERR [AUTH] Plaintext authentication disallowed on non-secure (SSL/TLS) connections.",
            "the server takes no logins on this connection"
        ),
        offering("tokens only", "SASL XOAUTH2", "wants a token in place of a password; sign in: popsieve account add"),
        offering("no logins", "USER\r\nLOGINDISABLED", "it offers LOGINDISABLED; it may want TLS first"),
        offering("nothing to log in by", "TOP", "it offers neither USER nor SASL; it may want TLS first"),
        DoctorCase(
            "nothing in common",
            "login",
            "the server offers SCRAM-SHA-1, and Popsieve needs plain; see \"login\" ("
        ).with {
            $0.account = "printer"
            $0.server = .playing(answering(["CAPA": "+OK\r\nSASL SCRAM-SHA-1\r\n."]))
            $0.change = { $0.upstreams[0].1.logins = ["plain"] }
        },
        DoctorCase("a server that does not know the password itself", "login", "the login can't go on").with {
            $0.account = "printer"
            $0.server = .playing(
                answering(["CAPA": "+OK\r\nSASL SCRAM-SHA-256\r\n.", "AUTH": "+ cj1hLHM9YWFhYSxpPTQwOTY="])
            )
        },
    ]

    /// A server that offers what won't do.
    private static func offering(_ description: String, _ capabilities: String, _ words: String) -> DoctorCase {
        DoctorCase("a server that offers \(description)", "login", words).with {
            $0.account = "printer"
            $0.server = .playing(answering(["CAPA": "+OK\r\n\(capabilities)\r\n."], greeting: "+OK ready"))
        }
    }

    // MARK: This machine

    /// A program that scans, with what it is made of.
    static func scanning(_ description: String, _ program: String, _ words: String) -> DoctorCase {
        DoctorCase(description, "scanner own", words).with {
            $0.change = {
                $0.rules = ["10-test": "require \"virustest\";\nif virustest \"5\" { discard; }\n"]
                $0.files["scan"] = program
            }
            $0.prepare = { folder in
                let path = folder["scan"]
                try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
                let setting = "scanners: { own: { type: command, command: [\(path)], looks-for: [virus] } }\n"
                let settings = String(decoding: try folder.read("popsieve.yaml"), as: UTF8.self)
                try folder.write("popsieve.yaml", settings + setting)
            }
        }
    }

    static let ofThisMachine = [
        DoctorCase("a scanner that is down", "scanner clamd", "popsieve.yaml:").with {
            $0.change = {
                $0.rules = [
                    "10-test": "require [\"virustest\", \"relational\", \"comparator-i;ascii-numeric\"];\n"
                        + "if virustest :value \"ge\" :comparator \"i;ascii-numeric\" \"4\" { discard; }\n"
                ]
                $0.more = "scanners: { clamd: { address: \"unix:/nowhere/clamd\" } }\n"
            }
        },
        scanning("a scanner that ends badly", "#!/bin/sh\nexit 3\n", "the command ended with status 3; try it by hand"),
        scanning("a scanner without its interpreter", "#!/nowhere/sh\n", "try it by hand"),
        DoctorCase("an address that this machine has not", "listeners", "can't listen on 192.0.2.1:").with {
            $0.change = { $0.listeners = [.init(encryption: .implicit, host: "192.0.2.1", port: 995)] }
        },
        DoctorCase("a quarantine that is no folder", "quarantine", "quarantine:").with {
            $0.status = 78
            $0.change = {
                $0.rules = ["10-test": "require \"fileinto\";\nfileinto \"x\";\n"]
                $0.quarantine = "plain"
                $0.files["plain"] = "x"
            }
        },
        DoctorCase("a store that is something else", "store", "it is another program's file").with {
            $0.change = {
                $0.rules = ["10-test": "keep;\n"]
                $0.store = "store"
                $0.files["store"] = String(repeating: "this is no database\n", count: 400)
            }
        },
        DoctorCase("few open files", "descriptors", "files open and needs").with { $0.descriptors = 32 },
        DoctorCase("a clock that is late", "clock", "was written in the future: the clock is wrong, or was").with {
            $0.prepare = { folder in
                let tomorrow = Date.now + 86_400
                try FileManager.default.setAttributes(
                    [.modificationDate: tomorrow],
                    ofItemAtPath: folder["popsieve.yaml"]
                )
            }
        },
    ]
}

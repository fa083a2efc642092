// Faulty settings files: what is said of them, with line and column, and the fix.

import Testing

@testable import popsieve

@Suite struct FaultTests {
    private static func findings(_ yaml: String) -> [String] {
        SettingsTests.read(yaml, file: "f").findings
    }

    private func check(_ yaml: String, _ expected: String) {
        let findings = Self.findings(yaml)
        #expect(findings == ["f:" + expected])
    }

    @Test(
        arguments: [
            ("upstreem: a.example", "1:1: error: unknown key \"upstreem\"; did you mean \"upstream\"?"),
            ("", "1:1: error: there is no upstream; write \"upstream: pop.example.com\", or use --upstream HOST"),
            (
                "rules: r",
                "1:1: error: there is no upstream; write \"upstream: pop.example.com\", or use --upstream HOST"
            ),
            ("- a", "1:1: error: a settings file must have keys and values; write it as \"key: value\" lines"),
            ("upstream: { host: a, host: b }", "1:13: error: \"host\" stands here twice; keep one of them"),
        ]
    )
    func files(_ yaml: String, _ expected: String) { check(yaml + "\n", expected) }

    @Test(
        arguments: [
            ("rules:", "7: error: \"rules\" has no value; write one, or take the key away"),
            (
                "size-limit: { octets: 0 }",
                "23: error: no message is so small; write for example 20 MiB, or take it away"
            ),
            (
                "scanners: { clamd: { address: \"127.0.0.1:3310\", timeout: 0s } }",
                "58: error: 0s is too small for \"timeout\"; at least 1ms"
            ),
            ("size-reserve: lots", "15: error: \"lots\" is not a number of octets; write for example 512 or 1 KiB"),
            ("rules: [r]", "8: error: \"rules\" must be a text; write one value after the key"),
            ("routes: 3", "9: error: \"routes\" must be a list; begin each element with \"- \""),
            ("routes:", "8: error: \"routes\" must be a list; write its elements under it, or take the key away"),
            (
                "timeouts:",
                "10: error: \"timeouts\" must have keys and values; write its keys under it, or take it away"
            ),
            ("timeouts: { idle: 10 }", "19: error: \"10\" is not a time; write for example 30s, 10m or 2h"),
            ("timeouts: { idle: 9m }", "11: warning: idle clients are cut off after 9m; RFC 1939 wants 10m at least"),
            ("timeouts: { idel: 10m }", "13: error: unknown key \"idel\"; did you mean \"idle\"?"),
            ("limits: { sessions: 0 }", "21: error: 0 is too small for \"sessions\"; at least 1"),
            (
                "limits: { sessions: 1 KiB }",
                "21: error: \"1 KiB\" is not a number from 0 to 1073741824; write for example 100"
            ),
            ("limits: { list: 10 MB }", "17: error: \"10 MB\" is not a size; write for example 65536, 64 KiB or 1 MiB"),
            (
                "allow-plaintext-login: yes",
                "24: error: \"allow-plaintext-login\" can't be \"yes\"; write true or false"
            ),
            ("line-endings: keeep", "15: error: \"line-endings\" can't be \"keeep\"; did you mean keep?"),
            ("rejected: eror", "11: error: \"rejected\" can't be \"eror\"; did you mean error?"),
            ("log: { level: all }", "15: error: \"level\" can't be \"all\"; one of: debug, info, warning, error"),
            ("pass-through: [a b]", "16: error: a command is one word; write for example XTND"),
            (
                "size-limit: { }",
                "13: error: \"size-limit\" says nothing; write for example { octets: 20 MiB }, or take it away"
            ),
            (
                "users: [{ user: x, size-limit: { } }]",
                "32: error: \"size-limit\" says nothing; write for example { octets: 20 MiB }, or take it away"
            ),
            (
                "size-reserve: 512",
                "15: warning: without rules nothing is reserved; name a directory of rules"
            ),
            (
                "store: true",
                "8: error: \"store\" can't be \"true\": it is the name of a file or a folder; name it, or write none"
            ),
            (
                "store: None",
                "8: error: \"store\" can't be \"None\": it is the name of a file or a folder; name it, or write none"
            ),
            (
                "quarantine: off",
                "13: error: \"quarantine\" can't be \"off\": it is the name of a file or a folder; name it, or write none"
            ),
            (
                "quarantine: { path: no }",
                "21: error: \"path\" can't be \"no\": it is the name of a file or a folder; name it, or write none"
            ),
            (
                "audit: Yes",
                "8: error: \"audit\" can't be \"Yes\": it is the name of a file or a folder; name it, or take the key away"
            ),
            ("audit: none", "8: error: \"audit\" can't be none; name a file, or write \"-\" for standard output"),
            (
                "rules: on",
                "8: error: \"rules\" can't be \"on\": it is the name of a file or a folder; name it, or take the key away"
            ),
            (
                "holding: { folder: true }",
                "20: error: \"folder\" can't be \"true\": it is the name of a file or a folder; name it, or take the key away"
            ),
            (
                "lists: { friends: true }",
                "19: error: \"friends\" can't be \"true\": it is the name of a file or a folder; name it, or take the key away"
            ),
            ("lists: { \"\": [a] }", "10: error: a list has a name; write one before the colon"),
            (
                "scanners: { \"\": { type: clamd, address: \"127.0.0.1:1\" } }",
                "13: error: a scanner has a name; write one before the colon"
            ),
            (
                "scanners: { clamd: { address: \"127.0.0.1:1\", looks-for: [spam] } }",
                "57: error: clamd looks for virus and nothing else; take it away"
            ),
            (
                "scanners: { rspamd: { address: \"127.0.0.1:1\", looks-for: [virus, spam] } }",
                "58: error: rspamd looks for spam and nothing else; take it away"
            ),
            (
                "scanners: { clamd: { address: \"127.0.0.1:1\", command: [/x] } }",
                "55: error: \"command\" means nothing with type: clamd; take it away, or use type: command"
            ),
            (
                "scanners: { x: { type: command, command: [/x], looks-for: [spam], address: \"127.0.0.1:1\" } }",
                "76: error: \"address\" means nothing with type: command; take it away; a command is a program"
            ),
            (
                "scanners: { x: { type: command, command: [/x], looks-for: [virus, vrius] } }",
                "67: error: \"vrius\" is nothing that scanners look for; one of: virus, spam"
            ),
            (
                "scanners: { x: { type: command, command: [/x, [y]], looks-for: [virus] } }",
                "47: error: a word of a command is a text; write it in quotes"
            ),
            (
                "holding: { memory: 2 MiB, message: 1 MiB }",
                "20: error: \"memory\" is 2 MiB, more than \"message\", 1 MiB, for all of a message; at most 1 MiB, or raise \"message\""
            ),
            (
                "quarantine: { size: 1 GiB, folders: { a: { size: 2 GiB } } }",
                "37: warning: the folder \"a\" never has 2 GiB: the whole quarantine takes 1 GiB; at most that, or raise \"size\""
            ),
            (
                "quarantine: { folders: { Junk: { } } }",
                "32: error: nothing is said of this folder; write for example { keep: 7d }, or take it away"
            ),
            (
                "spamtest: { header: a, maximum: 1, words: { 1: \"No\" } }",
                "43: error: \"words\" means nothing with type: score; use type: text"
            ),
            (
                "spamtest: { header: a, maximum: 1, maximum-pattern: x }",
                "53: error: \"maximum-pattern\" means nothing without \"maximum-header\"; add maximum-header: X-Spam-Status, or whatever field tells the worst score"
            ),
            (
                "users: [{ user: \"*\", size-limit: { octets: 1 MiB } }, { user: a, size-limit: { octets: 2 MiB } }]",
                "63: warning: no user ever comes to this entry: \"*\" at f:2:17 takes them all; put it before that one, or take it away"
            ),
            (
                "trusted-networks: [192.0.2.1/24]",
                "20: error: \"192.0.2.1/24\" is not a network; it begins with an address of which the bits behind the slash's are 0"
            ),
            (
                "trusted-networks: [192.0.2.0/33]",
                "20: error: \"192.0.2.0/33\" is not a network; behind the slash stands a number from 0 to 32"
            ),
            (
                "trusted-networks: [office]",
                "20: error: \"office\" is not a network; write for example 192.0.2.0/24 or \"2001:db8::/32\""
            ),
            (
                "limits: { commands-before-login: 3 }",
                "34: error: 3 is too small for \"commands-before-login\"; at least 4"
            ),
            ("listeners: []", "12: error: there is no listener; write for example - \"127.0.0.1:1110\""),
            (
                "ü: { }",
                "1: error: unknown key \"ü\"; known here: upstream, upstreams, listeners, routes, accounts, passwords, auth-http, oauth, tokens, http-proxy, rules, lists, spamtest, virustest, address-separator, editheader, audit, quarantine, notices, store, size-reserve, trusted-networks, trusted-proxies, allow-plaintext-login, pass-through, line-endings, rejected, size-limit, users, timeouts, limits, holding, log, scanners, control, metrics"
            ),
            ("holding: { patience: 0s }", "22: error: 0s is too small for \"patience\"; at least 1ms"),
            (
                "holding: { memory: 1 MB }",
                "20: error: \"1 MB\" is not a size; write for example 65536, 64 KiB or 1 MiB"
            ),
            (
                "holding: { files-in-all: 1 MiB }",
                "26: error: \"files-in-all\" is 1 MiB, less than \"message\", 100 MiB, for one message alone; at least 100 MiB"
            ),
            (
                "holding: { message: 5 GiB }",
                "21: error: \"files-in-all\" is 4 GiB, less than \"message\", 5 GiB, for one message alone; at most 4 GiB, or raise \"files-in-all\""
            ),
            (
                "holding: { memory: 2 KiB, memory-in-all: 1 KiB }",
                "42: error: \"memory-in-all\" is 1 KiB, less than \"memory\", 2 KiB, for one message alone; at least 2 KiB"
            ),
            ("size-limit: { octets: 20MB }", "23: error: \"20MB\" is not a size; write for example 20 MiB"),
            (
                "size-limit: { outcome: cut }",
                "24: error: \"outcome\" can't be \"cut\"; one of: error, notice, truncate, pass"
            ),
            (
                "size-limit: { octets: 1 MiB, lines: 3 }",
                "37: error: \"lines\" means nothing with outcome: notice; use outcome: truncate"
            ),
            (
                "size-limit: { outcome: pass, deletable: true }",
                "41: error: with outcome: pass a message can be deleted anyway; take it away"
            ),
            (
                "users: [{ size-limit: { octets: 1 MiB } }]",
                "9: error: users need a \"user\"; write for example { user: \"*@example.com\", size-limit: { octets: 20 MiB } }"
            ),
            ("quarantine: { keep: 30 }", "21: error: \"30\" is not a time; write for example 30d or 12h"),
            ("quarantine: { keep: 0d }", "21: error: 0d is too small for \"keep\"; at least 1s"),
            ("quarantine: { size: 1 KiB }", "21: error: 1024 is too small for \"size\"; at least 1 MiB"),
            (
                "quarantine: { folders: { Junk: 7 } }",
                "32: error: \"7\" is not a time; write for example 30d or 12h"
            ),
            (
                "quarantine: { folders: { Junk: { kep: 7d } } }",
                "34: error: unknown key \"kep\"; did you mean \"keep\"?"
            ),
            (
                "quarantine: { folders: { discarded: 7d }, discarded: 8d }",
                "54: error: how long the folder \"discarded\" keeps messages stands under \"folders\", too; keep one of them"
            ),
            ("quarantine: [a]", "13: error: \"quarantine\" must be a text; write one value after the key"),
            ("? [a]\n: b", "3: error: a key must be a word; write it as \"key: value\""),
            ("scanners: { }", "11: error: there is no scanner here; write for example clamd: { address: … }"),
            (
                "scanners: { clamd: { } }",
                "20: error: a scanner needs an \"address\"; write for example address: \"unix:/run/clamav/clamd.ctl\""
            ),
            (
                "scanners: { x: { address: \"127.0.0.1:1\" } }",
                "16: error: \"x\" is no scanner that is known; add for example type: clamd; one of: clamd, spamd, rspamd, command"
            ),
            (
                "scanners: { x: { type: command, command: [scan], looks-for: [virus] } }",
                "42: error: the program has no absolute path; write for example command: [/usr/local/bin/scan]"
            ),
        ]
    )
    func values(_ line: String, _ expected: String) { check("upstream: a.example\n\(line)\n", "2:" + expected) }

    /// What is near a fault and is none.
    @Test(arguments: [
        "store: \"true\"", "audit: \"none\"", "audit: ./none", "quarantine: { path: none }", "store: none",
        "holding: { message: 100 KiB }", "holding: { memory: 1 MiB, message: 1 MiB }",
        "scanners: { clamd: { address: \"127.0.0.1:1\", looks-for: [virus] } }",
        "users: [{ user: a, size-limit: { outcome: pass } }, { user: \"*\", size-limit: { octets: 1 MiB } }]",
        "users: [{ user: \"a?\", size-limit: { outcome: pass } }, { user: \"a*\", size-limit: { octets: 1 MiB } }]",
        "quarantine: { folders: { a: { size: 10 GiB } } }",
        "spamtest: { header: a, maximum: 10, maximum-header: b, maximum-pattern: c }",
    ])
    func noFault(_ line: String) { #expect(Self.findings("upstream: a.example\n\(line)\n") == []) }

    private static let belongs = "indent it as the lines above that it belongs to"
    private static let misplaced =
        "mapping values are not allowed in this context; \(belongs); text with a colon goes in quotes"

    @Test(
        arguments: [
            ("upstream: [\nrules: r", "1:11: did not find expected ',' or ']'; close it with ]"),
            ("upstream: { host: a,\n port: 1\nrules: r", "1:11: did not find expected ',' or '}'; close it with }"),
            ("upstream: \"a\nrules: r", "1:11: found unexpected end of stream; close the quotes"),
            ("upstream: a\nrules\naudit: x", "2:1: could not find expected ':'; write it as \"key: value\""),
            (
                "upstream:\n  host\n  port: 1",
                "2:3: mapping values are not allowed in this context; write it as \"key: value\""
            ),
            (
                "# x\n\n  upstream: a\nrules: r",
                "3:1: did not find expected <document start>; begin this line at the margin, as line 4"
            ),
            (
                "  upstream: a\n  rules: r\naudit: x",
                "1:1: did not find expected <document start>; begin this line at the margin, as line 3"
            ),
            ("upstream: a\n b: c", "2:3: \(misplaced)"), ("upstream:\n  host: a\n   port: 1", "3:8: \(misplaced)"),
            ("upstream:\n  host: \"a\"\n   port: 1", "3:4: did not find expected key; \(belongs)"),
            ("limits:\n   list: 4\n  sessions: 5", "3:3: did not find expected key; \(belongs)"),
            ("listeners:\n  - \"a:1\"\n   - \"b:2\"\nrules: r", "3:4: did not find expected '-' indicator; \(belongs)"),
            (
                "upstreams:\n  a:\n\thost: b",
                "3:1: found character that cannot start any token; indent with blanks, not with tabs"
            ),
            ("upstream: a\nb: \u{1}", "2:4: control characters are not allowed; remove it"),
            (
                "upstream: a\n---\nupstream: b",
                "2:1: but found another document; there is one only: remove this line and those behind it"
            ),
            (
                "upstream: @a",
                "1:11: found character that cannot start any token; text that begins with this character goes in quotes"
            ),
            (
                "upstream: \"a\\q\"",
                "1:13: found unknown escape character; write \\\\ for \\, or put the text in single quotes"
            ),
            ("upstream: }", "1:11: did not find expected node content; write a value here, or remove what is too much"),
            ("%FOO", "1:5: found unknown directive name; remove this line"),
            ("rules: *x", "1:8: found undefined alias; text that begins with * goes in quotes"),
        ]
    )
    func aMistakeOfYAMLIsShownWhereItIsMade(_ yaml: String, _ expected: String) {
        let parts = expected.split(separator: ": ", maxSplits: 1)
        check(yaml + "\n", "\(parts[0]): error: this is not YAML: \(parts[1])")
    }

    @Test func columnsCountOctets() {
        let found = Self.findings("upstream: { host: a, pin: ü, x: y }\n")
        #expect(found.count == 1 && found[0].hasPrefix("f:1:31: error: unknown key \"x\""), "\(found)")
    }

    @Test(
        arguments: [
            (
                "\"x\"",
                "13: error: \"x\" is not an address with a port; write for example \"127.0.0.1:1110\" or \"[::]:995\""
            ),
            (
                "{ tls: none }",
                "13: error: a listener needs an \"address\"; write for example \"127.0.0.1:1110\" or \"[::]:995\""
            ),
            (
                "{ address: \"[::1]:995\", tls: implicit }",
                "42: error: TLS needs a certificate; add certificate: and key:, PEM files"
            ),
            (
                "{ address: \"[::1]:995\", tls: starttls, certificate: c }",
                "65: error: the certificate needs its key; add key:, a PEM file"
            ),
            (
                "{ address: \"[::1]:995\", certificate: c, key: c }",
                "50: error: \"certificate\" means nothing without TLS; add tls: implicit or tls: starttls"
            ),
            (
                "\"0.0.0.0:110\"",
                "13: error: a listener without TLS is for loopback addresses only; use tls: starttls or tls: implicit with a certificate, or allow-plaintext-login: true"
            ),
        ]
    )
    func listeners(_ listener: String, _ expected: String) {
        let findings = Self.findings("upstream: a.example\nlisteners: [\(listener)]\n")
        #expect(findings.first == "f:2:" + expected)
    }

    @Test(
        arguments: [
            ("[::1]:1", "[::1]:1", true), ("localhost:1", "127.0.0.1:1", true), ("localhost:1", "[::1]:1", true),
            ("LOCALHOST:1", "localhost:1", true), ("[::1]:1", "[0:0::1]:1", true), ("[::]:1", "127.0.0.1:1", true),
            ("[::]:1", "0.0.0.0:1", true), ("0.0.0.0:1", "192.0.2.1:1", true),
            ("[::ffff:127.0.0.1]:1", "127.0.0.1:1", true),
            ("[0:0:0:0:0:0:0:0]:1", "[2001:DB8::1]:1", true), ("[2001:DB8::1]:1", "[2001:db8:0::1]:1", true),
            ("0.0.0.0:1", "localhost:1", true), ("[::]:1", "mail.example:1", true),
            ("Mail.example:1", "mail.example:1", true),
            ("127.0.0.1:1", "[::1]:1", false), ("0.0.0.0:1", "[::1]:1", false), ("127.0.0.1:1", "127.0.0.2:1", false),
            ("127.0.0.1:1", "127.0.0.1:2", false), ("localhost:0", "localhost:0", false),
            ("a.example:1", "b.example:1", false),
        ]
    )
    func oneListenerInTwoSpellingsIsToldWithBothPlaces(_ one: String, _ other: String, _ isError: Bool) {
        let yaml =
            "upstream: a\nallow-plaintext-login: true\nlisteners:\n  - \"\(one)\"\n  - { address: \"\(other)\" }\n"
        let expected =
            "f:5:16: error: \(other) is listened on already, by \(one) at f:4:5; give each listener a port of its own"
        #expect(Self.findings(yaml) == (isError ? [expected] : []))
    }

    @Test func upstreamAndUpstreamsAtOnce() {
        let findings = Self.findings("upstream: a\nupstreams: { a: b }\nroutes: [{ user: \"*\", upstream: a }]\n")
        let fix = "keep one of them; several go under \"upstreams\", each with a name"
        #expect(findings == ["f:2:12: error: \"upstreams\" stands here, and \"upstream\" at f:1:11; \(fix)"])
    }

    @Test(
        arguments: [
            ("", "10: error: an upstream needs a host; write for example pop.example.com or pop.example.com:995"),
            (
                "https://a",
                "11: error: \"https://a\" is not a host; leave out \"https://\""
            ),
            ("a:0", "11: error: \"a:0\" is not a host; a port is a number from 1 to 65535"),
            ("[a]", "11: error: an upstream must have keys and values; write it as \"key: value\" lines"),
            ("{ port: 1 }", "11: error: an upstream needs a \"host\"; write for example host: pop.example.com"),
            (
                "{ host: \"a:1\" }",
                "19: error: \"a:1\" is not a host; write a name or an IP address, and the port with port:"
            ),
            ("{ host: a, port: 0 }", "28: error: \"0\" is not a port from 1 to 65535; write for example 995"),
            ("{ host: a, tls: startls }", "27: error: \"tls\" can't be \"startls\"; did you mean starttls?"),
            (
                "{ host: a, tls: none }",
                "27: warning: passwords and mail go to \"a\" unencrypted; use tls: implicit or tls: starttls"
            ),
            (
                "{ host: localhost, tls: none, ca: x }",
                "45: error: \"ca\" means nothing with tls: none; use tls: implicit or tls: starttls"
            ),
            (
                "{ host: a, port: 110, tls: implicit }",
                "28: warning: servers on port 110 do not begin with TLS; use tls: starttls, or port: 995"
            ),
            (
                "{ host: a, client-key: k }",
                "34: error: client-certificate and client-key belong together; set both or none"
            ),
            (
                "{ host: a, accept-any-certificate: true }",
                "46: warning: anybody can pose as \"a:995\", since any certificate is accepted; name its issuer's certificate with \"ca\", or its key with \"pin\""
            ),
            (
                "{ host: a, pin: x, ca: c, accept-any-certificate: true }",
                "34: error: \"ca\" means nothing with accept-any-certificate; keep one of them"
            ),
            (
                "127.0.0.1:1110",
                "11: error: upstream \"127.0.0.1\" is one of Popsieve's own listeners; name the provider's server"
            ),
            (
                "{ host: localhost, port: 1110 }",
                "19: error: upstream \"localhost\" is one of Popsieve's own listeners; name the provider's server"
            ),
        ]
    )
    func upstreams(_ upstream: String, _ expected: String) { check("upstream: \(upstream)\n", "1:" + expected) }

    @Test(
        arguments: [
            ("routes: [{ user: \"*\", upstream: c }]", "3:33: error: there is no upstream \"c\"; did you mean \"a\"?"),
            ("routes: [{ user: \"*\", upstream: other }]", "3:33: error: there is no upstream \"other\"; known: a, b"),
            (
                "routes: [{ user: \"*\" }]",
                "3:10: error: a route needs an \"upstream\"; write for example { user: \"*@example.com\", upstream: office }"
            ),
            (
                "routes: [{ user: \"*\", upstream: a }, { user: x, upstream: b }]",
                "3:46: warning: no user ever comes to this route: \"*\" at f:3:18 takes them all; put it before that one, or take it away"
            ),
            (
                "routes: [{ user: \"*@A.example\", upstream: a }, { user: \"b*@a.example\", upstream: b }]",
                "3:56: warning: no user ever comes to this route: \"*@A.example\" at f:3:18 takes them all; put it before that one, or take it away"
            ),
            (
                "routes: [{ user: \"*\", upstream: a }]",
                "2:31: warning: no route leads to the upstream \"b\"; add one, or take the upstream away"
            ),
            (
                "rules: r",
                "2:12: error: there are 2 upstreams and no routes; say with routes who goes where, such as { user: \"*\", upstream: a }"
            ),
        ]
    )
    func routes(_ line: String, _ expected: String) {
        let findings = Self.findings("# upstreams\nupstreams: { a: a.example, b: b.example }\n\(line)\n")
        #expect(findings.first == "f:" + expected)
    }

    @Test func allAtOnce() {
        let findings = Self.findings(
            """
            upstrem: a
            upstreams:
              x: { host: a.example, port: x, tls: y, nam: z }
              y:
            listeners: ["x", { address: y, tls: z }]
            timeouts: { idle: 1, login: 2 }

            """
        )
        let places = findings.map { $0.prefix { $0 != " " } }.sorted()
        let expected = [
            "f:1:1:", "f:3:31:", "f:3:39:", "f:3:42:", "f:4:5:", "f:5:13:", "f:5:29:", "f:5:37:", "f:6:19:", "f:6:29:",
        ]
        #expect(places.map(String.init) == expected, "\(findings)")
    }

    @Test func nestingHasItsBound() {
        #expect(Self.findings("rules: " + String(repeating: "[", count: 100_000)).count == 1)
    }
}

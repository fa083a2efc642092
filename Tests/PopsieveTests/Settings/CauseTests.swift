// One mistake in a settings file is one error: its cause, and not what follows from it.

import Testing

@testable import popsieve

@Suite struct CauseTests {
    private static let implicit =
        "write implicit, for TLS from the first octet (port 995), or starttls (port 110)"

    /// Lines of a settings file, and the only thing that is wrong with them.
    private static let mistakes: [(yaml: String, error: String)] = [
        // A value that says nothing.
        ("listeners: [{ address: \"[::]:995\", tls: yes }]", "1:41: error: \"tls\" can't be \"yes\"; \(implicit)"),
        (
            "listeners: [{ address: \"[::]:995\", tls: True, certificate: c, key: k }]",
            "1:41: error: \"tls\" can't be \"True\"; \(implicit)"
        ),
        ("listeners: [{ address: \"[::]:995\", tls: off }]", "1:41: error: \"tls\" can't be \"off\"; write none"),
        ("listeners: [{ address: \"[::]:995\", tls: [] }]", "1:41: error: \"tls\" must be a text; write one"),
        ("listeners: [{ address: \"[::]:995\", tls: tsl }]", "1:41: error: \"tls\" can't be \"tsl\"; one of: none,"),
        ("listeners: [\"x\"]", "1:13: error: \"x\" is not an address"),
        ("listeners: x", "1:12: error: \"listeners\" must be a list"),
        (
            "allow-plaintext-login: yes\nlisteners: [\"0.0.0.0:1\"]",
            "1:24: error: \"allow-plaintext-login\" can't be \"yes\""
        ),
        (
            "upstreams: { a: \"x y\", b: c }\nroutes: [{ user: \"*\", upstream: a }]",
            "1:17: error: \"x y\" is not a host"
        ),
        ("upstreams: { a: b, c: d }\nroutes: [x]", "2:10: error: a route must have keys"),
        ("upstreams: { a: b, c: d }\nroutes: x", "2:9: error: \"routes\" must be a list"),
        ("upstreams: { }", "1:12: error: there is no upstream here; write for example { office: HOST }"),
        ("upstream: { host: a, client-certificate: [], client-key: k }", "1:42: error: \"client-certificate\" must"),
        // A key that is mistyped.
        ("listeners: [{ adress: \"[::1]:1\" }]", unknown(15, "adress", "address")),
        ("listeners: [{ address: \"[::]:995\", tsl: implicit }]", unknown(36, "tsl", "tls")),
        ("listeners: [{ address: \"[::]:995\", tls: implicit, cert: c, key: k }]", unknown(51, "cert", "certificate")),
        ("listeners: [{ address: \"[::]:995\", tls: implicit, certificate: c, kye: k }]", unknown(67, "kye", "key")),
        ("listener: [\"127.0.0.1:2\"]\nupstream: \"127.0.0.1:1110\"", unknown(1, "listener", "listeners")),
        ("plaintext: true\nlisteners: [\"0.0.0.0:1\"]", unknown(1, "plaintext", nil)),
        ("upstream: { hots: a }", unknown(13, "hots", "host")), ("upstreem: a", unknown(1, "upstreem", "upstream")),
        ("provider: a", unknown(1, "provider", nil)), ("upstreams: { a: { hots: b } }", unknown(19, "hots", "host")),
        ("route: [{ user: \"*\", upstream: a }]\nupstreams: { a: b, c: d }", unknown(1, "route", "routes")),
        ("routes: [{ usr: x, upstream: a }]\nupstreams: { a: b }", unknown(12, "usr", "user")),
        ("routes: [{ user: x, upstraem: a }]\nupstreams: { a: b }", unknown(21, "upstraem", "upstream")),
        ("upstream: { host: a, client-cert: c, client-key: k }", unknown(22, "client-cert", "client-certificate")),
        ("upstream: { host: a, accept-any-certificate: true, pni: x }", unknown(52, "pni", "pin")),
        ("spamtest: { haeder: X, maximum: 1 }", unknown(13, "haeder", "header")),
        ("spamtest: { header: X, maxmum: 1 }", unknown(24, "maxmum", "maximum")),
        ("spamtest: { header: X, type: text, wrods: { 1: a } }", unknown(36, "wrods", "words")),
        ("spamtest: { header: X, typ: text, words: { 1: a } }", unknown(24, "typ", "type")),
    ]

    private static func unknown(_ column: Int, _ key: String, _ meant: String?) -> String {
        "1:\(column): error: unknown key \"\(key)\"; \(meant.map { "did you mean \"\($0)\"?" } ?? "known here: ")"
    }

    @Test(arguments: mistakes) func aMistakeIsToldOnceAndNotWhatFollows(_ yaml: String, _ error: String) {
        let upstream = yaml.contains("upstre") || yaml.contains("provider") ? "" : "\nupstream: a.example"
        let found = SettingsTests.read(yaml + upstream + "\n", file: "f").findings
        #expect(found.count == 1 && found[0].hasPrefix("f:" + error), "\(found)")
    }

    /// What is missing, though nothing is mistyped, is told as before.
    @Test(
        arguments: [
            ("listeners: [{ tls: none }]", "needs an \"address\""), ("upstream: { port: 1 }", "needs a \"host\""),
            ("routes: [{ upstream: a }]", "needs a \"user\""), ("spamtest: { maximum: 1 }", "needs a \"header\""),
            ("spamtest: { header: X }", "needs a \"maximum\""), ("rules: r", "there is no upstream"),
        ]
    )
    func whatIsMissingIsTold(_ yaml: String, _ expected: String) {
        let found = SettingsTests.read(yaml + "\n", file: "f").findings
        #expect(found.first?.contains(expected) == true, "\(found)")
    }
}

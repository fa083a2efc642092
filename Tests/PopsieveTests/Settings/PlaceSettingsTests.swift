// Faulty settings of where listeners and upstreams are: Unix sockets, several hosts, SRV records.

import Testing

@testable import popsieve

@Suite struct PlaceSettingsTests {
    @Test(
        arguments: [
            (
                "\"unix:x\"",
                "13: error: \"unix:x\" is no path of a socket; write \"unix:\" and its absolute path, of 107 octets at most"
            ),
            (
                "{ address: \"127.0.0.1:1\", mode: 0660 }",
                "45: error: \"mode\" means nothing without a Unix socket; take it away"
            ),
            (
                "{ address: \"unix:/x\", mode: 999 }",
                "41: error: \"999\" is not a mode of a file, in octal digits; write for example 0660"
            ),
            (
                "{ address: \"unix:/x\", proxy-protocol: true }",
                "51: warning: whoever is on this machine is believed whatever address it gives for its own; set mode: 0660"
            ),
        ]
    )
    func listeners(_ listener: String, _ expected: String) {
        let findings = SettingsTests.read("upstream: a.example\nlisteners: [\(listener)]\n", file: "f").findings
        #expect(findings.first == "f:2:" + expected)
    }

    @Test(
        arguments: [
            (
                "unix:x",
                "11: error: \"unix:x\" is not a host; write for example pop.example.com or pop.example.com:995"
            ),
            (
                "{ host: \"unix:x\" }",
                "19: error: \"unix:x\" is no path of a socket; write \"unix:\" and its absolute path, of 107 octets at most"
            ),
            ("{ host: \"unix:/x\", port: 1 }", "36: error: a Unix socket has no port; take it away"),
            (
                "{ host: [a, \"unix:/x\"] }",
                "19: error: a Unix socket stands alone; write it as an upstream of its own"
            ),
            (
                "{ host: [a, b, c, d, e, f, g, h, i] }",
                "19: error: these are 9 hosts; name 8 at most, or one balancer"
            ),
            (
                "{ srv: example.com, host: a }",
                "37: error: \"host\" means nothing with \"srv\", which finds it; keep one of them"
            ),
            ("{ host: [] }", "19: error: there is no host here; write for example [a.example, b.example]"),
            ("{ srv: \"a b\" }", "18: error: \"a b\" is not a domain; write for example example.com"),
        ]
    )
    func upstreams(_ upstream: String, _ expected: String) {
        let findings = SettingsTests.read("upstream: \(upstream)\n", file: "f").findings
        #expect(findings.first == "f:1:" + expected)
    }
}

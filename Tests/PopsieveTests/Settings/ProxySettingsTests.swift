// Faulty settings of proxies before the relay, and of what servers are told of clients.

import Testing

@testable import popsieve

@Suite struct ProxySettingsTests {
    @Test(
        arguments: [
            (
                "trusted-proxies: [balancer]",
                "19: error: \"balancer\" is not a network; write for example 192.0.2.0/24 or \"2001:db8::/32\""
            ),
            (
                "trusted-proxies: [192.0.2.1]",
                "18: warning: no listener takes the PROXY protocol; add proxy-protocol: true to a listener, or take it away"
            ),
            (
                "listeners: [{ address: \"127.0.0.1:110\", proxy-protocol: true }]",
                "57: error: nobody may connect to 127.0.0.1:110; name the balancers with trusted-proxies, such as [192.0.2.10]"
            ),
            (
                "pass-through: [xclient]",
                "16: error: with XCLIENT a client says who it is, and anybody could pose as anybody; take it away; xclient: true of an upstream tells it the truth"
            ),
        ]
    )
    func faults(_ yaml: String, _ expected: String) {
        let findings = SettingsTests.read("upstream: a.example\n\(yaml)\n", file: "f").findings
        #expect(findings == ["f:2:" + expected])
    }

    @Test("trusting everybody is told")
    func everybody() {
        let yaml = """
            upstream: a.example
            trusted-proxies: [0.0.0.0/0]
            listeners: [{ address: "127.0.0.1:110", proxy-protocol: true }]

            """
        let findings = SettingsTests.read(yaml, file: "f").findings
        #expect(findings.count == 1 && findings[0].hasPrefix("f:2:18: warning: whoever connects is believed"))
    }
}

// What settings say of an upstream's sessions, and of where its name may lead.

import ProxyProtocol
import Relay
import Testing

@testable import popsieve

@Suite struct UpstreamTests {
    private func upstream(_ text: String) throws -> (upstream: Settings.Upstream, findings: [String]) {
        let list = FindingList()
        let settings = SettingsReader.read("upstream: \(text)\n", file: "f", list)
        return (try #require(settings.upstreams.first), list.findings.map { "\($0.message)" })
    }

    @Test(
        "only who writes an address, localhost, or local: true may mean this machine",
        arguments: [
            ("127.0.0.1", true), ("\"[::1]\"", true), ("192.0.2.1", true), ("localhost", true),
            ("{ host: pop.localhost }", true), ("pop.example.com", false), ("localhost.example.com", false),
            ("{ host: pop.example.com, local: true }", true), ("{ host: pop.example.com, local: false }", false),
        ]
    )
    func local(_ text: String, _ mayBeLocal: Bool) throws {
        #expect(try upstream(text).upstream.mayBeLocal == mayBeLocal)
    }

    @Test func counts() throws {
        let (counted, none) = try upstream("{ host: a.example, sessions: 7, dials-per-second: 3 }")
        #expect(counted.sessions == 7 && counted.dialsPerSecond == 3 && none.isEmpty)
        let (plain, _) = try upstream("a.example")
        #expect(plain.sessions == nil && plain.dialsPerSecond == nil)
        let (_, faults) = try upstream("{ host: a.example, sessions: 0, dials-per-second: -1 }")
        #expect(faults.count == 2, "\(faults)")
    }

    /// Settings by where they lead.
    static let places: [(text: String, endpoints: String, tls: String)] = [
        ("a.example", "a.example:995", "implicit"),
        ("unix:/run/pop3", "unix:/run/pop3", "none"),
        ("{ host: \"unix:/run/pop3\" }", "unix:/run/pop3", "none"),
        ("{ host: [a.example, b.example] }", "a.example:995, b.example:995", "implicit"),
        ("{ host: [\"a.example:1\", \"[::1]\"], tls: starttls }", "a.example:1, [::1]:110", "starttls"),
        ("{ host: [a.example], port: 7 }", "a.example:7", "implicit"),
        ("{ srv: example.com }", "_pop3s._tcp.example.com", "implicit"),
        ("{ srv: example.com, tls: starttls }", "_pop3._tcp.example.com", "starttls"),
    ]

    @Test("where an upstream is, read, and read again when it was shown", arguments: places)
    func place(_ one: (text: String, endpoints: String, tls: String)) throws {
        let (read, faults) = try upstream(one.text)
        #expect(faults.isEmpty, "\(faults)")
        var settings = Settings()
        settings.upstreams = [read]
        let again = SettingsReader.read(settings.text, file: "f", FindingList())
        for upstream in [read, try #require(again.upstreams.first)] {
            #expect(upstream.address == one.endpoints && upstream.tls.rawValue == one.tls)
            #expect(upstream.name == read.name)
        }
    }

    @Test("a listener on a Unix socket, read again when it was shown")
    func socket() throws {
        let yaml = "listeners: [\"unix:/run/a\", { address: \"unix:/run/b\", mode: 0640 }]\nupstream: a.example\n"
        let list = FindingList()
        let read = SettingsReader.read(yaml, file: "f", list)
        read.check(list)
        #expect(list.findings.isEmpty, "\(list.findings)")
        let again = SettingsReader.read(read.text, file: "f", list)
        for settings in [read, again] {
            #expect(settings.listeners.map(\.path) == ["/run/a", "/run/b"])
            #expect(settings.listeners.map(\.mode) == [nil, 0o640])
        }
    }

    @Test("what is shown is read again")
    func text() throws {
        var settings = Settings()
        let told = "proxy-protocol: v1, xclient: true"
        let full = "{ host: a.example, sessions: 7, dials-per-second: 3, local: true, \(told) }"
        settings.upstreams = [try upstream(full).upstream]
        settings.trustedNetworks = [try .init("192.0.2.0/24")]
        settings.trustedProxies = [try .init("2001:db8::/32")]
        settings.listeners[0].takesProxyHeader = true
        settings.limits.leastRate = 9
        let again = SettingsReader.read(settings.text, file: "f", FindingList())
        #expect(again.upstreams.first?.sessions == 7 && again.upstreams.first?.dialsPerSecond == 3)
        #expect(again.upstreams.first?.isLocal == true)
        #expect(again.trustedNetworks.map(\.description) == ["192.0.2.0/24"])
        #expect(again.upstreams.first?.proxyHeader == .v1 && again.upstreams.first?.announcesClients == true)
        #expect(again.trustedProxies.map(\.description) == ["2001:db8::/32"])
        #expect(again.listeners.map(\.takesProxyHeader) == [true])
        #expect(again.limits.leastRate == 9)
    }
}

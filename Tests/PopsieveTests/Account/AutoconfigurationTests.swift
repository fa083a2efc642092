// What domains say of their servers, and what is not believed; the table of well-known providers.

import HTTPClient
import Testing

@testable import popsieve

@Suite struct AutoconfigurationTests {
    private static let document = """
        <?xml version="1.0" encoding="UTF-8"?>
        <!-- ours -->
        <clientConfig version="1.1">
          <emailProvider id="example.com">
            <domain>example.com</domain>
            <displayName>A &amp; B</displayName>
            <incomingServer type="imap"><hostname>imap.example.com</hostname><port>993</port>
              <socketType>SSL</socketType></incomingServer>
            <incomingServer type="pop3"><hostname>plain.example.com</hostname><port>110</port>
              <socketType>plain</socketType><username>%EMAILADDRESS%</username></incomingServer>
            <incomingServer type='pop3'>
              <hostname> POP.%EMAILDOMAIN% </hostname>
              <port>995</port>
              <socketType>SSL</socketType>
              <authentication>OAuth2</authentication><authentication>password-cleartext</authentication>
              <username>%EMAILLOCALPART%</username>
              <empty/>
            </incomingServer>
          </emailProvider>
        </clientConfig>
        """

    @Test("the first POP3 server with TLS")
    func server() {
        let found = Autoconfiguration.read(Array(Self.document.utf8), address: "me@example.com")
        #expect(found == MailServer(host: "pop.example.com", port: 995, beginsPlain: false, user: "me"))
    }

    @Test("a document that is cut anywhere says nothing, or what it says whole")
    func cut() {
        let octets = Array(Self.document.utf8)
        for count in 0..<octets.count - 1 {
            #expect(Autoconfiguration.read(Array(octets.prefix(count)), address: "me@example.com") == nil)
        }
    }

    @Test("a changed octet leads nowhere but to a host")
    func changed() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<5_000 {
            var octets = Array(Self.document.utf8)
            for _ in 0..<3 { octets[Int.random(in: octets.indices, using: &generator)] = .random(in: 0...255) }
            guard let server = Autoconfiguration.read(octets, address: "me@example.com") else { continue }
            #expect(Quantity.isHost(server.host))
            #expect(server.user.utf8.allSatisfy { $0 > 0x20 })
        }
    }

    @Test(
        "what is no XML, or too clever",
        arguments: [
            "", "<a>", "</a>", "<a></b>", "<a b></a>", "<a b=c/>", "<a b='1' b='2'/>", "<a>&unknown;</a>",
            "<a>&amp</a>",
            "<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>", "<![CDATA[x]]>", "<!-- ", "<? ", "<a b='<'/>", "<1/>",
            String(repeating: "<a>", count: 20) + String(repeating: "</a>", count: 20),
        ]
    )
    func faults(text: String) {
        guard !text.isEmpty else { return }
        #expect(throws: MarkupFault.self) { try MarkupReader.events(Array(text.utf8)) }
    }

    @Test("it is asked for over TLS, and at the domain alone")
    func places() {
        #expect(
            Autoconfiguration.places(domain: "example.com").map(\.description) == [
                "https://autoconfig.example.com/mail/config-v1.1.xml",
                "https://example.com/.well-known/autoconfig/mail/config-v1.1.xml",
            ]
        )
    }

    @Test(
        "providers by the domain of an address",
        arguments: [
            ("gmail.com", "gmail"), ("GMAIL.com", "gmail"), ("hotmail.co.uk", "outlook"), ("outlook.de", "outlook"),
            ("outlook.evil.example", nil), ("live.com", "outlook"), ("icloud.com", "icloud"), ("gmx.de", "gmx"),
            ("yahoo.co.jp", "yahoo"), ("example.com", nil), ("notgmail.com", nil),
        ] as [(String, String?)]
    )
    func wellKnown(domain: String, name: String?) { #expect(WellKnownProvider.of(domain: domain)?.name == name) }

    @Test("what the table says can be used")
    func table() {
        for provider in WellKnownProvider.all {
            if case .nothing = provider.signIn { continue }
            #expect(Quantity.isHost(provider.host), "\(provider.name)")
        }
        for provider in WellKnownOAuth.all {
            for text in [provider.authorization, provider.token, provider.device].compactMap(\.self) {
                let url = HTTPURL(text.replacing("{tenant}", with: WellKnownOAuth.usualTenant))
                #expect(url?.scheme == .https, "\(text)")
            }
            #expect(!provider.scopes.isEmpty)
        }
    }

    @Test("passwords of devices are never the same")
    func passwords() {
        let some = Set((0..<100).map { _ in DevicePassword.make() })
        #expect(some.count == 100)
        #expect(some.allSatisfy { $0.count == 23 })
    }
}

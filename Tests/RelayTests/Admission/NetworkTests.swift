// Addresses and networks as people write them.

import NIOCore
import Testing
import Transport

@testable import Relay

@Suite struct NetworkTests {
    @Test(
        arguments: [
            ("192.0.2.0/24", "192.0.2.255", true), ("192.0.2.0/24", "192.0.3.0", false),
            ("192.0.2.7", "192.0.2.7", true),
            ("192.0.2.7", "192.0.2.8", false), ("0.0.0.0/0", "203.0.113.9", true), ("0.0.0.0/0", "2001:db8::1", false),
            ("192.0.2.0/24", "::ffff:192.0.2.9", true), ("::1", "::1", true), ("::/0", "2001:db8::1", true),
            ("::/0", "192.0.2.1", false), ("2001:db8::/32", "2001:db8:ffff::1", true),
            ("2001:db8::/32", "2001:db9::", false), ("2001:db8::8000:0:0:0/65", "2001:db8::8000:0:0:1", true),
            ("2001:db8::8000:0:0:0/65", "2001:db8::7fff:0:0:1", false), ("127.0.0.0/8", "127.255.255.255", true),
            ("128.0.0.0/1", "127.255.255.255", false), ("2001:db8::/64", "2001:db8::ffff:ffff:ffff:ffff", true),
            ("2001:db8::/64", "2001:db8:0:1::", false), ("2001:db8::1/128", "2001:db8::1", true),
        ]
    )
    func contains(_ network: String, _ address: String, _ isInside: Bool) throws {
        let address = try #require(IPAddress(address))
        #expect(try Network(network).contains(address) == isInside)
    }

    @Test(
        arguments: [
            ("", .notAnAddress), ("localhost", .notAnAddress), ("192.0.2", .notAnAddress),
            ("192.0.2.0/", .badPrefix(most: 32)),
            ("192.0.2.0/33", .badPrefix(most: 32)), ("192.0.2.0/-1", .badPrefix(most: 32)),
            ("192.0.2.0/+8", .badPrefix(most: 32)), ("192.0.2.0/24/8", .badPrefix(most: 32)),
            ("192.0.2.0/255.255.255.0", .badPrefix(most: 32)), ("2001:db8::/129", .badPrefix(most: 128)),
            ("192.0.2.1/24", .bitsBehindPrefix), ("2001:db8::1/32", .bitsBehindPrefix), ("::1/0", .bitsBehindPrefix),
        ] as [(String, Network.Fault)]
    )
    func fault(_ text: String, _ fault: Network.Fault) {
        #expect(throws: fault) { try Network(text) }
    }

    @Test(
        arguments: [
            ("127.0.0.1", true), ("0.0.0.0", true), ("169.254.169.254", true), ("::", true), ("::1", true),
            ("fe80::1", true), ("febf::1", true), ("::ffff:127.0.0.1", true), ("128.0.0.1", false),
            ("10.0.0.1", false), ("192.168.1.1", false), ("fd00::1", false), ("2001:db8::1", false),
        ]
    )
    func local(_ address: String, _ isLocal: Bool) throws {
        #expect([Network].local.contains(try #require(IPAddress(address))) == isLocal)
    }

    @Test("an IPv6 network of 64 bits is one place, an IPv4 address is one, however it is written")
    func blocks() throws {
        func block(_ text: String) throws -> AddressBlock { AddressBlock(try #require(IPAddress(text))) }
        #expect(try block("2001:db8::1") == block("2001:db8::ffff:0:0:1"))
        #expect(try block("2001:db8::1") != block("2001:db8:0:1::1"))
        #expect(try block("192.0.2.1") == block("::ffff:192.0.2.1"))
        #expect(try block("192.0.2.1") != block("192.0.2.2"))
        // The same bits as an IPv4 address.
        #expect(try block("0:0:c000:201::") != block("192.0.2.1"))
        #expect(IPAddress("unix") == nil)
        #expect(try IPAddress(SocketAddress(unixDomainSocketPath: "/tmp/socket")) == nil)
    }
}

// Addresses, times and sizes.
// Must not know settings.

import NIOCore
import Testing

@testable import popsieve

@Suite struct QuantityTests {
    @Test(
        arguments: [
            ("127.0.0.1:1110", "127.0.0.1", 1110), ("[::]:995", "::", 995), ("localhost:110", "localhost", 110),
            ("[::1]:0", "::1", 0), ("pop-1.example.com:65535", "pop-1.example.com", 65_535),
        ]
    )
    func addresses(_ text: String, _ host: String, _ port: Int) throws {
        let address = try #require(Quantity.address(text))
        #expect(address.host == host)
        #expect(address.port == port)
    }

    @Test(
        arguments: [
            "", ":110", "a:b", "a:1:2", "[::1", "[::1]", "a", "a:70000", "a b:1", "user@a:1", "a:-1", "a:+1", "a:1_0",
            "[a]:1", "[]:1", "::1", "a/b:1", "unix:/x", "ü.example:1", "[::1]1", "a:", "a:18446744073709551617",
            "127.1:1",
            "0:1", "0x7f000001:1", "a.1:1",
        ]
    )
    func noAddresses(_ text: String) {
        #expect(Quantity.address(text) == nil)
    }

    @Test(
        arguments: [
            ("pop.example.com", "pop.example.com", 995), ("a:110", "a", 110), ("[::1]", "::1", 995),
            ("2001:db8::1", "2001:db8::1", 995), ("[2001:db8::1]:1995", "2001:db8::1", 1995),
        ]
    )
    func servers(_ text: String, _ host: String, _ port: Int) throws {
        let address = try #require(Quantity.server(text))
        #expect(address.host == host)
        #expect(address.port == port)
    }

    @Test(arguments: ["", "a:0", "a:", "https://a", "a:1:2", "me@a", "a b", String(repeating: "a", count: 254)])
    func noServers(_ text: String) {
        #expect(Quantity.server(text) == nil)
    }

    @Test(
        arguments: [
            ("127.0.0.1", true), ("127.8.9.1", true), ("::1", true), ("localhost", true), ("LOCALHOST", true),
            ("0:0:0:0:0:0:0:1", true), ("::ffff:127.0.0.1", true), ("0.0.0.0", false), ("::", false),
            ("128.0.0.1", false), ("127.0.0.1.example.com", false), ("localhost.example.com", false), ("127.1", false),
        ]
    )
    func loopback(_ host: String, _ isLoopback: Bool) {
        #expect(Quantity.isLoopback(host) == isLoopback)
    }

    @Test(
        arguments: [
            ("30s", 30_000), ("10m", 600_000), ("500ms", 500), ("2 h", 7_200_000), ("10", nil), ("0s", 0), ("s", nil),
            ("-1s", nil), ("1.5h", nil), ("9999999999h", nil), ("99999999999999999999s", nil), ("1d", nil), ("١s", nil),
        ] as [(String, Int64?)]
    )
    func times(_ text: String, _ milliseconds: Int64?) {
        #expect(Quantity.duration(text) == milliseconds.map { .milliseconds($0) })
        if let time = Quantity.duration(text) { #expect(Quantity.duration(time.setting) == time) }
    }

    @Test(
        arguments: [
            ("64 KiB", 65_536), ("1MiB", 1_048_576), ("12", 12), ("1024 GiB", 1 << 40), ("-1", nil), ("1025 GiB", nil),
            ("99999999999999 GiB", nil), ("1 kib", nil), ("1 MB", nil), ("", nil), ("KiB", nil),
        ] as [(String, Int?)]
    )
    func sizes(_ text: String, _ octets: Int?) {
        #expect(Quantity.size(text) == octets)
        if let octets { #expect(Quantity.size(LimitField.Unit.octets.text(octets)) == octets) }
    }
}

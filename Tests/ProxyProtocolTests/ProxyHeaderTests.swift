// The header of the PROXY protocol, read and written.

import Testing

@testable import ProxyProtocol

@Suite("PROXY header")
struct ProxyHeaderTests {
    static let signature: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A]

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let octets: [UInt8]
        /// Nil: it is malformed.
        let client: ProxyHeader.Client?

        init(_ name: String, _ octets: [UInt8], _ client: ProxyHeader.Client?) {
            testDescription = name
            self.octets = octets
            self.client = client
        }

        init(line: String, _ client: ProxyHeader.Client?) {
            self.init(line, Array(line.utf8), client)
        }
    }

    static func known(
        _ source: [UInt8],
        _ sourcePort: UInt16,
        _ destination: [UInt8],
        _ port: UInt16
    )
        -> ProxyHeader.Client?
    {
        guard let source = IPEndpoint(octets: source, port: sourcePort),
            let destination = IPEndpoint(octets: destination, port: port)
        else { return nil }
        return .known(source: source, destination: destination)
    }

    static let six: [UInt8] = [0x20, 0x01, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]
    static let loopback6 = [UInt8](repeating: 0, count: 15) + [1]

    static let lines: [Case] = [
        Case(
            line: "PROXY TCP4 192.0.2.7 198.51.100.1 50000 995\r\n",
            known([192, 0, 2, 7], 50_000, [198, 51, 100, 1], 995)
        ),
        Case(
            line: "PROXY TCP4 255.255.255.255 0.0.0.0 65535 0\r\n",
            known([255, 255, 255, 255], 65_535, [0, 0, 0, 0], 0)
        ),
        Case(line: "PROXY TCP6 2001:db8::1 ::1 1 2\r\n", known(six, 1, loopback6, 2)),
        Case(line: "PROXY TCP6 2001:DB8:0:0:0:0:0:1 0::1 1 2\r\n", known(six, 1, loopback6, 2)),
        // A proxy that listens on all addresses gets clients of IPv4 so.
        Case(
            line: "PROXY TCP6 ::ffff:192.0.2.7 ::ffff:c000:0202 1 2\r\n",
            known([192, 0, 2, 7], 1, [192, 0, 2, 2], 2)
        ),
        Case(line: "PROXY UNKNOWN\r\n", .unknown),
        Case(line: "PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n", .unknown),
        Case(line: "PROXY TCP4 192.0.2.7 198.51.100.1 50000 995\n", nil),
        Case(line: "PROXY TCP4 192.0.2.7 198.51.100.1 50000\r\n", nil),
        Case(line: "PROXY TCP4 192.0.2.7 198.51.100.1 50000 995 7\r\n", nil),
        Case(line: "PROXY TCP4  192.0.2.7 198.51.100.1 50000 995\r\n", nil),
        Case(line: "PROXY TCP4 192.0.2.07 198.51.100.1 50000 995\r\n", nil),
        Case(line: "PROXY TCP4 192.0.2.256 198.51.100.1 50000 995\r\n", nil),
        Case(line: "PROXY TCP4 192.0.2 198.51.100.1 50000 995\r\n", nil),
        Case(line: "PROXY TCP4 192.0.2.7 198.51.100.1 65536 995\r\n", nil),
        Case(line: "PROXY TCP4 192.0.2.7 198.51.100.1 -1 995\r\n", nil),
        Case(line: "PROXY TCP4 ::1 ::1 1 2\r\n", nil),
        Case(line: "PROXY TCP6 192.0.2.7 192.0.2.7 1 2\r\n", nil),
        Case(line: "PROXY TCP6 1::2::3 ::1 1 2\r\n", nil),
        Case(line: "PROXY TCP6 1:2:3:4:5:6:7:8:9 ::1 1 2\r\n", nil),
        Case(line: "PROXY TCP6 1:2:3:4:5:6:7::8 ::1 1 2\r\n", nil),
        Case(line: "PROXY TCP6 12345::1 ::1 1 2\r\n", nil),
        Case(line: "PROXY TCP6 ::192.0.2.7:1 ::1 1 2\r\n", nil),
        Case(line: "PROXY TCP6 fe80::1%eth0 ::1 1 2\r\n", nil),
        Case(line: "PROXY TCP6 : ::1 1 2\r\n", nil),
        Case(line: "PROXY SCTP 192.0.2.7 198.51.100.1 1 2\r\n", nil),
        Case(line: "PROXY \r\n", nil),
        Case(line: "PROXY UNKNOWN " + String(repeating: "x", count: 91) + "\r\n", .unknown),
        Case(line: "PROXY UNKNOWN " + String(repeating: "x", count: 92) + "\r\n", nil),
        Case(line: "PROXY UNKNOWNS\r\n", nil),
        Case(line: "proxy TCP4 192.0.2.7 198.51.100.1 1 2\r\n", nil),
        Case(line: "USER anna\r\n", nil),
        Case(line: "\r\n\r\nQUIT\r\n", nil),
    ]

    private static func binary(_ command: UInt8, _ family: UInt8, _ body: [UInt8], length: Int? = nil) -> [UInt8] {
        let length = length ?? body.count
        return signature + [command, family, UInt8(length >> 8), UInt8(length & 0xFF)] + body
    }

    private static let four: [UInt8] = [192, 0, 2, 7, 198, 51, 100, 1, 0xC3, 0x50, 0x03, 0xE3]
    private static let checksum: [UInt8] = [3, 0, 4, 1, 2, 3, 4]

    static let binaries: [Case] = [
        Case("TCP over IPv4", binary(0x21, 0x11, four), known([192, 0, 2, 7], 50_000, [198, 51, 100, 1], 995)),
        Case(
            "a checksum and a name behind the addresses",
            binary(0x21, 0x11, four + checksum + [2, 0, 3] + Array("pop".utf8)),
            known([192, 0, 2, 7], 50_000, [198, 51, 100, 1], 995)
        ),
        Case(
            "what is added is no list of fields",
            binary(0x21, 0x11, four + [9, 0xFF, 0xFF]),
            known([192, 0, 2, 7], 50_000, [198, 51, 100, 1], 995)
        ),
        Case("TCP over IPv6", binary(0x21, 0x21, six + loopback6 + [0, 1, 0, 2]), known(six, 1, loopback6, 2)),
        Case("a Unix socket", binary(0x21, 0x31, [UInt8](repeating: 0, count: 216)), .unknown),
        Case("unspecified", binary(0x21, 0x00, []), .unknown),
        Case("unspecified, with something behind it", binary(0x21, 0x00, checksum), .unknown),
        Case("LOCAL", binary(0x20, 0x00, []), .proxyItself),
        Case("LOCAL, with addresses", binary(0x20, 0x11, four), .proxyItself),
        Case("LOCAL, with nonsense", binary(0x20, 0xFF, [1]), .proxyItself),
        Case("the longest", binary(0x20, 0, [UInt8](repeating: 0, count: ProxyHeader.most - 16)), .proxyItself),
        Case("longer", binary(0x20, 0, [], length: ProxyHeader.most - 15), nil),
        Case("the longest that could be", binary(0x21, 0x11, four, length: 0xFFFF), nil),
        Case("addresses too short", binary(0x21, 0x11, Array(four.dropLast())), nil),
        Case("IPv4 addresses for IPv6", binary(0x21, 0x21, four), nil),
        Case("a Unix socket too short", binary(0x21, 0x31, [UInt8](repeating: 0, count: 215)), nil),
        Case("datagrams", binary(0x21, 0x12, four), nil),
        Case("an unknown family", binary(0x21, 0x41, four), nil),
        Case("an unknown command", binary(0x22, 0x11, four), nil),
        Case("version 1 in the form of version 2", binary(0x11, 0x11, four), nil),
        Case("version 3", binary(0x31, 0x11, four), nil),
    ]

    @Test("read whole, and with the client's first octets behind it", arguments: lines + binaries)
    func whole(_ one: Case) {
        let behind = Array("USER anna\r\n".utf8)
        guard let client = one.client else {
            return #expect(ProxyHeader.read(one.octets) == .malformed)
        }
        let expected = ProxyHeader.Progress.complete(ProxyHeader(client), length: one.octets.count)
        #expect(ProxyHeader.read(one.octets) == expected)
        #expect(ProxyHeader.read(one.octets + behind) == expected)
    }

    @Test("cut at every octet, a good one is incomplete, and a bad one never is complete", arguments: lines + binaries)
    func cut(_ one: Case) {
        for count in one.octets.indices {
            let progress = ProxyHeader.read(Array(one.octets.prefix(count)))
            if one.client != nil {
                #expect(progress == .incomplete, "\(count)")
            } else if case .complete = progress {
                Issue.record("complete behind \(count) octets")
            }
        }
    }

    @Test("what is no header is told by its first octet that differs")
    func early() {
        #expect(ProxyHeader.read([]) == .incomplete)
        #expect(ProxyHeader.read(Array("U".utf8)) == .malformed)
        #expect(ProxyHeader.read(Array("PROXX".utf8)) == .malformed)
        #expect(ProxyHeader.read([0x16, 3, 1]) == .malformed)
        #expect(ProxyHeader.read(Self.signature + [0x16]) == .malformed)
    }

    /// Clients by what is written of them.
    static let writings: [(ProxyHeader.Client?, line: String?)] = [
        (known([192, 0, 2, 7], 50_000, [198, 51, 100, 1], 995), "PROXY TCP4 192.0.2.7 198.51.100.1 50000 995\r\n"),
        (known(six, 1, loopback6, 2), "PROXY TCP6 2001:db8:0:0:0:0:0:1 0:0:0:0:0:0:0:1 1 2\r\n"),
        (known([192, 0, 2, 7], 1, loopback6, 2), "PROXY TCP6 ::ffff:192.0.2.7 0:0:0:0:0:0:0:1 1 2\r\n"),
        (.unknown, "PROXY UNKNOWN\r\n"),
        (.proxyItself, nil),
    ]

    @Test("what is written reads the same, in both versions", arguments: writings)
    func written(_ client: ProxyHeader.Client?, line: String?) throws {
        let header = ProxyHeader(try #require(client))
        for version in ProxyHeader.Version.allCases {
            // Version 1 has no word for it.
            guard line != nil || version == .v2 else { continue }
            let octets = header.octets(version)
            #expect(ProxyHeader.read(octets) == .complete(header, length: octets.count))
        }
        if let line { #expect(String(decoding: header.octets(.v1), as: UTF8.self) == line) }
    }
}

// What sessions share and are given: addresses, listeners, limits, names, buffers, routes.
// Must not open a connection.

import Audit
import NIOCore
import Testing

@testable import Relay

@Suite struct StateTests {
    @Test(
        arguments: [
            ("127.0.0.1", true), ("127.8.9.1", true), ("::1", true), ("::ffff:127.0.0.1", true), ("128.0.0.1", false),
            ("12.7.0.1", false), ("::ffff:10.0.0.1", false), ("::127.0.0.1", false), ("fe80::1", false),
            ("0.0.0.0", false),
        ]
    )
    func loopback(_ address: String, _ isLoopback: Bool) throws {
        #expect(try SocketAddress(ipAddress: address, port: 110).isLoopback == isLoopback)
    }

    /// A listener, a connection's far and near end, and whether that leads back.
    @Test(
        arguments: [
            ("127.0.0.1", "127.0.0.1", nil, true), ("127.0.0.1", "::ffff:127.0.0.1", nil, true),
            ("127.0.0.1", "127.0.0.2", nil, false), ("127.0.0.1", "0.0.0.0", nil, true), ("::1", "::", nil, true),
            ("0.0.0.0", "127.0.0.9", nil, true), ("::", "127.0.0.1", nil, true), ("::", "0.0.0.0", nil, true),
            ("0.0.0.0", "192.0.2.1", "192.0.2.1", true), ("::", "::ffff:192.0.2.1", "192.0.2.1", true),
            ("0.0.0.0", "192.0.2.1", "192.0.2.7", false), ("0.0.0.0", "192.0.2.1", nil, false),
            ("192.0.2.1", "192.0.2.1", "192.0.2.7", true), ("192.0.2.1", "0.0.0.0", nil, false),
        ] as [(String, String, String?, Bool)]
    )
    func ownListener(_ listener: String, _ remote: String, _ local: String?, _ isOwn: Bool) throws {
        let state = try RelayState(audit: AuditLog(.file(path: "/dev/null")), limits: RelayLimits())
        state.listens(on: [try SocketAddress(ipAddress: listener, port: 110)])
        let local = try local.map { try SocketAddress(ipAddress: $0, port: 40_000) }
        #expect(state.isOwnListener(remote: try SocketAddress(ipAddress: remote, port: 110), local: local) == isOwn)
        #expect(!state.isOwnListener(remote: try SocketAddress(ipAddress: remote, port: 995), local: local))
    }

    @Test func sessionsAreCounted() throws {
        var limits = RelayLimits()
        limits.sessions = 1
        let state = try RelayState(audit: AuditLog(.file(path: "/dev/null")), limits: limits)
        #expect(state.admitSession(nil, perAddress: 0) == nil)
        #expect(state.admitSession(nil, perAddress: 0) == .sessions)
        #expect(state.admitSession(nil, perAddress: 0) == .sessions)
        #expect(state.sessions == 1)
        state.sessionEnded(nil)
        #expect(state.sessions == 0)
        #expect(state.admitSession(nil, perAddress: 0) == nil)
        #expect(state.sessionsServed == 2)
    }

    @Test func identifiersDiffer() {
        var identifiers = SessionIdentifiers()
        let names = Set((0..<10_000).map { _ in identifiers.next() })
        #expect(names.count == 10_000)
        #expect(names.allSatisfy { $0.utf8.count == 10 })
    }

    @Test(
        arguments: [
            ("me@old.example", "old"), ("me@example.com", "new"), ("ME@OLD.EXAMPLE", "old"), ("me", nil),
            ("me@lost.example", nil), (nil, "new"),
        ] as [(String?, String?)]
    )
    func theFirstRouteDecides(_ user: String?, _ upstream: String?) {
        let configuration = RelayConfiguration(
            listeners: [],
            upstreams: [
                .init(name: "new", host: "new.example", port: 995), .init(name: "old", host: "old.example", port: 995),
            ],
            routes: [
                .init(user: "*@lost.example", upstream: "nowhere"), .init(user: "*@old.example", upstream: "old"),
                .init(user: "*@*", upstream: "new"),
            ]
        )
        #expect(configuration.upstream(for: user.map { Array($0.utf8) })?.name == upstream)
    }
}

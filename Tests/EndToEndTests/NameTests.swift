// Name servers that are slow, wrong or gone, and addresses that lead nowhere: in a network of the test's own.
// Must not measure time: who waits for whom is seen by who is served.

import Foundation
import Testing

@Suite(
    "Names and addresses",
    .timeLimit(.minutes(5)),
    .enabled(if: Namespace.isPossible, "only root may be in two networks")
)
struct NameTests {
    private static let name = "pop.example.test"
    private let maildrop = ScriptedMaildrop([Data("Subject: x\r\n\r\nbody\r\n.\r\n".utf8)])

    /// A relay whose upstream has a name.
    private struct Site {
        let relay: Popsieve
        let namespace: Namespace
        let names: NameServer
        let folder: Folder
        /// Of the server.
        let port: Int

        /// - Returns: the first line that a client hears
        func greeting() async throws -> String {
            try await Peer.connected(to: relay.address, in: namespace) { try await $0.line() }
        }
    }

    /// - Parameter upstreams: names by user; one alone is everybody's
    private func site(
        _ answers: [String: NameServer.Answer],
        users: [(user: String, name: String)] = [("*", name)],
        patience: Int = 1,
        timeouts: [Timeout: String] = [:],
        at place: String? = nil,
        _ body: (Site) async throws -> Void
    ) async throws {
        try await Folder.temporary { folder in
            let setting = NameServer.setting(seconds: patience)
            try await Namespace.entered(in: folder, resolving: setting) { namespace in
                try await NameServer.serving(answers, in: namespace) { names in
                    try await ScriptedServer.serving(maildrop.script, in: (namespace, "127.0.0.1")) { address in
                        var settings = Popsieve.Settings(upstream: address)
                        settings.upstreams = users.enumerated().map { index, user in
                            var upstream = Popsieve.Settings.Upstream(
                                address: Address(host: user.name, port: address.port)
                            )
                            upstream.isLocal = true
                            upstream.place = place?.replacing("PORT", with: "\(address.port)")
                            return ("server\(index)", upstream)
                        }
                        if users.count > 1 {
                            settings.routes = users.enumerated().map { ($1.user, "server\($0)") }
                        }
                        settings.namespace = namespace
                        settings.timeouts = timeouts
                        try await Popsieve.serving(settings, in: folder) { relay in
                            try await body(
                                Site(
                                    relay: relay,
                                    namespace: namespace,
                                    names: names,
                                    folder: folder,
                                    port: address.port
                                )
                            )
                        }
                    }
                }
            }
        }
    }

    /// What a name server does, and what the audit log says of it.
    static let faults: [(name: String, answer: NameServer.Answer, words: String)] = [
        ("the name is unknown", .unknown, "no address is known for \(name)"),
        ("the name has no address", .addresses([]), "no address is known for \(name)"),
        ("the server fails", .failed, "no name server says where \(name) is"),
        ("the server says nothing", .silence, "no name server says where \(name) is"),
        ("the server says garbage", .garbage, "no name server says where \(name) is"),
        ("the server answers another question", .foreign(["127.0.0.1"]), "no name server says where \(name) is"),
        ("the answer is cut, and there is no more", .truncated, "no name server says where \(name) is"),
        ("nobody listens at the address", .addresses(["127.0.0.9"]), "connection refused"),
        ("IPv6 alone, without a route", .addresses(["2001:db8::1"]), "the network can't be reached"),
    ]

    @Test("a name that leads nowhere is told, and when it leads somewhere again clients are served", arguments: faults)
    func fault(_ fault: (name: String, answer: NameServer.Answer, words: String)) async throws {
        try await site([Self.name: fault.answer]) { site in
            #expect(try await site.greeting().hasPrefix("-ERR [SYS/TEMP]"))
            let failed = try await site.relay.audit.waitFor("upstream_failed")[0]
            #expect(failed["phase"] == "connect")
            #expect(failed["reason"]?.text?.hasSuffix(fault.words) == true, "\(failed)")
            #expect(try await site.relay.audit.waitFor("session_closed")[0]["side"] == "upstream")
            site.names.set(Self.name, .addresses(["127.0.0.1"]))
            try await Peer.connected(to: site.relay.address, in: site.namespace) { try await $0.logIn(.anna) }
        }
    }

    @Test("name servers that are gone are told, and nothing else is")
    func gone() async throws {
        try await Folder.temporary { folder in
            try await Namespace.entered(in: folder, resolving: NameServer.setting(seconds: 1)) { namespace in
                var settings = Popsieve.Settings(upstream: Address(host: Self.name, port: 110))
                settings.namespace = namespace
                try await Popsieve.serving(settings, in: folder) { relay in
                    try await Peer.connected(to: relay.address, in: namespace) { (peer) async throws in
                        #expect(try await peer.line().hasPrefix("-ERR [SYS/TEMP]"))
                    }
                    let failed = try await relay.audit.waitFor("upstream_failed")[0]
                    #expect(failed["reason"]?.text?.hasSuffix("no name server says where \(Self.name) is") == true)
                }
            }
        }
    }

    /// What a name server says, and what there is in the network besides.
    static let detours: [(name: String, answer: NameServer.Answer, routes: [String])] = [
        ("nobody listens at the first", .addresses(["127.0.0.9", "127.0.0.1"]), []),
        ("late", .late(seconds: 0.7, ["127.0.0.1"]), []),
        ("IPv6 without a route", .addresses(["2001:db8::1", "127.0.0.1"]), []),
        (
            "IPv6 that leads nowhere", .addresses(["2001:db8::1", "127.0.0.1"]),
            ["-6 addr add 2001:db8::2/64 dev lo nodad"]
        ),
        (
            "IPv6 whose route is forbidden", .addresses(["2001:db8::1", "127.0.0.1"]),
            ["-6 addr add 2001:db8:1::2/64 dev lo nodad", "-6 route add prohibit 2001:db8::/64"]
        ),
    ]

    @Test("an address that leads nowhere keeps nobody from the next one", arguments: detours)
    func detour(_ detour: (name: String, answer: NameServer.Answer, routes: [String])) async throws {
        try await site([Self.name: detour.answer]) { site in
            for route in detour.routes { try await site.namespace.ip(route, in: site.folder) }
            try await Peer.connected(to: site.relay.address, in: site.namespace) { peer in
                try await peer.logIn(.anna)
                try await peer.send("RETR 1\r\n")
                #expect(try await peer.multilineReply() == Data("+OK\r\nSubject: x\r\n\r\nbody\r\n.\r\n".utf8))
            }
            #expect(try site.relay.audit.lines("upstream_failed").isEmpty)
        }
    }

    /// Four sessions took all threads that look names up, and everybody else waited for half a minute.
    @Test("a name that nobody answers for keeps no other name waiting, nor the end of the relay")
    func slow() async throws {
        let users = [(user: "slow*", name: "slow.example.test"), (user: "*", name: Self.name)]
        let answers = ["slow.example.test": NameServer.Answer.silence, Self.name: .addresses(["127.0.0.1"])]
        try await site(answers, users: users, patience: 30) { site in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<40 {
                    group.addTask {
                        try await Peer.connected(to: site.relay.address, in: site.namespace) { peer in
                            _ = try await peer.line()
                            _ = try await peer.command("USER slow\(number)")
                            try await peer.send("PASS x\r\n")
                            // The end of the relay is its answer.
                            #expect(try await peer.lineOrEnd()?.hasPrefix("-ERR [SYS/TEMP]") != false)
                        }
                    }
                }
                try await eventually("the name is asked for") { site.names.questions(for: "slow.example.test") > 0 }
                try await eventually("all wait") {
                    try site.relay.audit.lines("session_opened").count == 40
                }
                for _ in 0..<3 {
                    try await Peer.connected(to: site.relay.address, in: site.namespace) { try await $0.logIn(.anna) }
                }
                // Both families, asked for once.
                #expect(site.names.questions(for: "slow.example.test") <= 4)
                // The second one waits for nobody's answer, nor for a thread that waits for one.
                kill(site.relay.pid, SIGTERM)
                try await eventually("it is asked to end") { try site.relay.log().contains("asked to end") }
                kill(site.relay.pid, SIGTERM)
                try await group.waitForAll()
            }
            try await eventually("it has ended") { !site.relay.isAlive }
        }
    }

    @Test("who waits for a name is told after the time for connecting, and the next one is told, too")
    func patience() async throws {
        try await site([Self.name: .silence], patience: 30, timeouts: [.connect: "2s"]) { site in
            for count in 1...2 {
                #expect(try await site.greeting().hasPrefix("-ERR [SYS/TEMP]"))
                let failed = try await site.relay.audit.waitFor("upstream_failed", count: count)[count - 1]
                #expect(failed["reason"]?.text?.hasSuffix("no connection in time") == true, "\(failed)")
            }
        }
    }

    /// Where an upstream is said to be, and what name servers say; the server is at 127.0.0.1.
    static let places: [(name: String, place: String, answers: [String: NameServer.Answer])] = [
        ("the first of several hosts refuses", "host: [127.0.0.9, 127.0.0.1], port: PORT", [:]),
        ("nobody listens at the first port", "host: [\"127.0.0.1:1\", \"127.0.0.1:PORT\"]", [:]),
        ("the first is unknown", "host: [pop.example.test, 127.0.0.1], port: PORT", [:]),
        ("nobody says where the first is", "host: [pop.example.test, 127.0.0.1], port: PORT", [name: .failed]),
        ("the first leads nowhere", "host: [\"2001:db8::1\", 127.0.0.1], port: PORT", [:]),
        (
            "IPv6 leads nowhere, with more addresses than are tried", "host: pop.example.test, port: PORT",
            [name: .addresses((1...20).map { "2001:db8::\($0)" } + ["127.0.0.1"])]
        ),
    ]

    @Test("of several places the next one serves where one does not", arguments: places)
    func several(_ one: (name: String, place: String, answers: [String: NameServer.Answer])) async throws {
        // The share of the first is what the one that leads nowhere takes.
        try await site(one.answers, timeouts: [.connect: "20s"], at: one.place) { site in
            try await site.namespace.ip("-6 addr add 2001:db8::f0/64 dev lo nodad", in: site.folder)
            for _ in 0..<3 {
                try await Peer.connected(to: site.relay.address, in: site.namespace) { try await $0.logIn(.anna) }
            }
            #expect(try site.relay.audit.lines("upstream_failed").isEmpty)
            #expect(try site.relay.audit.lines("upstream_connected").allSatisfy { $0["port"]?.number == site.port })
        }
    }

    @Test("a host that has not answered is not waited for again")
    func remembered() async throws {
        // Nobody answers for the first name, and the second one has half of the time.
        let place = "host: [pop.example.test, 127.0.0.1], port: PORT"
        try await site([Self.name: .silence], patience: 30, timeouts: [.connect: "20s"], at: place) { site in
            try await Peer.connected(to: site.relay.address, in: site.namespace) { try await $0.logIn(.anna) }
            let asked = site.names.questions(for: Self.name)
            #expect(asked > 0)
            for _ in 0..<5 {
                try await Peer.connected(to: site.relay.address, in: site.namespace) { try await $0.logIn(.anna) }
            }
            #expect(site.names.questions(for: Self.name) == asked)
        }
    }

    private static let service = "_pop3._tcp.example.test"

    @Test("the servers of a domain, in the order of its records")
    func domain() async throws {
        try await site([:], at: "srv: example.test") { site in
            #expect(try await site.greeting().hasPrefix("-ERR [SYS/TEMP]"))
            let failed = try await site.relay.audit.waitFor("upstream_failed")[0]
            #expect(failed["reason"]?.text?.hasSuffix("no server is named by \(Self.service)") == true, "\(failed)")
            site.names.set(Self.service, .services([(1, 0, 1, "a.example.test"), (2, 0, site.port, "b.example.test")]))
            site.names.set("a.example.test", .addresses(["127.0.0.1"]))
            site.names.set("b.example.test", .addresses(["127.0.0.1"]))
            try await Peer.connected(to: site.relay.address, in: site.namespace) { try await $0.logIn(.anna) }
            let connected = try await site.relay.audit.waitFor("upstream_connected")[0]
            #expect(connected["port"]?.number == site.port)
        }
    }

    static let serviceFaults: [(name: String, answer: NameServer.Answer, words: String)] = [
        ("there is no such service", .services([(0, 0, 0, "")]), "no server is named by \(service)"),
        ("there are none", .services([]), "no server is named by \(service)"),
        ("the server fails", .failed, "no name server says where \(service) is"),
        ("the server says garbage", .garbage, "no name server says where \(service) is"),
        ("the server says nothing", .silence, "no name server says where \(service) is"),
        ("its server is unknown", .services([(1, 1, 1, "a.example.test")]), "no address is known for a.example.test"),
    ]

    @Test("a domain whose servers can't be found is told", arguments: serviceFaults)
    func serviceFault(_ fault: (name: String, answer: NameServer.Answer, words: String)) async throws {
        try await site([Self.service: fault.answer], at: "srv: example.test") { site in
            #expect(try await site.greeting().hasPrefix("-ERR [SYS/TEMP]"))
            let failed = try await site.relay.audit.waitFor("upstream_failed")[0]
            #expect(failed["reason"]?.text?.hasSuffix(fault.words) == true, "\(failed)")
        }
    }
}

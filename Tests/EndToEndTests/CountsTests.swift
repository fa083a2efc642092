// What a login and a message cost in system calls and allocations: figures that do not depend on how fast a machine is.
// Must not ask how long anything took. Locks that wait, and what the C library calls by itself, are not counted.

import Foundation
import Testing

@Suite("Counts", .timeLimit(.minutes(10)))
struct CountsTests {
    /// What is counted: one of them more.
    enum Cell: String, CaseIterable {
        /// A session in plain text, from connecting to QUIT.
        case login
        /// A message of 4 KiB in plain text, without rules.
        case message
        /// The same with a rule that adds a field.
        case taggedMessage
        /// A session of a client in TLS, with a full handshake.
        case securedLogin
        /// A message without rules to a client in TLS.
        case securedMessage

        var isSecured: Bool { self == .securedLogin || self == .securedMessage }
        var rule: String? { self == .taggedMessage ? Rules.tagging : nil }

        /// The most that each may cost in a debug build: today's figures, and a third of a call or a fiftieth of the
        /// allocations. Whoever has made something cheaper lowers its limit here; `POPSIEVE_COUNTS=1` shows the figures.
        /// What is not named costs nothing.
        var limits: [String: Double] {
            switch self {
            case .login:
                [
                    "accept4": 1.3, "allocations": 106, "close": 2.3, "connect": 1.3, "epoll_ctl": 2.3,
                    "epoll_wait": 9.3, "getsockopt": 1.3, "recv": 7.3, "send": 7.3, "setsockopt": 1.3, "socket": 1.3,
                    "write": 4.3,
                ]
            case .message:
                ["allocations": 17.4, "epoll_wait": 2.3, "recv": 2.3, "send": 2.3, "write": 1.3]
            case .taggedMessage:
                ["allocations": 157, "epoll_wait": 2.3, "recv": 2.3, "send": 1.3, "write": 1.3, "writev": 1.3]
            case .securedLogin:
                [
                    "accept4": 1.3, "allocations": 925, "close": 2.3, "connect": 1.3, "epoll_ctl": 2.3,
                    "epoll_wait": 12.3, "getsockopt": 1.3, "recv": 9.3, "send": 8.3, "setsockopt": 1.3, "socket": 1.3,
                    "write": 5.3, "writev": 1.3,
                ]
            case .securedMessage:
                ["allocations": 27.6, "epoll_wait": 2.3, "recv": 2.3, "send": 2.3, "write": 1.3]
            }
        }

        func allows(_ costs: [String: Double]) -> Bool { costs.allSatisfy { $0.value <= limit($0.key) } }
        func limit(_ name: String) -> Double { limits[name] ?? 0.1 }
    }

    /// How many make a round: so few that a busy machine, too, has rounds in which nothing happens by the clock.
    private static let times = 5
    /// Most rounds that are tried, behind those that are not counted.
    private static let rounds = 200
    /// Rounds that are not counted: what is made once is made there.
    private static let firstRounds = 5
    private static let isShown = ProcessInfo.processInfo.environment["POPSIEVE_COUNTS"] != nil
    private static let allocations: Set = ["malloc", "calloc", "realloc", "posix_memalign", "aligned_alloc"]
    private static let body = String(repeating: String(repeating: "x", count: 62) + "\r\n", count: 64)

    @Test("a login and a message of 4 KiB cost no more calls and allocations than before", arguments: Cell.allCases)
    func growth(_ cell: Cell) async throws {
        let costs = try await costs(of: cell)
        for (name, cost) in costs.sorted(by: { $0.key < $1.key }) {
            let limit = cell.limit(name)
            #expect(
                cost <= limit,
                """
                \(cell): \(name) has grown from \(limit) to \(cost). If that is meant, change CountsTests.Cell.limits.
                """
            )
        }
        // A library that was not loaded would count nothing.
        #expect(costs["recv", default: 0] >= 1 && costs["allocations", default: 0] >= 1)
        if Self.isShown { show(cell, costs) }
    }

    /// Calls by name, and allocations, for each one.
    private func costs(of cell: Cell) async throws -> [String: Double] {
        let message = Data("Subject: x\r\nFrom: a@example.org\r\n\r\n\(Self.body).\r\n".utf8)
        let maildrop = ScriptedMaildrop(Array(repeating: message, count: Self.times * (Self.firstRounds + Self.rounds)))
        return try await Folder.temporary { folder in
            let faults = try folder.folder("faults")
            let counts = Counts(file: try faults.write("counts", Data(count: 4_096)))
            return try await ScriptedServer.serving(maildrop.script) { address in
                var settings = Popsieve.Settings.relaying(to: address, rule: cell.rule)
                settings.faults = Faults(in: faults)
                if cell.isSecured { settings.listeners[0].encryption = .implicit }
                return try await Popsieve.serving(settings, in: folder) { relay in
                    switch cell {
                    case .login, .securedLogin: try await logins(cell, relay, counts)
                    case .message, .taggedMessage, .securedMessage: try await messages(cell, relay, counts)
                    }
                }
            }
        }
    }

    private func connected<Result>(
        _ cell: Cell,
        _ relay: Popsieve,
        _ body: (Peer) async throws -> Result
    ) async throws
        -> Result
    {
        let authority = try await Certificates.shared().authority
        return try await Peer.connected(to: relay.address) { peer in
            if cell.isSecured { try await peer.startTLS(trusting: authority) }
            try await peer.logIn(.anna)
            return try await body(peer)
        }
    }

    private func logins(_ cell: Cell, _ relay: Popsieve, _ counts: Counts) async throws -> [String: Double] {
        try await least(cell, counts) { _ in
            try await connected(cell, relay) { peer in
                #expect(try await peer.command("QUIT") == "+OK bye")
                _ = try await peer.rest()
            }
        }
    }

    private func messages(_ cell: Cell, _ relay: Popsieve, _ counts: Counts) async throws -> [String: Double] {
        try await connected(cell, relay) { peer in
            try await least(cell, counts) { number in
                try await peer.send("RETR \(number)\r\n")
                #expect(try await peer.multilineReply().count > 4_096)
            }
        }
    }

    /// What one costs in the best of some rounds: what happens by the clock only adds. Ends where that is allowed.
    private func least(
        _ cell: Cell,
        _ counts: Counts,
        _ body: (Int) async throws -> Void
    ) async throws
        -> [String: Double]
    {
        var numbers = (1...).makeIterator()
        func once() async throws { if let number = numbers.next() { try await body(number) } }
        for _ in 0..<Self.firstRounds * Self.times { try await once() }
        var least: [String: Double] = [:]
        for round in 1...Self.rounds {
            let before = try await counts.settled()
            for _ in 0..<Self.times { try await once() }
            let costs = difference(from: before, to: try await counts.settled())
            least = round == 1 ? costs : least.merging(costs, uniquingKeysWith: min)
            if !Self.isShown, cell.allows(least) { break }
        }
        return least
    }

    private func difference(from before: [String: Int], to after: [String: Int]) -> [String: Double] {
        var costs: [String: Double] = [:]
        for (name, count) in after {
            let cost = Double(count - before[name, default: 0]) / Double(Self.times)
            costs[Self.allocations.contains(name) ? "allocations" : name, default: 0] += cost
        }
        return costs
    }

    private func show(_ cell: Cell, _ costs: [String: Double]) {
        let figures = costs.filter { $0.value > 0 }.sorted { $0.key < $1.key }.map { "\"\($0.key)\": \($0.value)" }
        print("\(cell): [\(figures.joined(separator: ", "))]")
    }

    /// The library's file: names of 24 octets, each with a number of eight.
    private struct Counts {
        let file: String

        private func all() throws -> [String: Int] {
            let octets = [UInt8](try Data(contentsOf: URL(fileURLWithPath: file)))
            var counts: [String: Int] = [:]
            for start in stride(from: 0, to: octets.count - 31, by: 32) where octets[start] != 0 {
                let name = String(decoding: octets[start..<start + 24].prefix { $0 != 0 }, as: UTF8.self)
                counts[name] = octets[start + 24..<start + 32].reversed().reduce(0) { $0 << 8 | Int($1) }
            }
            return counts
        }

        /// Once the relay has nothing more to do.
        func settled() async throws -> [String: Int] {
            var before: [String: Int] = [:]
            return try await eventually("the relay has nothing to do") {
                let now = try all()
                defer { before = now }
                return now == before ? now : nil
            }
        }
    }
}

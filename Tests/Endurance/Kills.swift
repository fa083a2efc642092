// Many sessions with RETR, DELE and QUIT sent at once, and relays that are killed in the middle of them.
// Must not count a message as lost that its client has got whole.

import ArgumentParser
import ChildProcess
import Foundation
import NIOCore

struct Kills: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Kills relays in the middle of sessions, and counts messages that neither side has afterwards.",
        discussion: "What a client has seen of a message, or of an answer to DELE, must be in the audit log, too."
    )

    @Option(help: "How many sessions, each with a message of its own.")
    var sessions = 500

    @Option(help: "How many of them run when a relay is killed.")
    var together = 10

    @Flag(help: "Rules look at whole messages, and put every second one into a quarantine.")
    var held = false

    /// Every second message; what the rules do not keep, they look through and let pass.
    private static let rules = """
        require ["body", "fileinto"];
        if header :is "Subject" "keep" { fileinto "Kept"; stop; }
        if body :raw :contains "nobody writes this" { discard; }
        """

    func validate() throws {
        guard sessions > 0, together > 0 else { throw ValidationError("at least one session, one at a time") }
    }

    func run() async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/endurance-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let sizes = (0..<sessions).map { _ in [500, 30_000, 100_000, 2_000_000].randomElement() ?? 500 }
        let server = try Server(folder: folder + "/dovecot", sizes: sizes)
        defer { server.stop() }
        let more = try held ? Self.holding(in: folder) : "store: none\nquarantine: none\n"
        var got = Set<Int>()
        var kills = 0
        var seen = 0
        var unrecorded: [String] = []
        for first in stride(from: 0, to: sessions, by: together) {
            let relay = try await RelayProcess(
                folder: folder,
                upstream: "{ host: 127.0.0.1, port: \(server.port), tls: none }",
                more: more
            )
            let users = (first..<min(first + together, sessions)).map { (number: $0, size: sizes[$0]) }
            let sights = await Self.round(users, relay)
            got.formUnion(sights.filter(\.isWhole).map(\.user))
            seen += sights.count { $0.isBegun || $0.isDeleted }
            unrecorded += Self.unrecorded(sights, relay.records)
            kills += 1
        }
        // A session whose relay is gone ends at the server without a commit; it needs a moment for that.
        try await Task.sleep(for: .seconds(2))
        let kept = (0..<sessions).filter(server.keeps)
        let quarantine = Quarantined(folder + "/quarantine", sizes)
        let lost = (0..<sessions).filter {
            !server.keeps($0) && !got.contains($0) && !quarantine.messages.contains($0)
        }
        print(
            "\(sessions) sessions, \(kills) kills: \(got.count) got whole, \(kept.count) on the server, "
                + (held ? "\(quarantine.messages.count) in the quarantine, \(quarantine.halves) half ones there, " : "")
                + "\(lost.count) lost; of \(seen) sessions that saw something, \(unrecorded.count) effects are in no audit log"
        )
        for effect in unrecorded { print("not in the audit log: \(effect)") }
        for user in lost { print("lost: \(Server.user(user)), \(sizes[user]) octets") }
        if !lost.isEmpty || quarantine.halves > 0 || !unrecorded.isEmpty { throw ExitCode(1) }
    }

    /// Settings of a relay that looks at messages whole, with a memory that outlives it.
    private static func holding(in folder: String) throws -> String {
        try FileManager.default.createDirectory(atPath: folder + "/rules", withIntermediateDirectories: true)
        try rules.write(toFile: folder + "/rules/10-kills.sieve", atomically: true, encoding: .utf8)
        return "rules: \"\(folder)/rules\"\nquarantine: \"\(folder)/quarantine\"\nstore: \"\(folder)/store.sqlite\"\n"
    }

    /// What a client has seen before its relay was killed.
    private struct Sight: Sendable {
        let user: Int
        /// Anything of its message.
        let isBegun: Bool
        let isWhole: Bool
        /// Its message is marked as deleted.
        let isDeleted: Bool
    }

    /// What clients have seen, and no line tells.
    private static func unrecorded(_ sights: [Sight], _ records: String) -> [String] {
        let lines = records.split(separator: "\n")
        func isTold(_ event: String, _ user: Int) -> Bool {
            let name = "\"user\":\"\(Server.user(user))\""
            return lines.contains { $0.contains("\"event\":\"\(event)\"") && $0.contains(name) }
        }
        return sights.flatMap { sight in
            [
                sight.isBegun && !isTold("message", sight.user) ? "\(Server.user(sight.user))'s message" : nil,
                sight.isDeleted && !isTold("deleted", sight.user) ? "\(Server.user(sight.user))'s DELE" : nil,
            ].compactMap(\.self)
        }
    }

    /// Sessions through one relay, which is killed while they run.
    private static func round(_ users: [(number: Int, size: Int)], _ relay: RelayProcess) async -> [Sight] {
        let sights = await withTaskGroup(of: Sight?.self) { group in
            for user in users {
                group.addTask { await session(of: user.number, size: user.size, port: relay.plain) }
            }
            group.addTask {
                try? await Task.sleep(for: .milliseconds(Int.random(in: 20...1_500)))
                relay.process.signal(SIGKILL)
                return nil
            }
            return await group.reduce(into: [Sight]()) { if let sight = $1 { $0.append(sight) } }
        }
        relay.process.waitForEnd()
        return sights
    }

    private static func session(of user: Int, size: Int, port: Int) async -> Sight? {
        guard let line = try? await Line(port: port) else { return nil }
        let pace = [0, 0, 1, 5, 50].randomElement() ?? 0
        // Some stop in the middle, and take nothing more; what is left is more than their kernel acknowledges.
        let appetite = size > 20_000 && Bool.random() ? Int.random(in: 0...size - 20_000) : Int.max
        var received = Data()
        var hasAsked = false
        try? await line.channel.executeThenClose { inbound, _ in
            line.send("USER \(Server.user(user))\r\nPASS \(Server.password)\r\n")
            line.read()
            for try await chunk in inbound {
                received.append(contentsOf: chunk.readableBytesView)
                if !hasAsked, received.count(of: "+OK") >= 3 {
                    hasAsked = true
                    line.send("RETR 1\r\nDELE 1\r\nQUIT\r\n")
                }
                if received.count > appetite { break }
                if pace > 0 { try await Task.sleep(for: .milliseconds(pace)) }
                line.read()
            }
            // Nobody reads any more; the connection stands until the relay is gone.
            if received.count > appetite {
                try await Task.sleep(for: .milliseconds(2_000))
                await line.reset()
            }
        }
        return Sight(
            user: user,
            isBegun: line.taken.contains("X-User:"),
            isWhole: line.taken.contains("the end\r\n.\r\n"),
            isDeleted: line.taken.contains("\r\n.\r\n+OK")
        )
    }
}

/// What is to be seen in the quarantine.
private struct Quarantined {
    /// Whose message is there as it was on the server.
    var messages = Set<Int>()
    /// Files that are something else.
    var halves = 0

    init(_ path: String, _ sizes: [Int]) {
        for box in ["new", "cur"] {
            let folder = "\(path)/.Kept/\(box)"
            for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
                let octets = FileManager.default.contents(atPath: "\(folder)/\(name)") ?? Data()
                // Behind what the quarantine has put in front.
                let user = String(decoding: octets.prefix(2_000), as: UTF8.self).firstMatch(of: /X-User: user-(\d+)/)?.1
                if let user = user.flatMap({ Int($0) }), octets.ends(with: Server.message(sizes[user], user)) {
                    messages.insert(user)
                } else {
                    halves += 1
                }
            }
        }
    }
}

extension Data {
    fileprivate func ends(with text: String) -> Bool {
        let end = Data(text.utf8)
        return suffix(end.count) == end
    }

    /// How often `text` stands in the first octets.
    fileprivate func count(of text: String) -> Int {
        String(decoding: prefix(1_000), as: UTF8.self).components(separatedBy: text).count - 1
    }
}

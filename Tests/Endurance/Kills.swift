// Many sessions with RETR, DELE and QUIT sent at once, and relays that are killed in the middle of them.
// Must not count a message as lost that its client has got whole.

import ArgumentParser
import ChildProcess
import Foundation
import NIOCore

struct Kills: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Kills relays in the middle of sessions, and counts messages that neither side has afterwards."
    )

    @Option(help: "How many sessions, each with a message of its own.")
    var sessions = 500

    @Option(help: "How many of them run when a relay is killed.")
    var together = 10

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
        var got = Set<Int>()
        var kills = 0
        for first in stride(from: 0, to: sessions, by: together) {
            let relay = try await RelayProcess(
                folder: folder,
                upstream: "{ host: 127.0.0.1, port: \(server.port), tls: none }"
            )
            let users = (first..<min(first + together, sessions)).map { (number: $0, size: sizes[$0]) }
            got.formUnion(await Self.round(users, relay))
            kills += 1
        }
        // A session whose relay is gone ends at the server without a commit; it needs a moment for that.
        try await Task.sleep(for: .seconds(2))
        let kept = (0..<sessions).filter(server.keeps)
        let lost = (0..<sessions).filter { !server.keeps($0) && !got.contains($0) }
        print(
            "\(sessions) sessions, \(kills) kills: \(got.count) got whole, \(kept.count) on the server, \(lost.count) lost"
        )
        for user in lost { print("lost: \(Server.user(user)), \(sizes[user]) octets") }
        if !lost.isEmpty { throw ExitCode(1) }
    }

    /// Sessions through one relay, which is killed while they run.
    ///
    /// - Returns: whose message came whole.
    private static func round(_ users: [(number: Int, size: Int)], _ relay: RelayProcess) async -> Set<Int> {
        let got = await withTaskGroup(of: Int?.self) { group in
            for user in users {
                group.addTask { await session(of: user.number, size: user.size, port: relay.plain) ? user.number : nil }
            }
            group.addTask {
                try? await Task.sleep(for: .milliseconds(Int.random(in: 20...1_500)))
                relay.process.signal(SIGKILL)
                return nil
            }
            return await group.reduce(into: Set<Int>()) { if let user = $1 { $0.insert(user) } }
        }
        relay.process.waitForEnd()
        return got
    }

    /// - Returns: whether the message came whole.
    private static func session(of user: Int, size: Int, port: Int) async -> Bool {
        guard let line = try? await Line(port: port) else { return false }
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
        return line.taken.contains("the end\r\n.\r\n")
    }
}

extension Data {
    /// How often `text` stands in the first octets.
    fileprivate func count(of text: String) -> Int {
        String(decoding: prefix(1_000), as: UTF8.self).components(separatedBy: text).count - 1
    }
}

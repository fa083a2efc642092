// Metrics and health over HTTP, as Prometheus, curl and strangers ask for them.
// Must not know how they are counted.

import Foundation
import NIOCore
import Testing

@Suite("Metrics", .timeLimit(.minutes(5)))
struct MetricsTests {
    private static let message = Data("Subject: x\r\n\r\nbody\r\n.\r\n".utf8)

    /// - Returns: what `body` returns
    private func scraped<Result>(
        _ script: Script,
        rule: String? = nil,
        more: String = "",
        _ body: (Steered, Address) async throws -> Result
    ) async throws -> Result {
        let port = try await Port.free()
        let metrics = "metrics: 127.0.0.1:\(port)\n"
        let (result, status) = try await Steered.running(script, rule: rule, more: metrics + more) {
            try await body($0, Address(port: port))
        }
        #expect(status == 0)
        return result
    }

    private func get(_ path: String, _ address: Address, _ folder: Folder, _ options: String...) async throws -> Ended {
        let arguments = ["--silent", "--show-error"] + options + ["http://\(address)\(path)"]
        return try await Child.run(.curl, arguments, in: folder)
    }

    /// Values by name and labels, as the text has them.
    private func samples(_ text: String) -> [String: Double] {
        let lines = text.split(separator: "\n").filter { !$0.hasPrefix("#") }
        let pairs = lines.compactMap { line -> (String, Double)? in
            guard let blank = line.lastIndex(of: " "), let value = Double(line[line.index(after: blank)...]) else {
                Issue.record("no sample: \(line)")
                return nil
            }
            return (String(line[..<blank]), value)
        }
        #expect(Set(pairs.map(\.0)).count == pairs.count, "a series is there twice")
        return Dictionary(pairs) { first, _ in first }
    }

    @Test("what is done is counted, in a text that Prometheus takes, and nobody's name is in it")
    func counts() async throws {
        let maildrop = ScriptedMaildrop([Self.message])
        let rule = "require \"editheader\";\naddheader \"X-Tag\" \"a\";"
        try await scraped(maildrop.script, rule: rule) { steered, address in
            try await Peer.connected(to: steered.relay.address) { peer in
                try await peer.logIn(.anna)
                for _ in 0..<3 {
                    try await peer.send("RETR 1\r\n")
                    _ = try await peer.multilineReply()
                }
                let text = try await get("/metrics", address, steered.folder).text
                let values = samples(text)
                #expect(values["popsieve_sessions{phase=\"idle\"}"] == 1)
                #expect(values["popsieve_logins_total{outcome=\"succeeded\"}"] == 1)
                #expect(values["popsieve_messages_total{verdict=\"tagged\"}"] == 3)
                #expect(values["popsieve_rule_hits_total{file=\"10-test.sieve\",line=\"2\"}"] == 3)
                #expect(values["popsieve_message_first_octet_seconds_count"] == 3)
                #expect(values["popsieve_rule_evaluation_seconds_bucket{le=\"+Inf\"}"] == 3)
                #expect(values["popsieve_client_sent_bytes_total", default: 0] > Double(3 * Self.message.count))
                #expect(values["popsieve_upstream_received_bytes_total", default: 0] > Double(3 * Self.message.count))
                #expect(values["popsieve_rule_files"] == 1 && values["popsieve_serving"] == 1)
                #expect(
                    values["process_open_fds", default: 0] > 3 && values["process_cpu_seconds_total", default: -1] >= 0
                )
                #expect(values["process_resident_memory_bytes", default: 0] > 1_000_000)
                #expect(!text.contains(Account.anna.name) && !text.contains("127.0.0.1"))
                try await check(text, steered.folder)
                #expect(try await peer.command("QUIT") == "+OK bye")
            }
            _ = try await steered.relay.audit.waitFor("session_closed")
            let values = samples(try await get("/metrics", address, steered.folder).text)
            #expect(values["popsieve_sessions_closed_total{reason=\"quit\",side=\"client\"}"] == 1)
        }
    }

    @Test("who is kept away is counted by what was too much, and who guesses by what became of him")
    func keptAway() async throws {
        let refusing = Script { peer in
            try await peer.send("+OK ready\r\n")
            while let line = try await peer.lineOrEnd() {
                try await peer.send(line.hasPrefix("PASS ") ? "-ERR [AUTH] no\r\n" : "+OK\r\n")
            }
        }
        let more = """
            trusted-networks: []
            limits: { login-failures: 1, logins-per-user: 3, sessions-per-address: 2, failed-logins: 100 }

            """
        try await scraped(refusing, more: more) { steered, address in
            func value(_ series: String) async throws -> Double? {
                samples(try await get("/metrics", address, steered.folder).text)["popsieve_\(series)"]
            }
            try await Peer.connected(to: steered.relay.address, from: "127.0.0.7") { peer in
                _ = try await peer.line()
                try await Peer.connected(to: steered.relay.address, from: "127.0.0.7") { other in
                    _ = try await other.line()
                    try await Peer.connected(to: steered.relay.address, from: "127.0.0.7") { (third) async throws in
                        #expect(try await third.line().hasPrefix("-ERR [SYS/TEMP]"))
                    }
                }
                for _ in 0..<3 {
                    #expect(try await peer.command("USER anna") == "+OK")
                    #expect(try await peer.command("PASS wrong") == "-ERR [AUTH] no")
                }
                #expect(try await peer.command("USER anna").hasPrefix("-ERR [LOGIN-DELAY]"))
                // Each guess waits longer than the one before, until somebody has not come late by himself.
                var guesses = 0
                try await eventually("a guess has waited") {
                    guesses += 1
                    _ = try await peer.command("USER user\(guesses)")
                    _ = try await peer.command("PASS wrong")
                    return try await value("login_delays_total{outcome=\"waited\"}") ?? 0 > 0
                }
            }
            #expect(try await value("clients_refused_total{reason=\"address\"}") == 1)
            #expect(try await value("clients_refused_total{reason=\"sessions\"}") == 0)
            #expect(try await value("login_delays_total{outcome=\"refused-number\"}") == 1)
            #expect(try await value("name_failures_total{reason=\"unknown\"}") == 0)
        }
    }

    private func check(_ text: String, _ folder: Folder) async throws {
        let file = try folder.write("metrics.txt", text)
        let script = "'\(try Program.promtool.path())' check metrics < '\(file)'"
        let ended = try await Child.run(.shell, ["-c", script], in: folder)
        #expect(ended.status == 0, "\(ended)")
    }

    @Test("health, readiness, and what there is not")
    func health() async throws {
        try await scraped(ScriptedMaildrop([]).script) { steered, address in
            func answer(_ path: String, _ options: String...) async throws -> String {
                let arguments = ["--silent", "--output", "-", "--write-out", "%{http_code}"] + options
                return try await Child.run(.curl, arguments + ["http://\(address)\(path)"], in: steered.folder).text
            }
            #expect(try await answer("/healthz") == "ok\n200")
            let ready = try await answer("/readyz?x=1")
            #expect(ready.hasSuffix("\n200"))
            let json = try JSONDecoder().decode(JSON.self, from: Data(ready.dropLast(3).utf8))
            #expect(json["ready"] == .boolean(true) && json["draining"] == .boolean(false) && json["store"] == "none")
            #expect(json["listeners"]?.list.count == 1)
            #expect(try await answer("/").hasSuffix("404"))
            #expect(try await answer("/metrics", "--data", "x").hasSuffix("405"))
            #expect(try await answer("/healthz", "--head").hasSuffix("200"))
        }
    }

    /// Begins a message and then says nothing.
    private let owing = Script { peer in
        try await peer.send("+OK scripted\r\n")
        for _ in 0..<2 {
            _ = try await peer.line()
            try await peer.send("+OK\r\n")
        }
        _ = try await peer.line()
        try await peer.send("+OK\r\nSubject: x\r\n\r\nbegin\r\n")
        _ = try await peer.rest()
    }

    @Test("a relay that drains is alive and not ready")
    func draining() async throws {
        try await scraped(owing) { steered, address in
            try await Peer.connected(to: steered.relay.address) { peer in
                try await peer.logIn(.anna)
                try await peer.send("RETR 1\r\n")
                for _ in 0..<4 { _ = try await peer.line() }
                kill(steered.relay.pid, SIGTERM)
                try await eventually("it is not ready") {
                    try await get("/readyz", address, steered.folder).text.contains("\"draining\":true")
                }
                #expect(try await get("/healthz", address, steered.folder).text == "ok\n")
            }
        }
    }

    static let cells: [(name: String, sent: String, then: ControlEndsTests.Then, answer: String)] = [
        ("says nothing and closes", "", .finish, ""),
        ("half a request, then FIN", "GET /metrics HT", .finish, "HTTP/1.1 400"),
        ("half a request, then a reset", "GET /metrics HTTP/1.1\r\nHost:", .reset, ""),
        ("a request, then FIN", "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n", .finish, "HTTP/1.1 200 OK"),
        ("a request, then a reset", "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n", .reset, ""),
        ("HTTP/1.0", "GET /healthz HTTP/1.0\r\n\r\n", .wait, "HTTP/1.0 200 OK"),
        ("garbage", "\u{1}\u{2}\u{3}\r\n\r\n", .wait, "HTTP/1.1 400"),
        ("POP3", "USER anna\r\n\r\n", .wait, "HTTP/1.1 400"),
        (
            "a request with a body that never ends", "POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n1", .wait, ""
        ),
        ("silence", "", .wait, ""),
    ]

    @Test("a peer that does not do what is expected", arguments: cells)
    func cell(_ cell: (name: String, sent: String, then: ControlEndsTests.Then, answer: String)) async throws {
        try await scraped(ScriptedMaildrop([]).script) { steered, address in
            let before = try steered.relay.openFiles()
            try await Peer.connected(to: address) { peer in
                try await peer.send(cell.sent)
                switch cell.then {
                case .finish: try await peer.finish()
                case .reset: return try await peer.close()
                case .wait: break
                }
                let said = String(decoding: try await peer.rest(), as: UTF8.self)
                #expect(cell.answer.isEmpty ? said.isEmpty : said.hasPrefix(cell.answer), "\(said)")
            }
            try await eventually("nothing is kept") { try steered.relay.openFiles() <= before }
            #expect(try await get("/healthz", address, steered.folder).text == "ok\n")
        }
    }

    /// It said "bind(descriptor:ptr:bytes:): Address already in use) (errno: 98)".
    @Test("a second relay with the same settings was told of a system call")
    func secondRelay() async throws {
        try await scraped(ScriptedMaildrop([]).script) { steered, _ in
            let arguments = ["serve", "--config", steered.relay.folder["popsieve.yaml"]]
            let second = try await Child.run(path: Built.popsieve, arguments, in: steered.folder)
            #expect(second.status == 69 && !second.errors.contains("errno"), "\(second)")
            let words = "another program listens there already; a relay with these settings may run"
            #expect(second.errors.contains(words))
        }
    }

    @Test("a reload opens, moves and closes the address; one that is taken changes nothing")
    func reload() async throws {
        try await scraped(ScriptedMaildrop([]).script) { steered, address in
            let settings = String(decoding: try steered.relay.folder.read("popsieve.yaml"), as: UTF8.self)
            func reload(_ metrics: String) async throws -> Ended {
                let text = settings.replacing("metrics: \(address)", with: "metrics: \(metrics)")
                try steered.relay.folder.write("popsieve.yaml", text)
                return try await steered.popsieve("reload")
            }
            let other = Address(port: try await Port.free())
            #expect(try await reload("\(other)").status == 0)
            #expect(try await get("/healthz", other, steered.folder).text == "ok\n")
            #expect(try await get("/healthz", address, steered.folder).status != 0)
            let taken = try await reload("\(steered.relay.address)")
            #expect(taken.status == 78 && taken.errors.contains("metrics can't be served on"), "\(taken)")
            #expect(try await get("/healthz", other, steered.folder).text == "ok\n")
            #expect(
                try await get("/metrics", other, steered.folder).text.contains("popsieve_reload_last_successful 0\n")
            )
            #expect(try await reload("none").status == 0)
            #expect(try await get("/healthz", other, steered.folder).status != 0)
        }
    }
}

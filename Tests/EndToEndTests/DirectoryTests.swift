// A directory that is asked by HTTP, as nginx's auth_http: the same questions as nginx's, and every kind of answer.
// Must not test what is remembered beyond that it is: see RememberedEntriesTests.

import Foundation
import Synchronization
import Testing

@Suite("Directories", .timeLimit(.minutes(5)))
struct DirectoryTests {
    /// Requests, by the names of their fields in lower case; the first line is under the empty name.
    private final class Questions: Sendable {
        let all = Mutex<[[String: String]]>([])

        var count: Int { all.withLock { $0.count } }
    }

    /// What a directory does with one request.
    enum Answer: Sendable {
        case fields([(String, String)])
        case octets(String)
        case silence
    }

    /// What it does with every request, before this server.
    struct Answering: Sendable {
        let answer: @Sendable ([String: String], Address) -> Answer

        init(_ answer: @escaping @Sendable ([String: String], Address) -> Answer) {
            self.answer = answer
        }
    }

    private static func script(
        _ questions: Questions,
        _ answer: @escaping @Sendable ([String: String]) -> Answer
    ) -> Script {
        Script { peer in
            var fields = ["": try await peer.line()]
            while let line = try await peer.lineOrEnd(), !line.isEmpty {
                let parts = line.split(separator: ":", maxSplits: 1)
                fields[parts[0].lowercased()] = parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : ""
            }
            questions.all.withLock { $0.append(fields) }
            switch answer(fields) {
            case .fields(let fields):
                let lines = fields.map { "\($0.0): \($0.1)\r\n" }.joined()
                try await peer.send("HTTP/1.0 200 OK\r\n\(lines)\r\n")
            case .octets(let text): try await peer.send(text)
            case .silence: _ = try await peer.rest()
            }
        }
    }

    private static func accepted(_ server: Address) -> [(String, String)] {
        [("Auth-Status", "OK"), ("Auth-Server", "127.0.0.1"), ("Auth-Port", "\(server.port)")]
    }

    /// The relay between a directory and Dovecot with Anna's mailbox.
    private func serving(
        _ keys: String = "servers: [127.0.0.1], timeout: 5m",
        of questions: Questions = Questions(),
        answering directory: Answering,
        _ body: (Popsieve) async throws -> Void
    ) async throws {
        try await Folder.temporary { folder in
            try await DovecotServer.serving(Message.orderly, in: folder) { server in
                let script = Self.script(questions) { fields in directory.answer(fields, server.plain) }
                try await ScriptedServer.serving(script) { directory in
                    // Nobody listens there: where to go, the directory says.
                    let nowhere = try await Address(port: Port.free())
                    var settings = Popsieve.Settings(upstream: nowhere)
                    settings.more = "auth-http: { url: \"http://\(directory)/auth\", \(keys) }\n"
                    try await Popsieve.serving(settings, in: folder) { relay in try await body(relay) }
                }
            }
        }
    }

    private func login(_ relay: Popsieve, _ account: Account = .anna) async throws -> String {
        try await Peer.connected(to: relay.address) { peer in
            _ = try await peer.line()
            #expect(try await peer.command("USER \(account.name)").hasPrefix("+OK"))
            return try await peer.command("PASS \(account.password)")
        }
    }

    @Test("without open files a login is put off, and the next one is served")
    func noOpenFiles() async throws {
        try await serving(answering: Answering { _, server in .fields(Self.accepted(server)) }) {
            (relay) async throws in
            try await Peer.connected(to: relay.address) { (peer) async throws in
                _ = try await peer.line()
                #expect(try await peer.command("USER \(Account.anna.name)").hasPrefix("+OK"))
                try await relay.allowOpenFiles(nil)
                #expect(try await peer.command("PASS \(Account.anna.password)").hasPrefix("-ERR [SYS/TEMP]"))
                try await relay.allowOpenFiles(1_024)
            }
            #expect(try await login(relay).hasPrefix("+OK"))
        }
    }

    // MARK: Beside nginx

    @Test(
        "the directory is asked what nginx asks it",
        arguments: ["plain-password", "with space and %41", "ünïcode-pass", "\"quoted\"<&>;+=,"]
    )
    func sameQuestion(password: String) async throws {
        let questions = Questions()
        let port = try await Port.free()
        let account = Account(name: "who ever@example.com", password: password)
        try await serving(
            of: questions,
            answering: Answering { _, _ in .fields([("Auth-Status", "no such user"), ("Auth-Wait", "0")]) }
        ) { (relay) async throws in
            _ = try await login(relay, account)
            let directory = try #require(questions.all.withLock { $0.first?["host"] })
            let text = """
                mail { auth_http http://\(directory)/auth; pop3_auth plain;
                  server { protocol pop3; listen 127.0.0.1:\(port); } }
                """
            try await Folder.temporary { folder in
                try await Nginx.serving(text, on: [port], in: folder) {
                    try await Peer.connected(to: Address(port: port)) { peer in
                        _ = try await peer.line()
                        _ = try await peer.command("USER \(account.name)")
                        _ = try await peer.command("PASS \(password)")
                    }
                }
            }
        }
        let (ours, nginxs) = questions.all.withLock { ($0.first ?? [:], $0.last ?? [:]) }
        #expect(questions.count == 2)
        func asked(_ fields: [String: String]) -> [String: String] {
            fields.filter { $0.key.hasPrefix("auth-") || $0.key == "client-ip" }
        }
        #expect(asked(ours) == asked(nginxs))
        #expect(nginxs["auth-user"] == "who%20ever@example.com")
        #expect(ours[""]?.hasPrefix("GET /auth HTTP/1") == true && nginxs[""]?.hasPrefix("GET /auth HTTP/1") == true)
    }

    @Test("a web server that answers for nginx answers for the relay")
    func realServer() async throws {
        try await Folder.temporary { folder in
            try await DovecotServer.serving(Message.orderly, in: folder) { server in
                let port = try await Port.free()
                let text = """
                    http { access_log off; server { listen 127.0.0.1:\(port); location /auth {
                      add_header Auth-Status OK; add_header Auth-Server 127.0.0.1;
                      add_header Auth-Port \(server.plain.port);
                      if ($http_x_auth_key != "the-key-of-the-site") { return 403; }
                      return 204;
                    } } }
                    """
                try await Nginx.serving(text, on: [port], in: folder) {
                    var settings = try await Popsieve.Settings(upstream: Address(port: Port.free()))
                    settings.more = """
                        auth-http: { url: "http://127.0.0.1:\(port)/auth", servers: [127.0.0.1], header: { X-Auth-Key: key } }

                        """
                    settings.files = ["key": "the-key-of-the-site\n"]
                    try await Popsieve.serving(settings, in: folder) { (relay) async throws in
                        #expect(try await login(relay).hasPrefix("+OK"))
                    }
                }
            }
        }
    }

    // MARK: Answers

    @Test("another name and another password at the server")
    func mapped() async throws {
        let account = Account(name: "alias", password: "of-the-alias-alone")
        try await serving(
            answering: Answering { fields, server in
                let isRight = fields["auth-user"] == "alias" && fields["auth-pass"] == "of-the-alias-alone"
                guard isRight else { return .fields([("Auth-Status", "wrong")]) }
                let mapping = [("Auth-User", Account.anna.name), ("Auth-Pass", Account.anna.password)]
                return .fields(Self.accepted(server) + mapping)
            }
        ) { (relay) async throws in
            try await Peer.connected(to: relay.address) { peer in
                try await peer.logIn(account)
                #expect(try await peer.command("STAT").hasPrefix("+OK \(Message.orderly.count) "))
                #expect(try await peer.command("QUIT").hasPrefix("+OK"))
            }
            let line = try #require(try relay.audit.lines("login_succeeded").first)
            #expect(line["user"] == "alias" && line["upstream_user"] == .string(Account.anna.name))
        }
    }

    @Test("the name of one of the settings' upstreams")
    func named() async throws {
        try await serving(answering: Answering { _, _ in .fields([("Auth-Status", "OK"), ("Auth-Server", "main")]) }) {
            (relay) async throws in
            #expect(try await login(relay) == "-ERR [SYS/TEMP] The mail server can't be reached")
            #expect(try relay.audit.lines("upstream_failed").first?["upstream"] == "main")
        }
    }

    private static let refusals: [(fields: [(String, String)], reply: String, side: String, code: String)] = [
        ([("Auth-Status", "Invalid login")], "-ERR [AUTH] Invalid login", "relay", "AUTH"),
        ([("Auth-Status", "[SYS/TEMP] Come back")], "-ERR [SYS/TEMP] Come back", "relay", "SYS/TEMP"),
        (
            [("Auth-Status", "[IN-USE]")], "-ERR [IN-USE] No login is possible for now; try again later", "relay",
            "IN-USE"
        ),
        (
            [("Auth-Status", "\(Account.anna.password) is wrong")], "-ERR [AUTH] \(Account.anna.password) is wrong",
            "relay",
            "AUTH"
        ),
    ]

    @Test("a refusal reaches the client in the directory's words", arguments: refusals)
    func refused(_ one: (fields: [(String, String)], reply: String, side: String, code: String)) async throws {
        try await serving(answering: Answering { _, _ in .fields(one.fields) }) { (relay) async throws in
            #expect(try await login(relay) == one.reply)
            let line = try #require(try relay.audit.lines("login_failed").first)
            #expect(line["side"] == .string(one.side) && line["code"] == .string(one.code))
            #expect(try relay.audit.lines("upstream_connected").isEmpty)
        }
    }

    private static let faults: [(answer: Answer, reason: String)] = [
        (.octets("+OK POP3 here\r\n"), "no HTTP"), (.octets(""), "ended in the middle"),
        (.octets("HTTP/1.0 500 Oops\r\n\r\n"), "status 500"), (.silence, "no answer in time"),
        (.octets("HTTP/1.0 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\r\n"), "status 302"),
        (.fields([("Auth-Status", "OK")]), "no Auth-Server"),
        (.fields([("Auth-Status", "OK"), ("Auth-Server", "127.0.0.1")]), "Auth-Port"),
        (.fields([("Auth-Status", "OK"), ("Auth-Server", "127.0.0.1"), ("Auth-Port", "0")]), "Auth-Port"),
        (.fields([("Auth-Status", "OK"), ("Auth-Status", "OK")]), "stands twice"),
        (
            .fields([("Auth-Status", "OK"), ("Auth-Server", "127.0.0.1"), ("Auth-Port", "1"), ("Auth-User", "a\u{1}b")]
            ),
            "no HTTP"
        ),
    ]

    @Test("what is no answer lets nobody in, and the client is told to come back", arguments: faults)
    func fault(_ one: (answer: Answer, reason: String)) async throws {
        let time = if case .silence = one.answer { "2s" } else { "5m" }
        try await serving("servers: [127.0.0.1], timeout: \(time)", answering: Answering { _, _ in one.answer }) {
            (relay) async throws in
            #expect(try await login(relay).hasPrefix("-ERR [SYS/TEMP]"))
            let reason = try #require(try relay.audit.lines("login_failed").first?["reason"]?.text)
            #expect(reason.contains(one.reason), "\(reason)")
            #expect(try relay.audit.lines("upstream_connected").isEmpty)
        }
    }

    @Test("servers that the settings don't let it name", arguments: ["timeout: 5m", "servers: [192.0.2.0/24]"])
    func forbidden(keys: String) async throws {
        try await serving(keys, answering: Answering { _, server in .fields(Self.accepted(server)) }) {
            (relay) async throws in
            #expect(try await login(relay) == "-ERR [SYS/PERM] No login is possible with these settings")
            let reason = try #require(try relay.audit.lines("login_failed").first?["reason"]?.text)
            #expect(reason.contains("the directory names 127.0.0.1:"), "\(reason)")
        }
    }

    // MARK: How often

    @Test("who was let in is not asked about again for a while; who was not is", arguments: ["30s", "0s"])
    func remembered(cache: String) async throws {
        let questions = Questions()
        let answer: @Sendable ([String: String], Address) -> Answer = { fields, server in
            fields["auth-pass"] == Account.anna.password
                ? .fields(Self.accepted(server)) : .fields([("Auth-Status", "wrong")])
        }
        try await serving(
            "servers: [127.0.0.1], timeout: 5m, cache: \(cache)",
            of: questions,
            answering: Answering(answer)
        ) {
            (relay) async throws in
            for _ in 0..<3 { #expect(try await login(relay).hasPrefix("+OK")) }
            #expect(questions.count == (cache == "0s" ? 3 : 1))
            let wrong = Account(name: Account.anna.name, password: "not-the-password")
            for _ in 0..<2 { #expect(try await login(relay, wrong) == "-ERR [AUTH] wrong") }
            #expect(questions.count == (cache == "0s" ? 5 : 3))
        }
    }

    @Test("when the server refuses a login that was let in, the directory is asked anew")
    func forgotten() async throws {
        let questions = Questions()
        let wrong = Account(name: Account.anna.name, password: "not-the-password")
        try await serving(of: questions, answering: Answering { _, server in .fields(Self.accepted(server)) }) {
            (relay) async throws in
            for _ in 0..<2 { #expect(try await login(relay, wrong) == "-ERR [AUTH] Login failed") }
            #expect(questions.count == 2)
        }
    }

    // MARK: Ends

    /// Sends a login, and does something while the directory is asked; it will say nothing for two seconds.
    private func asking(_ body: (Popsieve, Peer) async throws -> Void) async throws {
        let questions = Questions()
        let keys = "servers: [127.0.0.1], timeout: 2s"
        try await serving(keys, of: questions, answering: Answering { _, _ in .silence }) { (relay) async throws in
            let connection = try await Connection.made(to: relay.address)
            defer { connection.close() }
            let client = connection.peer()
            _ = try await client.line()
            _ = try await client.command("USER \(Account.anna.name)")
            try await client.send("PASS \(Account.anna.password)\r\n")
            try await eventually("the directory is asked") { questions.count == 1 }
            try await body(relay, client)
            try await eventually("the session ends") { try relay.audit.lines("session_closed").count == 1 }
        }
    }

    @Test(
        "a client that leaves while the directory is asked leaves nothing behind",
        arguments: [End.close, .halfClosure, .reset]
    )
    func left(end: End) async throws {
        try await asking { _, client in
            try await Meeting.end(Cell(phase: .login, end: end, side: .client, transport: .none), client)
            if end == .halfClosure { #expect(try await client.line().hasPrefix("-ERR [SYS/TEMP]")) }
        }
    }

    @Test("a reload and SIGTERM while the directory is asked: the login gets its answer")
    func service() async throws {
        try await asking { relay, client in
            relay.reload()
            _ = try await relay.audit.waitFor("rules_loaded", count: 2)
            kill(relay.pid, SIGTERM)
            #expect(try await client.line() == "-ERR [SYS/TEMP] No login is possible for now; try again later")
            #expect(try await client.rest() == Data("-ERR [SYS/TEMP] The relay is shutting down\r\n".utf8))
        }
    }
}

// `popsieve account` and settings that hold something already: nothing of it is lost, whatever goes wrong.
// Must not sign in anywhere: see ProviderTests.

import Foundation
import Testing

@Suite("popsieve account", .timeLimit(.minutes(5)))
struct AccountCommandTests {
    private static let hash = "$2b$04$abcdefghijklmnopqrstuumRKVqSm9imSGHeNSPvfwwXR..zByPr."

    /// Runs the command with a password on standard input.
    private func account(_ arguments: [String], password: String = "", in folder: Folder) async throws -> Ended {
        let environment = ["HOME": folder.path, "DEVICE": "only-for-devices", "WORD": password]
        let script = "printf '%s\\n' \"$WORD\" | \"$0\" account \"$@\""
        let words = ["-c", script, Built.popsieve] + arguments
        return try await Child.run(.shell, words, in: folder, environment: environment)
    }

    private func added(
        _ address: String,
        as device: String,
        _ password: String = "of-the-mailbox",
        at server: String = "pop.example.com",
        isTried: Bool = false,
        in folder: Folder
    ) async throws -> Ended {
        let words =
            [
                "add", address, "--config", folder["popsieve.yaml"], "--server", server, "--device-user", device,
                "--device-password", "env:DEVICE", "--password-stdin",
            ] + (isTried ? [] : ["--untried"])
        return try await account(words, password: password, in: folder)
    }

    private func settings(_ folder: Folder) throws -> String {
        String(decoding: try folder.read("popsieve.yaml"), as: UTF8.self)
    }

    @Test("accounts that are added at the same time are all there")
    func together() async throws {
        try await Folder.temporary { folder in
            try folder.write("popsieve.yaml", "upstream: pop.example.com\n")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<6 {
                    group.addTask {
                        let ended = try await added("me\(number)@example.com", as: "device\(number)", in: folder)
                        #expect(ended.status == 0, "\(ended)")
                    }
                }
                try await group.waitForAll()
            }
            let text = try settings(folder)
            for number in 0..<6 { #expect(text.contains("user: \"device\(number)\""), "\(text)") }
        }
    }

    @Test("another device of a mailbox leaves the first one's password alone, and a name that is taken changes nothing")
    func secondDevice() async throws {
        try await Folder.temporary { folder in
            try folder.write("popsieve.yaml", "upstream: pop.example.com\n")
            #expect(try await added("me@example.com", as: "one", "the-right-one", in: folder).status == 0)
            #expect(try await added("me@example.com", as: "two", "the-wrong-one", in: folder).status == 0)
            #expect(try await added("me@example.com", as: "two", "another-one", in: folder).status == 64)
            #expect(try folder.read("one.secret") == Data("the-right-one\n".utf8))
            #expect(try folder.read("two.secret") == Data("the-wrong-one\n".utf8))
        }
    }

    @Test("settings that can't be changed keep no password that belongs to nobody")
    func unchanged() async throws {
        try await Folder.temporary { folder in
            try folder.write("s", "x\n")
            for text in [
                "upstream: pop.example.com\naccounts: [{ user: x, password: \"\(Self.hash)\", secret: s }]\n",
                "{ upstream: pop.example.com }\n",
            ] {
                try folder.write("popsieve.yaml", text)
                let ended = try await added("me@example.com", as: "one", in: folder)
                #expect(
                    ended.status == 78 && ended.errors.contains("can't be changed as it is written here"),
                    "\(ended)"
                )
                #expect(try settings(folder) == text)
                #expect(try folder.names().filter { $0.hasSuffix(".secret") } == [])
            }
        }
    }

    @Test(
        "whoever got in before the first account goes on getting in",
        arguments: [
            "upstream: pop.example.com\n", "upstream: pop.example.com\naccounts: []   # none yet\n",
            "upstream:\n  # ours\n  host: pop.example.com\n\nrules: none\n",
        ],
        ["pop.example.com", "pop.else.example"]
    )
    func first(text: String, server: String) async throws {
        try await Folder.temporary { folder in
            _ = try folder.folder("none")
            try folder.write("popsieve.yaml", text)
            let ended = try await added("me@example.com", as: "one", at: server, in: folder)
            #expect(ended.status == 0, "\(ended)")
            let words = ["check", "--config", folder["popsieve.yaml"]]
            let checked = try await Child.run(path: Built.popsieve, words, in: folder)
            let said = String(decoding: checked.output, as: UTF8.self)
            let name = server == "pop.example.com" ? server : "upstream"
            #expect(checked.status == 0 && said.contains("route     *  to \(name)\n"), "\(said)\(checked.errors)")
        }
    }

    @Test("a name with a star, or none, is no account's", arguments: ["*", "a?", ""])
    func names(device: String) async throws {
        try await Folder.temporary { folder in
            try folder.write("popsieve.yaml", "upstream: pop.example.com\n")
            #expect(try await added("me@example.com", as: device, in: folder).status == 64)
            #expect(try await added("*@example.com", as: "one", in: folder).status == 64)
            #expect(try settings(folder) == "upstream: pop.example.com\n")
        }
    }

    @Test(
        "nobody reads more than he could: settings and the mailbox's password",
        arguments: [(0o600, 0o600), (0o640, 0o640), (0o644, 0o600)]
    )
    func modes(settings: Int, secret: Int) async throws {
        try await Folder.temporary { folder in
            try folder.write("popsieve.yaml", "upstream: pop.example.com\n")
            func mode(_ name: String) throws -> Int? {
                try FileManager.default.attributesOfItem(atPath: folder[name])[.posixPermissions] as? Int
            }
            let path = folder["popsieve.yaml"]
            try FileManager.default.setAttributes([.posixPermissions: settings], ofItemAtPath: path)
            #expect(try await added("me@example.com", as: "one", in: folder).status == 0)
            #expect(try mode("popsieve.yaml") == settings && mode("one.secret") == secret)
            #expect(try folder.names().allSatisfy { !$0.hasSuffix(".new") })
        }
    }

    @Test("an upstream that nobody uses any more is named when its last account goes")
    func idle() async throws {
        try await Folder.temporary { folder in
            try folder.write("popsieve.yaml", "upstream: pop.example.com\n")
            _ = try await added("me@else.example", as: "one", at: "pop.else.example", in: folder)
            let words = ["remove", "one", "--config", folder["popsieve.yaml"]]
            let ended = try await account(words, in: folder)
            #expect(ended.status == 0)
            #expect(String(decoding: ended.output, as: UTF8.self).contains("nobody uses the upstream else any more"))
        }
    }

    @Test("a file of tokens that others may read is told with what to do, before anybody signs in again")
    func sharedTokens() async throws {
        try await Folder.temporary { folder in
            let more = "oauth: { google: { client-id: x } }\ntokens: { file: tokens, key: key }\naccounts:\n"
            let account = "  - { user: a, password: \"\(Self.hash)\", token: a }\n"
            try folder.write("popsieve.yaml", "upstream: pop.example.com\n" + more + account)
            try folder.write("tokens", "x")
            try folder.write("key", String(repeating: "k", count: 40) + "\n")
            for (name, mode) in [("key", 0o600), ("tokens", 0o644)] {
                try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: folder[name])
            }
            for words in [["list"], ["renew", "a"], ["reseal"]] {
                let ended = try await self.account(words + ["--config", folder["popsieve.yaml"]], in: folder)
                #expect(ended.status == 66 && ended.errors.contains("chmod 600"), "\(ended)")
            }
        }
    }

    @Test(
        "a second server: accounts that meant the only one go on meaning it, and nobody else gets in",
        arguments: [
            "  - { user: old, password: \"$2b$04$abcdefghijklmnopqrstuumRKVqSm9imSGHeNSPvfwwXR..zByPr.\", secret: s }\n",
            "  - user: old\n    password: \"$2b$04$abcdefghijklmnopqrstuumRKVqSm9imSGHeNSPvfwwXR..zByPr.\"\n    secret: s\n",
        ]
    )
    func secondServer(account: String) async throws {
        try await Folder.temporary { folder in
            try folder.write("s", "x\n")
            try folder.write("popsieve.yaml", "# ours\nupstream: pop.example.com   # there\naccounts:\n\(account)")
            let ended = try await added("me@else.example", as: "new", at: "pop.else.example", in: folder)
            #expect(ended.status == 0, "\(ended)")
            let text = try settings(folder)
            #expect(text.contains("upstream: pop.example.com   # there") && text.hasPrefix("# ours\n"))
            #expect(text.contains("upstream: \"upstream\"") && !text.contains("routes"), "\(text)")
            let words = ["check", "--config", folder["popsieve.yaml"]]
            let checked = try await Child.run(path: Built.popsieve, words, in: folder)
            #expect(checked.status == 0, "\(checked)")
        }
    }

    @Test(
        "a mailbox that does not open is told, and the account is there all the same",
        arguments: [
            ("+OK in", 0, "opens"),
            ("-ERR [AUTH] use an app password", 1, "login: the provider takes an app password here"),
        ]
    )
    func tried(reply: String, status: Int32, words: String) async throws {
        let server = DoctorCase.answering(["PASS": reply, "AUTH": reply])
        try await Folder.temporary { folder in
            try await ScriptedServer.serving(server) { address in
                let upstream = "upstream: { host: 127.0.0.1, port: \(address.port), tls: none }\n"
                try folder.write("popsieve.yaml", upstream)
                let ended = try await added(
                    "me@example.com",
                    as: "one",
                    at: "127.0.0.1:\(address.port)",
                    isTried: true,
                    in: folder
                )
                let said = String(decoding: ended.output, as: UTF8.self) + ended.errors
                #expect(ended.status == status && said.contains(words), "\(said)")
                #expect(!said.contains("of-the-mailbox"))
                #expect(try settings(folder).contains("user: \"one\""))
            }
        }
    }

    @Test("settings that are not there are told", arguments: [["list"], ["remove", "x"], ["renew", "x"], ["reseal"]])
    func missing(arguments: [String]) async throws {
        try await Folder.temporary { folder in
            let ended = try await account(arguments + ["--config", folder["none.yaml"]], in: folder)
            #expect(ended.status == 66 && ended.errors.contains("none.yaml"), "\(ended)")
        }
    }

    @Test("a password in the place of a file's name is not said again")
    func misplaced() async throws {
        try await Folder.temporary { folder in
            let account = "{ user: a, password: \"PlainAndSecret7\", secret: AlsoVerySecret8 }"
            try folder.write("popsieve.yaml", "upstream: pop.example.com\naccounts:\n  - \(account)\n")
            let words = ["check", "--config", folder["popsieve.yaml"]]
            let ended = try await Child.run(path: Built.popsieve, words, in: folder)
            #expect(ended.status == 78)
            let said = String(decoding: ended.output, as: UTF8.self) + ended.errors
            #expect(
                said.contains("popsieve.yaml:3:") && !said.contains("Secret7") && !said.contains("Secret8"),
                "\(said)"
            )
        }
    }
}

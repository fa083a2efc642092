// Where users go and as whom, by what is logged in there, and what clients are offered.
// Must not open a connection.

import POP3
import Passwords
import Patterns
import Testing

@testable import Relay

@Suite struct RoutingTests {
    @Test(
        "names at the upstream",
        arguments: [
            ("*@old.example", "*@new.example", "Me@OLD.example", "Me@new.example"),
            ("*@pop.example.com", "*", "me@example.com@pop.example.com", "me@example.com"),
            ("*", "archive-*", "me", "archive-me"), ("a?c*", "*", "abcdef", "def"), ("*", "all", "me", "all"),
            ("*@old.example", "*@new.example", "@old.example", nil), ("*.*", "one", "a.b", "one"),
        ]
    )
    func names(pattern: String, name: String, user: String, expected: String?) throws {
        let rewriting = try #require(NameRewriting(Glob(pattern), to: name))
        #expect(rewriting.name(for: Array(user.utf8)).map { String(decoding: $0, as: UTF8.self) } == expected)
    }

    @Test(
        "what stands for nothing, or for several things",
        arguments: [("me", "*"), ("*@*", "*"), ("*", "*-*"), ("*", "")]
    )
    func badNames(pattern: String, name: String) {
        #expect(NameRewriting(Glob(pattern), to: name) == nil)
    }

    private static func offer(_ mechanisms: [String]?, user: Bool = false, stamp: Bool = false) -> LoginOffer {
        LoginOffer(mechanisms: mechanisms, takesUser: user, stamp: stamp ? Array("<1@a>".utf8) : nil)
    }

    /// What is offered and allowed, and what is taken.
    struct Choice: Sendable {
        let offer: LoginOffer
        let setting: [UpstreamMechanism]?
        let hasToken: Bool
        let isConfidential: Bool
        let taken: UpstreamMechanism?

        init(
            _ offer: LoginOffer,
            _ setting: [UpstreamMechanism]?,
            _ hasToken: Bool,
            _ isConfidential: Bool,
            _ taken: UpstreamMechanism?
        ) {
            self.offer = offer
            self.setting = setting
            self.hasToken = hasToken
            self.isConfidential = isConfidential
            self.taken = taken
        }
    }

    static let choices: [Choice] = [
        Choice(offer(["PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-256"], user: true), nil, false, true, .scramSHA256),
        Choice(offer(["PLAIN", "LOGIN"], user: true), nil, false, true, .plain),
        Choice(offer([], user: true, stamp: true), nil, false, true, .user),
        Choice(offer([], user: true, stamp: true), nil, false, false, .apop),
        Choice(offer(["PLAIN", "LOGIN"], user: true), nil, false, false, nil),
        Choice(offer(["PLAIN", "CRAM-MD5"], user: true), nil, false, false, .cramMD5),
        Choice(offer(["PLAIN", "LOGIN"], user: true), [.login, .plain], false, false, .login),
        Choice(offer(["PLAIN"]), [.scramSHA256], false, true, nil),
        Choice(offer(nil, user: true), nil, false, true, .user),
        Choice(offer(nil, user: true), [.plain], false, true, .plain),
        Choice(offer(["PLAIN"]), [.user], false, true, .user),
        Choice(offer(["PLAIN", "OAUTHBEARER"]), nil, true, true, .oauthBearer),
        Choice(offer(["XOAUTH2", "OAUTHBEARER"]), nil, true, true, .xoauth2),
        Choice(offer(["PLAIN"]), nil, true, true, nil),
        Choice(offer([]), nil, true, true, .xoauth2),
        Choice(offer(nil), nil, true, true, .xoauth2),
        Choice(offer(["XOAUTH2"]), nil, true, false, nil),
        Choice(offer(["XOAUTH2"]), nil, false, true, nil),
        Choice(offer(["EXTERNAL", "SCRAM-SHA-1-PLUS"]), nil, false, true, nil),
    ]

    @Test("the strongest that is offered and allowed", arguments: choices)
    func choice(_ cell: Choice) {
        let choice = UpstreamMechanism.choice(
            of: cell.offer,
            cell.setting,
            withToken: cell.hasToken,
            isConfidential: cell.isConfidential
        )
        #expect(choice == cell.taken)
    }

    @Test("what clients are offered")
    func offered() throws {
        var configuration = RelayConfiguration(
            listeners: [],
            upstreams: [.init(name: "a", host: "a", port: 1, encryption: .none)]
        )
        #expect(!configuration.leadsLogins)
        configuration.upstreams[0].logins = [.scramSHA256, .plain]
        #expect(configuration.leadsLogins)
        #expect(configuration.offeredMechanisms == ["SCRAM-SHA-256", "PLAIN", "LOGIN", "XOAUTH2", "OAUTHBEARER"])
        configuration.upstreams.append(.init(name: "b", host: "b", port: 1, encryption: .none))
        #expect(configuration.offeredMechanisms == ["PLAIN", "LOGIN", "XOAUTH2", "OAUTHBEARER"])
        configuration.accounts = Accounts([.init(user: Glob("a"), credential: .token(account: "a"))])
        #expect(configuration.offeredMechanisms == ["PLAIN", "LOGIN"])
        #expect(configuration.destination(for: Array("b".utf8)) == nil)
    }

    @Test("a name before a pattern, and hashes from the file")
    func accounts() throws {
        let (file, _) = PasswordFile.read("b:$2b$04$abcdefghijklmnopqrstuultCqDh8llbZjmsuYCqTslEkkP7EnfHa\n")
        let accounts = Accounts(
            [
                .init(user: Glob("*"), credential: .token(account: "all")),
                .init(user: Glob("B"), credential: .token(account: "one")),
            ],
            passwords: file
        )
        func match(_ name: String) -> (String, Bool) {
            guard let match = accounts.match(Array(name.utf8)), case .token(let account) = match.account.credential
            else {
                return ("", false)
            }
            return (account, match.hash != nil)
        }
        #expect(match("b") == ("one", true))
        #expect(match("c") == ("all", false))
    }
}

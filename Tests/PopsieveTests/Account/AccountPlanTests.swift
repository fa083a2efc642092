// Where an account's server is found: SRV records, and whom they are believed about.

import HTTPClient
import NIOCore
import NIOPosix
import Testing
import Transport

@testable import popsieve

@Suite struct AccountPlanTests {
    private func planner(
        _ records: [String: [ServiceRecord]],
        ask: ((String) -> String?)? = nil
    ) throws -> AccountPlanner {
        AccountPlanner(
            wishes: AccountWishes(address: "me@mail.example"),
            settings: Settings(),
            client: try HTTPClient(on: MultiThreadedEventLoopGroup.singleton, patience: .milliseconds(1)),
            records: ServiceRecords { records[$0] ?? [] },
            ask: ask
        )
    }

    private static func record(_ target: String, port: Int = 995, priority: Int = 1) -> ServiceRecord {
        ServiceRecord(priority: priority, weight: 0, port: port, target: target)
    }

    @Test(
        "the domain's own hosts, TLS from the first octet before STLS, the lowest priority first",
        arguments: [
            (["_pop3s._tcp.mail.example": [record("pop.mail.example")]], "pop.mail.example", 995, false),
            (["_pop3._tcp.mail.example": [record("mail.example", port: 110)]], "mail.example", 110, true),
            (
                [
                    "_pop3s._tcp.mail.example": [
                        record("b.mail.example", priority: 2), record("A.mail.example", port: 1995),
                    ],
                    "_pop3._tcp.mail.example": [record("c.mail.example", port: 110)],
                ], "a.mail.example", 1995, false
            ),
        ] as [([String: [ServiceRecord]], String, Int, Bool)]
    )
    func own(records: [String: [ServiceRecord]], host: String, port: Int, beginsPlain: Bool) async throws {
        let server = try await planner(records).plan().server
        #expect(server == MailServer(host: host, port: port, beginsPlain: beginsPlain, user: "me@mail.example"))
    }

    @Test("a host of another domain is asked about, and without a person it is an error", arguments: ["y", "n", nil])
    func foreign(answer: String?) async throws {
        let records = ["_pop3s._tcp.mail.example": [Self.record("pop.else.example")]]
        // Whoever says no is asked for the server; nobody says it here.
        let planner = try planner(records, ask: answer.map { answer in { $0.contains("right?") ? answer : nil } })
        do throws(AccountPlanFault) {
            #expect(try await planner.plan().server.host == "pop.else.example" && answer == "y")
        } catch {
            #expect(answer != "y")
            #expect(error.message.contains("pop.else.example:995") == (answer == nil))
        }
    }

    @Test("what only looks like a part of the domain", arguments: ["evilmail.example", "mail.example.else", "example"])
    func similar(host: String) {
        #expect(!MailServer(host: host, port: 995, beginsPlain: false, user: "").belongs(to: "mail.example"))
    }
}

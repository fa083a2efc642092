// Servers that never come to the end of what goes to nobody.
// Must not ask how long anything took.

import Foundation
import Testing

@Suite("Without an end", .timeLimit(.minutes(5)))
struct EndlessTests {
    /// What is read and dropped, and whether the client has its answer before.
    enum Reply: String, Sendable, CaseIterable {
        /// The client has its beginning and a note.
        case cutMessage
        /// The client has an error in its place.
        case refusedMessage
        /// The client has a notice in its place.
        case discardedMessage
        /// What TOP brings when a deletion is looked at; nobody has seen anything.
        case judgedHeader
        /// LIST, as the relay asks for it.
        case ownList
        /// UIDL, as the relay asks for it.
        case ownUIDL

        var settings: String {
            switch self {
            case .cutMessage: "size-limit: { octets: 10 KiB, outcome: truncate }\n"
            // Nothing but the error is the answer, however long it takes.
            case .refusedMessage: "size-limit: { octets: 10 KiB, outcome: error }\nholding: { patience: 10m }\n"
            case .discardedMessage, .judgedHeader, .ownList, .ownUIDL: ""
            }
        }

        var rule: String? {
            switch self {
            case .cutMessage: nil
            case .refusedMessage: #"require "body"; if body :contains "nothing" { discard; }"#
            case .discardedMessage: "discard;"
            case .judgedHeader: #"require "reject"; if header "Subject" "other" { reject "no"; }"#
            case .ownList: #"if size :over 1G { discard; }"#
            case .ownUIDL: #"require "reject"; if header "Subject" "other" { reject "no"; }"#
            }
        }

        var isListing: Bool { self == .ownList || self == .ownUIDL }

        /// The end that the client is owed an answer at, or nil.
        var isAnswered: Bool { self == .cutMessage || self == .refusedMessage || self == .discardedMessage }
    }

    /// - Parameter pause: between two pieces
    private func server(_ reply: Reply, pieces: String, pause: Duration) -> Script {
        Script { peer in
            try await peer.send("+OK\r\n")
            while true {
                let words = try await peer.line().split(separator: " ").map(String.init)
                let isEndless =
                    switch words[0] {
                    case "RETR": reply.isAnswered
                    case "TOP": reply == .judgedHeader
                    case "LIST": reply == .ownList && words.count == 1
                    case "UIDL": reply == .ownUIDL && words.count == 1
                    default: false
                    }
                switch words[0] {
                case _ where isEndless:
                    try await peer.send(reply.isListing ? "+OK\r\n" : "+OK\r\nSubject: endless\r\n\r\n")
                    while !Task.isCancelled {
                        try await peer.send(pieces)
                        try await Task.sleep(for: pause)
                    }
                case "CAPA": try await peer.send("+OK\r\nTOP\r\nUIDL\r\nUSER\r\n.\r\n")
                case "STAT" where reply.isListing: try await peer.send("+OK 2 200\r\n")
                case "STAT", "LIST", "UIDL": try await peer.send("-ERR\r\n")
                default: try await peer.send("+OK\r\n")
                }
            }
        }
    }

    private func check(_ reply: Reply, _ limit: String, _ words: String, pieces: String, pause: Duration) async throws {
        let change = Change {
            $0.more = reply.settings + limit
            if reply == .ownUIDL { $0.store = "popsieve.sqlite" }
            if limit.isEmpty { $0.timeouts = [.rest: "500ms"] }
        }
        let script = server(reply, pieces: pieces, pause: pause)
        try await Relayed.script(script, rule: reply.rule, changing: change) { relayed in
            try await Peer.connected(to: relayed.relay.address) { peer in
                try await peer.logIn(.anna)
                try await peer.send(reply == .judgedHeader ? "DELE 1\r\n" : "RETR 1\r\n")
                let rest = String(decoding: try await peer.rest(), as: UTF8.self)
                switch reply {
                case .cutMessage, .discardedMessage: #expect(rest.hasSuffix("\r\n.\r\n"), "\(rest.suffix(300))")
                case .refusedMessage: #expect(rest.hasPrefix("-ERR [SYS/PERM]"), "\(rest)")
                case .judgedHeader, .ownList, .ownUIDL:
                    #expect(rest == "-ERR [SYS/TEMP] The mail server does not end its answer\r\n")
                }
            }
            let failed = try await relayed.relay.audit.waitFor("upstream_failed")[0]["reason"]?.text ?? ""
            #expect(failed.hasPrefix("endless-reply: ") && failed.contains(words), "\(failed)")
            let closed = try await relayed.relay.audit.waitFor("session_closed")[0]
            #expect(closed["side"]?.text == "upstream", "\(closed)")
            #expect(closed["reason"]?.text?.hasPrefix("upstream-endless-reply: ") == true, "\(closed)")
        }
    }

    @Test("what nobody gets is read up to a limit of octets", arguments: Reply.allCases)
    func octets(reply: Reply) async throws {
        let pieces = (1...400).map { "\($0 + 2) \($0 + 10)\r\n" }.joined()
        try await check(reply, "limits: { rest: 64 KiB }", "limits.rest", pieces: pieces, pause: .milliseconds(1))
    }

    @Test("what nobody gets is read for a while only, however slowly it comes", arguments: Reply.allCases)
    func time(reply: Reply) async throws {
        // So much that what is cut or refused is dropped from the first piece on.
        let first = reply.isAnswered ? (1...2_000).map { "line \($0)\r\n" }.joined() : "9 9\r\n"
        try await check(reply, "", "timeouts.rest", pieces: first, pause: .milliseconds(100))
    }
}

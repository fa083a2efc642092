// A clamd, spamd or rspamd that answers a check as it should, and a message as a test says.
// Must not judge: what it is asked about ends with the words that it waits for.

import Foundation
import Synchronization

/// A scanner that plays a part, and what it has seen.
final class ScriptedScanner: Sendable {
    enum Kind: String, CaseIterable, Sendable {
        case clamd
        case spamd
        case rspamd
    }

    /// What it does when it has the message.
    enum Fault: String, CaseIterable, Sendable {
        case hangs
        case closes
        case closesInTheMiddle
        case saysGarbage
    }

    /// The last line of each message that it is asked about.
    static let lastWords = "the last words\r\n"

    private let kind: Kind
    private let fault: Fault?
    private let seen = Mutex((messages: 0, partings: 0))

    /// - Parameter fault: nil: it finds nothing, and closes the connection then.
    init(_ kind: Kind, _ fault: Fault? = nil) {
        self.kind = kind
        self.fault = fault
    }

    /// Messages that it got whole.
    var messages: Int { seen.withLock { $0.messages } }

    /// Connections that ended while it owed an answer.
    var partings: Int { seen.withLock { $0.partings } }

    var script: Script {
        Script { peer in
            var heard = ""
            while true {
                heard += String(decoding: try await peer.anything(), as: UTF8.self)
                if let answer = self.answerToCheck(heard) { return try await peer.send(answer) }
                guard heard.contains(Self.lastWords) else { continue }
                self.seen.withLock { $0.messages += 1 }
                return try await self.misbehave(peer)
            }
        }
    }

    private func misbehave(_ peer: Peer) async throws {
        switch fault {
        case nil: try await peer.send(whole)
        case .hangs:
            _ = try? await peer.rest()
            seen.withLock { $0.partings += 1 }
        case .closes: break
        case .closesInTheMiddle: try await peer.send(half)
        case .saysGarbage: try await peer.send("220 printer ready\r\n\r\n\0")
        }
    }

    private func answerToCheck(_ heard: String) -> String? {
        switch kind {
        case .clamd: heard == "zPING\0" ? "PONG\0" : heard == "zVERSION\0" ? "ClamAV 1.4.0/1/today\0" : nil
        case .spamd: heard.hasPrefix("PING ") ? "SPAMD/1.5 0 PONG\r\n" : nil
        case .rspamd: heard.hasPrefix("GET /ping") ? "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npong" : nil
        }
    }

    /// An answer that finds nothing.
    private var whole: String {
        switch kind {
        case .clamd: "1: stream: OK\0"
        case .spamd: "SPAMD/1.1 0 EX_OK\r\nContent-length: 0\r\nSpam: False ; -0.5 / 5.0\r\n\r\n"
        case .rspamd:
            "HTTP/1.1 200 OK\r\nContent-Length: 54\r\n\r\n"
                + #"{"action":"no action","score":0,"required_score":15.0}"#
        }
    }

    /// The beginning of such an answer.
    private var half: String {
        switch kind {
        case .clamd: "1: stream: O"
        case .spamd: "SPAMD/1.1 0 EX_OK\r\nContent-length: 0\r\nSpam: False ; -0.5 / "
        case .rspamd: "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"action\":\"no action\",\"score\":0"
        }
    }
}

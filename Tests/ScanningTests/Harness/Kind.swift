// The kinds of scanners that answer on a socket, and what a fake one says in their language.
// Must not hold what only one test needs.

import NIOCore
import ScannerDaemons

@testable import Scanning

enum Kind: String, CaseIterable, Sendable {
    case clamd
    case spamd
    case rspamd

    func scanner(
        _ address: ScannerAddress,
        limits: ScanLimits = .patient,
        clock: some Clock<Duration> = ContinuousClock()
    ) -> MailScanner {
        switch self {
        case .clamd: .test(clamd: address, limits: limits, clock: clock)
        case .spamd: .test(spamd: address, limits: limits, clock: clock)
        case .rspamd: .test(rspamd: address, limits: limits, clock: clock)
        }
    }

    /// What it says of a message in which nothing is, as the first reply on a connection.
    var good: String {
        switch self {
        case .clamd: "1: stream: OK\0"
        case .spamd: "SPAMD/1.1 0 EX_OK\r\nContent-length: 0\r\nSpam: False ; -0.5 / 5.0\r\n\r\n"
        case .rspamd:
            Self.http(#"{"is_skipped":false,"score":-0.5,"required_score":15.0,"action":"no action","symbols":{}}"#)
        }
    }

    /// What comes of that.
    var goodResult: ScanResult {
        let score = Score(thousandths: -500)
        return switch self {
        case .clamd: .clean
        case .spamd: .scored(.init(score: score, threshold: Score(thousandths: 5_000), isSpam: false, report: ""))
        case .rspamd: .scored(.init(score: score, threshold: Score(thousandths: 15_000), isSpam: false))
        }
    }

    /// What it says when it can't scan.
    var error: String {
        switch self {
        case .clamd: "1: stream: Can't allocate memory ERROR\0"
        case .spamd: "SPAMD/1.0 75 EX_TEMPFAIL\r\n"
        case .rspamd: Self.http(#"{"error":"out of memory","error_domain":"x"}"#, status: "500 no")
        }
    }

    /// What is its language, and no answer to the question.
    var odd: String {
        switch self {
        case .clamd: "1: stream: MAYBE\0"
        case .spamd: "SPAMD/1.1 0 EX_OK\r\nContent-length: 0\r\nSpam: Perhaps ; 1 / 5\r\n\r\n"
        case .rspamd: Self.http(#"{"score":"much"}"#)
        }
    }

    /// How a question about a message with "the last words" ends.
    var end: String { self == .clamd ? "the last words\r\n\0\0\0\0" : "the last words\r\n" }

    /// The question whether it is there, up to its end, and the answer.
    var check: (question: String, answer: String) {
        switch self {
        case .clamd: ("\0", "PONG\0")
        case .spamd: ("PING SPAMC/1.5\r\n\r\n", "SPAMD/1.5 0 PONG\r\n")
        case .rspamd: ("\r\n\r\n", Self.http("pong\r\n"))
        }
    }

    static func http(_ body: String, status: String = "200 OK") -> String {
        "HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }
}

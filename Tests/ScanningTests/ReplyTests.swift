// What scanners say, read without a scanner.
// Must not open a connection.

import ScannerDaemons
import Testing

@testable import Scanning

@Suite("Replies of scanners")
struct ReplyTests {
    // MARK: clamd

    static let clamdReplies: [(reply: String, result: ScanResult?)] = [
        ("stream: OK", .clean),
        ("stream: Win.Test.EICAR_HDB-1 FOUND", .infected(["Win.Test.EICAR_HDB-1"])),
        ("stream: a b\tc FOUND", .infected(["a_b_c"])),
        ("stream: OK FOUND", .infected(["OK"])),
        ("stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND", .unscanned(.tooLarge(limit: nil))),
        ("stream: Heuristics.Limits.Exceeded FOUND", .unscanned(.tooLarge(limit: nil))),
        ("stream: Heuristics.Phishing.Email FOUND", .infected(["Heuristics.Phishing.Email"])),
        ("INSTREAM size limit exceeded. ERROR", .unscanned(.tooLarge(limit: nil))),
        ("stream: Can't open file ERROR", nil),
        ("stream:  FOUND", nil), ("stream: FOUND", nil), ("stream: ok", nil), ("OK", nil), ("", nil),
        ("/tmp/x: OK", nil), ("stream: OKAY", nil),
    ]

    @Test("clamd", arguments: clamdReplies.indices)
    func clamd(index: Int) {
        let (reply, result) = Self.clamdReplies[index]
        #expect((try? ClamdReply.result(reply)) == result, "\(reply)")
    }

    @Test("the number of another question is not ours")
    func numbers() {
        #expect(ClamdReply.numbered("12: stream: OK", 12) == "stream: OK")
        for reply in ["1: stream: OK", "stream: OK", "12 stream: OK", "012: stream: OK"] {
            #expect(ClamdReply.numbered(reply, 12) == nil)
        }
    }

    // MARK: spamd

    static let verdicts: [(text: String, values: [Int]?)] = [
        ("True ; 1000.0 / 5.0", [1, 1_000_000, 5_000]), ("False ; -2.3 / 5.0", [0, -2_300, 5_000]),
        ("Yes;5/5", [1, 5_000, 5_000]), ("no ; -0.0 / 5.0", [0, 0, 5_000]), ("False ; 4.999 / 5", [0, 4_999, 5_000]),
        ("True ; 15.0 /", nil), ("True ; / 5.0", nil), ("True 15.0 / 5.0", nil), ("Maybe ; 1 / 5", nil),
        ("True ; nan / 5.0", nil), ("True ; 1e9 / 5.0", nil), ("True ; 1 / 5 / 5", nil), ("", nil),
    ]

    @Test("spamd's verdicts", arguments: verdicts.indices)
    func verdict(index: Int) {
        let (text, values) = Self.verdicts[index]
        let verdict = SpamdReply.verdict(text).map {
            [$0.isSpam ? 1 : 0, $0.score.thousandths, $0.threshold.thousandths]
        }
        #expect(verdict == values, "\(text)")
    }

    @Test("a spamd reply is the same however it is cut")
    func pieces() throws {
        let reply = Array("SPAMD/1.1 0 EX_OK\r\nContent-length: 5\r\nX: y\r\nSpam: True ; 7.5 / 5.0\r\n\r\nhello".utf8)
        for cut in reply.indices {
            var reader = SpamdReply()
            #expect(try reader.take(reply[..<cut]) == false)
            #expect(try reader.take(reply[cut...]))
            #expect(reader.spam?.score == Score(thousandths: 7_500) && reader.body == Array("hello".utf8))
        }
    }

    static let refused = [
        "HTTP/1.1 200 OK\r\n", "SPAMD/1.1\r\n", "SPAMD/1.1 x EX_OK\r\n", "SPAMD/1.1 64 EX_USAGE\r\n",
        "SPAMD/1.1 0 EX_OK\r\nContent-length: 3\r\n\r\n", "SPAMD/1.1 0 EX_OK\r\nSpam: True ; 7.5 / 5.0\r\n\r\n",
        "SPAMD/1.1 0 EX_OK\r\nContent-length: -1\r\n", "SPAMD/1.1 0 EX_OK\r\nContent-length: 99999999999\r\n",
        "SPAMD/1.1 0 EX_OK\r\nContent-length: 3\r\nContent-length: 3\r\n", "SPAMD/1.1 0 EX_OK\r\nno colon\r\n",
        "SPAMD/1.1 0 EX_OK\r\nSpam: True ; 7 / 5\r\nSpam: False ; 7 / 5\r\n",
        "SPAMD/1.1 0 EX_OK\r\nContent-length: 0\r\nSpam: True ; 7 / 5\r\n\r\nmore",
        String(repeating: "x", count: Limits.line + 1),
        "SPAMD/1.1 0 EX_OK\r\n" + String(repeating: "A: b\r\n", count: Limits.headerLines),
    ]

    @Test("what is no spamd reply is refused as soon as it is seen", arguments: refused)
    func refusedReply(reply: String) {
        var reader = SpamdReply()
        #expect(throws: UnscannedReason.self) { _ = try reader.take(reply.utf8) }
    }

    @Test("the table of a report, and not one that the message brings along")
    func report() {
        let report = """
            Content preview:  ---- ---------------------- -----
              ---- ---------------------- ---
              99.0 FORGED                 from the message

             pts rule name              description
            ---- ---------------------- --------------------------------------------------
            -0.0 NO_RECEIVED            Informational: message has no Received headers
             2.7 MISSING_DATE           Missing Date: header
                                        3.5 WRAPPED
                                        [score: 0.5]
            1000 GTUBE                  BODY: Generic Test for Unsolicited Bulk Email

            """
        let symbols = SpamReport.symbols(report)
        #expect(symbols.map(\.name) == ["NO_RECEIVED", "MISSING_DATE", "GTUBE"])
        #expect(symbols.map(\.score?.thousandths) == [0, 2_700, 1_000_000])
        #expect(SpamReport.symbols("a site's own words").isEmpty)
    }

    // MARK: rspamd

    static let rspamdReplies: [(json: String, isSpam: Bool?, score: Int, threshold: Int?)] = [
        (#"{"action":"no action","score":1.25,"required_score":15.0}"#, false, 1_250, 15_000),
        (#"{"action":"greylist","score":4.5,"required_score":15.0}"#, false, 4_500, 15_000),
        (#"{"action":"soft reject","score":4.5,"required_score":15.0}"#, false, 4_500, 15_000),
        (#"{"action":"add header","score":7.1,"required_score":15.0}"#, true, 7_100, 15_000),
        (#"{"action":"rewrite subject","score":7.1,"required_score":null}"#, true, 7_100, nil),
        (
            #"{"action":"reject","score":16,"required_score":15,"thresholds":{"reject":15,"add header":6,"greylist":4}}"#,
            true, 16_000, 6_000
        ),
        (#"{"action":"reject","score":0,"is_skipped":true}"#, true, 0, nil),
        (#"{"action":"no action","score":0,"is_skipped":true}"#, nil, 0, nil),
        (#"{"action":"reject","score":16,"action":"no action"}"#, nil, 0, nil),
        (#"{"action":"no action","score":1,"thresholds":{"reject":15,"reject":1}}"#, nil, 0, nil),
        (#"{"action":"no action","score":1,"urls":{"a":1,"a":2},"urls":[]}"#, false, 1_000, nil),
        (#"{"action":"no action"}"#, nil, 0, nil), (#"{"score":1}"#, nil, 0, nil), ("[]", nil, 0, nil),
        (#"{"action":"no action","score":1e30}"#, nil, 0, nil), ("", nil, 0, nil),
        (String(repeating: "[", count: 100_000), nil, 0, nil),
    ]

    @Test("rspamd", arguments: rspamdReplies.indices)
    func rspamd(index: Int) {
        let (json, isSpam, score, threshold) = Self.rspamdReplies[index]
        let result = try? RspamdReply.result(status: 200, body: json.utf8)
        guard let isSpam else {
            if case .scored = result { Issue.record("\(json)") }
            #expect(result != .clean)
            return
        }
        guard case .scored(let found) = result else {
            Issue.record("\(json)")
            return
        }
        #expect(found.isSpam == isSpam && found.score.thousandths == score)
        #expect(found.threshold?.thousandths == threshold)
    }

    @Test("symbols that weigh most come first, and no more than the bound")
    func symbols() throws {
        let many = (0..<200).map { #""S\#($0)":{"score":\#($0 - 100)}"# }.joined(separator: ",")
        let json = #"{"action":"no action","score":0,"symbols":{"N":{},\#(many)}}"#
        guard case .scored(let score) = try RspamdReply.result(status: 200, body: json.utf8) else {
            return
        }
        #expect(score.symbols.count == Limits.names)
        #expect(score.symbols.first == .init(name: "S0", score: Score(thousandths: -100_000)))
    }

    @Test("only what is known is sent, and nothing that would break a header")
    func fields() {
        #expect(Rspamd.fields(.init()).isEmpty)
        var circumstances = ScanCircumstances()
        circumstances.address = "192.0.2.1"
        circumstances.helo = "a\r\nIP: 127.0.0.1"
        circumstances.sender = ""
        circumstances.recipients = ["a@example.com", "b@example.com"]
        let fields = Rspamd.fields(circumstances).map { "\($0.name): \($0.value)" }
        #expect(fields == ["IP: 192.0.2.1", "Rcpt: a@example.com", "Rcpt: b@example.com"])
    }
}

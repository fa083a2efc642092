// Scores, addresses and words.
// Must not open a connection.

import NIOCore
import ScannerDaemons
import Testing

@testable import Scanning

@Suite("Values")
struct ValueTests {
    static let scores: [(text: String, thousandths: Int?, description: String)] = [
        ("5.0", 5_000, "5.0"), ("-2.35", -2_350, "-2.35"), ("1000", 1_000_000, "1000.0"), ("-0.0", 0, "0.0"),
        ("+0.001", 1, "0.001"), ("0.1239", 123, "0.123"), ("-0.05", -50, "-0.05"),
        ("1000000000", 1_000_000_000_000, "1000000000.0"),
        ("1000000000.001", nil, ""), ("", nil, ""), (".", nil, ""), ("5.", nil, ""), (".5", nil, ""), ("1,5", nil, ""),
        ("1e3", nil, ""), ("--1", nil, ""), ("0x5", nil, ""), ("5.0.0", nil, ""), (" 5", nil, ""), ("٥", nil, ""),
        (String(repeating: "9", count: 100_000), nil, ""),
    ]

    @Test("a score is a decimal number, exactly", arguments: scores.indices)
    func score(index: Int) {
        let (text, thousandths, description) = Self.scores[index]
        #expect(Score(text)?.thousandths == thousandths)
        #expect(Score(text)?.description ?? "" == description)
    }

    @Test("what is no number is no score")
    func doubles() {
        #expect(Score(0.1 + 0.2)?.thousandths == 300)
        for number in [Double.nan, .infinity, -.infinity, 1e300] { #expect(Score(number) == nil) }
    }

    static let percents: [(score: String, threshold: String?, isSpam: Bool, percent: Int)] = [
        ("2.5", "5.0", false, 50), ("4.999", "5.0", false, 99), ("-3", "5.0", false, 0), ("5", "5", true, 100),
        ("7.5", "15", true, 100), ("6", "5", false, 99), ("1", "0", false, 0), ("1", nil, false, 0),
        ("0", nil, true, 100),
    ]

    @Test("per cent of spam", arguments: percents.indices)
    func percent(index: Int) throws {
        let (score, threshold, isSpam, percent) = Self.percents[index]
        let points = try #require(Score(score))
        let spam = SpamScore(score: points, threshold: threshold.flatMap { Score($0) }, isSpam: isSpam)
        #expect(spam.percent == percent)
    }

    static let addresses: [(text: String, address: ScannerAddress?)] = [
        ("unix:/run/clamav/clamd.ctl", .unix(path: "/run/clamav/clamd.ctl")),
        ("127.0.0.1:3310", .host("127.0.0.1", port: 3_310)), ("[::1]:3310", .host("::1", port: 3_310)),
        ("http://127.0.0.1:11333", .host("127.0.0.1", port: 11_333)),
        ("http://scan.example.com:11333/", .host("scan.example.com", port: 11_333)),
        ("unix:relative", nil), ("unix:/" + String(repeating: "x", count: 107), nil), ("127.0.0.1", nil),
        (":3310", nil),
        ("::1:3310", nil), ("a b:1", nil), ("host:0", nil), ("host:65536", nil), ("https://host:1", nil), ("", nil),
        ("host/path:80", nil), ("a\r\nb:80", nil),
    ]

    @Test("addresses", arguments: addresses.indices)
    func address(index: Int) {
        let (text, address) = Self.addresses[index]
        #expect(ScannerAddress(text) == address, "\(text)")
        if let address, !text.hasPrefix("http") { #expect(address.description == text) }
    }

    @Test("words of strangers are one line of a bounded length")
    func words() {
        #expect(PlainText.line("a\r\n\u{1B}[31m b\u{202E}") == "a [31m b")
        #expect(PlainText.line(String(repeating: "x", count: 10_000)).count == Limits.words + 1)
        #expect(PlainText.name("a b,c=d\u{7F}") == "a_b_c_d_")
        #expect(PlainText.name(String(repeating: "x", count: 10_000)).count == Limits.name)
        #expect(PlainText.lines("a\r\nb\u{0}").elementsEqual("a\nb"))
    }

    @Test("every reason is a sentence, and says whose fault it is")
    func reasons() {
        let reasons: [UnscannedReason] = [
            .timedOut(.milliseconds(2_500)), .unreachable("x"), .closed, .garbage("x"), .tooLarge(limit: 5),
            .tooLarge(limit: nil), .skipped, .failed("x"), .busy, .down(because: .closed), .exited(1),
            .killed(signal: 9),
            .unreadable("x"), .cancelled,
        ]
        #expect(Set(reasons.map(\.description)).count == reasons.count)
        #expect(reasons[0].description == "no answer within 2.5 s")
        // Only a fault of the scanner's is worth a retry.
        #expect(reasons.allSatisfy { !$0.isWorthARetry || $0.isScannersFault })
    }
}

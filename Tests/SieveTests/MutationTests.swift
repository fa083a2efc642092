// Scripts and messages with random faults: nothing traps, nothing runs on for ever. The seed is fixed, so that a
// failure can be run again.

import Mail
import Testing

@testable import Sieve

struct MutationTests {
    /// A generator that gives the same numbers each time (xorshift).
    private struct Seeded: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state
        }
    }

    private static let script = """
        require ["fileinto", "variables", "regex", "relational", "comparator-i;ascii-numeric", "editheader", "envelope",
            "date", "index", "subaddress", "body", "mime", "foreverypart", "extracttext", "copy", "encoded-character",
            "include", "ihave", "environment", "reject", "duplicate", "spamtest", "vnd.popsieve.defects"];
        if header :matches ["subject", "from"] ["*f?o*", "${hex:41}"] { set :upper :length "x" "${1}|${2}"; }
        elsif allof (not exists "x", anyof (size :over 1K, address :detail :is "to" "b")) { addheader "X-A" "${x}"; }
        else { deleteheader :index 1 :last :contains "Received" "a"; stop; }
        if header :regex :comparator "i;octet" "subject" "(a|b)*c" { redirect :copy "a@b.example"; }
        if date :zone "+0100" :value "ge" "date" "hour" "09" { fileinto "${x}"; }
        foreverypart :name "p" { if header :mime :anychild :param "name" "content-type" "x" { break :name "p"; } extracttext :first 9 "t"; }
        if body :content "text" :contains text:
        multi
        .
        { keep; } /* comment */ # hash
        if ihave "x" { x; } if envelope :count "eq" "from" "1" { discard; } if defect :message :contains "e" { global "g"; }
        """

    private static let message = """
        From: "A, b" <a+b@example.com>, =?utf-8?q?f=C3=BC?= <x@y.example>
        To: group: c@d.example;
        Subject: =?utf-8?b?Zm9v?= foo
        Date: Tue, 23 Nov 2010 22:47:12 +0100
        Received: from x; Tue, 23 Nov 2010 22:47:12 +0100
        Content-Type: multipart/mixed; boundary="b"

        --b
        Content-Type: text/html; charset=utf-8
        Content-Transfer-Encoding: quoted-printable

        <b>multi=0D</b>
        --b
        Content-Type: message/rfc822

        Subject: inner

        body
        --b--

        """

    private static let words = [
        "{", "}", "(", ")", "[", "]", ",", ";", "\"", "\\", "text:\n", "/*", "*/", "#", ":", "${", "}",
        "999999999999999999999",
        "if ", "not ", "anyof (", "require ", "${33}", "${global.x}", "${unicode:D800}", "\0", "\u{FEFF}", "=?utf-8?q?",
        "?=",
    ]

    private func mutated(_ octets: [UInt8], _ random: inout Seeded) -> [UInt8] {
        var octets = octets
        for _ in 0..<Int.random(in: 1...4, using: &random) where !octets.isEmpty {
            let place = Int.random(in: 0..<octets.count, using: &random)
            let end = min(octets.count, place + Int.random(in: 0...12, using: &random))
            switch Int.random(in: 0..<5, using: &random) {
            case 0: octets.removeSubrange(place..<end)
            case 1: octets.insert(contentsOf: Array((Self.words.randomElement(using: &random) ?? "").utf8), at: place)
            case 2: octets[place] = UInt8.random(in: 0...255, using: &random)
            case 3: octets.insert(contentsOf: octets[place..<end], at: Int.random(in: 0...octets.count, using: &random))
            default: octets.removeSubrange(end...)
            }
        }
        return octets
    }

    private func finish(_ script: Script, on message: [UInt8]) {
        var limits = Sieve.Limits()
        limits.instructions = 10_000
        var evaluation = Evaluation(script, header: message, limits: limits)
        for _ in 0..<100 {
            switch evaluation.run() {
            case .finished: return
            case .needs(.size): evaluation.provide(size: message.count)
            case .needs(.message): evaluation.provide(message: message)
            case .needs(let need): evaluation.provide(true, to: need)
            }
        }
        Issue.record("it asks the same again and again")
    }

    @Test(arguments: [UInt64(1), 2, 3, 4])
    func faultyScriptsAreReportedOrRun(seed: UInt64) {
        var random = Seeded(state: seed &* 0x9E37_79B9_7F4A_7C15)
        let script = Array(Self.script.utf8)
        let message = Array(Self.message.replacing("\n", with: "\r\n").utf8)
        for _ in 0..<500 {
            let compilation = Compiler().compile(mutated(script, &random), name: "t")
            #expect((compilation.script == nil) == compilation.diagnostics.contains { $0.severity == .error })
            if let script = compilation.script { finish(script, on: message) }
        }
    }

    @Test(arguments: [UInt64(5), 6, 7, 8])
    func faultyMessagesAreFiltered(seed: UInt64) throws {
        var random = Seeded(state: seed &* 0x9E37_79B9_7F4A_7C15)
        let script = try #require(Compiler().compile(Array(Self.script.utf8), name: "t").script)
        let message = Array(Self.message.replacing("\n", with: "\r\n").utf8)
        for _ in 0..<300 { finish(script, on: mutated(message, &random)) }
    }
}

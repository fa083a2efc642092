// Commands as scanners, each a line of shell.
// Must not leave a process behind.

import Foundation
import NIOCore
import NIOPosix
import ScannerDaemons
import Testing

@testable import Scanning

@Suite("A command as a scanner")
struct CommandTests {
    private func scanner(
        _ script: String,
        limits: ScanLimits = .patient,
        clock: some Clock<Duration> = ContinuousClock()
    ) -> MailScanner {
        MailScanner(
            .command("/bin/sh", ["-c", script], looksFor: [.viruses]),
            name: "own",
            limits: limits,
            group: .singletonMultiThreadedEventLoopGroup,
            clock: clock
        )
    }

    static let scripts: [(script: String, result: ScanResult)] = [
        (#"cat >/dev/null; echo '{"verdict":"clean"}'"#, .clean),
        (#"echo '{"verdict":"infected","names":["a b","c"]}'"#, .infected(["a_b", "c"])),
        (
            #"echo '{"verdict":"spam","score":-7.25,"threshold":5,"symbols":{"B":null,"A":2.5},"report":"why"}'"#,
            .scored(
                .init(
                    score: Score(thousandths: -7_250),
                    threshold: Score(thousandths: 5_000),
                    isSpam: true,
                    symbols: [.init(name: "A", score: Score(thousandths: 2_500)), .init(name: "B", score: nil)],
                    report: "why"
                )
            )
        ),
        (
            #"echo '{"verdict":"spam"}'"#,
            .scored(.init(score: Score(thousandths: 1_000), threshold: Score(thousandths: 1_000), isSpam: true))
        ),
        (
            #"echo '{"verdict":"clean","score":1.5}'"#,
            .scored(.init(score: Score(thousandths: 1_500), threshold: nil, isSpam: false))
        ),
        // A process that stays behind keeps nobody waiting.
        (#"sleep 600 & echo '{"verdict":"clean"}'"#, .clean),
        (#"echo '{"verdict":"clean"}'; exit 3"#, .unscanned(.exited(3))),
        ("kill -9 $$", .unscanned(.killed(signal: 9))),
        // It was told that no scanner of this kind answers there.
        ("", bad("there is none")), ("echo", bad("there is none")),
        ("echo hello", bad(#"it is no JSON object: "hello""#)),
        ("echo 7", bad(#"it is no JSON object: "7""#)),
        (#"echo '["clean"]'"#, bad(#"it is no JSON object: "["clean"]""#)),
        (#"echo '{"names":["a"]}'"#, bad(#"it has no "verdict""#)),
        (#"echo '{"verdict":"probably"}'"#, bad(#""verdict" is none of clean, infected, spam"#)),
        (#"echo '{"verdict":null}'"#, bad(#""verdict" is none of clean, infected, spam"#)),
        (#"echo '{"verdict":"spam","score":"7"}'"#, bad(#""score" has a value of another kind"#)),
        (#"echo '{"verdict":"spam","score":1e300}'"#, bad(#""score" is out of range"#)),
        (#"echo '{"verdict":"spam","symbols":{"A":"B"}}'"#, bad(#""symbols" has a value of another kind"#)),
        (#"echo '{"verdict":"infected"}'"#, bad(#""infected" without "names""#)),
        (#"echo '{"verdict":"infected","names":[]}'"#, bad(#""infected" without "names""#)),
        (
            #"echo '{"verdict":"clean"} {"verdict":"clean"}'"#,
            bad(#"it is no JSON object: "{"verdict":"clean"} {"verdict":"clean"}""#)
        ),
        (#"echo '{"verdict":"infected","names":["a"],"verdict":"clean"}'"#, twice("verdict")),
        (#"echo '{"verdict":"clean","verdict":"infected","names":["a"]}'"#, twice("verdict")),
        (#"echo '{"verdict":"spam","score":9,"\u0073core":1}'"#, twice("score")),
        (#"echo '{"verdict":"spam","score":9,"symbols":{"A":1,"A":2}}'"#, twice("A")),
        // What is not read may say what it likes, and a text is no key.
        (#"echo '{"verdict":"clean","x":{"y":1,"y":2},"x":0,"report":"{\"verdict\":\"x\"}"}'"#, .clean),
        ("head -c 1000000 /dev/zero", bad("it has more than 65536 octets")),
    ]

    private static func bad(_ fault: String) -> ScanResult { .unscanned(.badAnswer(fault)) }
    private static func twice(_ key: String) -> ScanResult { bad("\"\(key)\" stands there twice") }

    @Test("what it answers", arguments: scripts.indices)
    func answers(index: Int) async {
        let (script, result) = Self.scripts[index]
        for message in [Sample.text("hello"), Sample.large(1_000_000)] {
            #expect(await scanner(script).scan(message) == result, "\(script)")
        }
    }

    @Test("it gets every octet of the message")
    func input() async throws {
        let message = Sample.large(300_001)
        let folder = try Daemon.folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        #expect(await scanner(#"cat > \#(folder)/it; echo '{"verdict":"clean"}'"#).scan(message) == .clean)
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder + "/it")) == Data(message.readableBytesView))
    }

    @Test("it gets nothing of the relay's environment, and what is known of the message")
    func environment() async {
        var circumstances = ScanCircumstances()
        circumstances.user = "me"
        circumstances.sender = "a\nb"
        let script =
            #"n=$(tr '\0' '\n' </proc/$$/environ | sort | tr '\n' ' '); echo "{\"verdict\":\"infected\",\"names\":[\"$n\"]}""#
        let result = await scanner(script).scan(Sample.text("hello"), circumstances)
        #expect(result == .infected(["LANG_C.UTF-8_PATH_/usr/local/bin:/usr/bin:/bin_POPSIEVE_USER_me_"]))
    }

    @Test("more memory than its bound is refused to it, and it is not clean")
    func memory() async {
        var limits = ScanLimits.patient
        limits.memory = 64 * 1024 * 1024
        let script = #"x=$(head -c 100000000 /dev/zero | tr '\0' x) && echo '{"verdict":"clean"}'"#
        switch await scanner(script, limits: limits).scan(Sample.text("hello")) {
        case .unscanned(.exited), .unscanned(.killed): break
        case let other: Issue.record("\(other)")
        }
    }

    @Test("at its time-out, and when the client leaves, the whole process group ends", arguments: [true, false])
    func group(isTimeOut: Bool) async throws {
        let folder = try Daemon.folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let clock = ManualClock()
        let script = "trap '' TERM; sleep 600 & echo $$ $! > \(folder)/new; mv \(folder)/new \(folder)/pids; wait"
        let scanner = scanner(script, clock: clock)
        let scan = Task { await scanner.scan(Sample.large(1_000_000)) }
        let pids = try await eventually("it runs") { try? String(contentsOfFile: folder + "/pids", encoding: .utf8) }
        if isTimeOut { clock.advance(by: ScanLimits.patient.timeout) } else { scan.cancel() }
        #expect(await scan.value == .unscanned(isTimeOut ? .timedOut(ScanLimits.patient.timeout) : .cancelled))
        for pid in pids.split(whereSeparator: \.isWhitespace) {
            try await eventually("\(pid) is gone") { Self.isGone(pid) }
        }
        let own = try #require(pids.split(separator: " ").first)
        #expect(!FileManager.default.fileExists(atPath: "/proc/\(own)"))
    }

    @Test("what it leaves behind when it has answered ends, too")
    func leftBehind() async throws {
        let folder = try Daemon.folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let script = #"sleep 600 & echo $! > \#(folder)/pid; echo '{"verdict":"clean"}'"#
        #expect(await scanner(script).scan(Sample.text("hello")) == .clean)
        let pid = try String(contentsOfFile: folder + "/pid", encoding: .utf8).filter { !$0.isWhitespace }
        try await eventually("\(pid) is gone") { Self.isGone(pid) }
    }

    /// It has ended; a zombie that is not ours is up to the system's first process.
    private static func isGone(_ pid: some StringProtocol) -> Bool {
        let status = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
        return status == nil || status?.contains(") Z ") == true
    }

    @Test("a program that is not there, or none, is said at start")
    func missing() async {
        for (path, reason) in [("/nowhere/scan", "no such file"), ("/etc/passwd", "permission denied")] {
            let scanner = MailScanner(
                .command(path, looksFor: [.spam]),
                name: "own",
                limits: .patient,
                group: .singletonMultiThreadedEventLoopGroup
            )
            #expect(await scanner.probe() == .fails(.unreachable(reason)))
        }
        #expect(await scanner("exit 0").probe() == .answers("/bin/sh"))
        let prints = [await scanner("exit 0").fingerprint(), await scanner("exit 1").fingerprint()]
        #expect(prints[0] != nil && prints[0] != prints[1])
    }

    @Test("a hundred in a row, and none is left")
    func many() async {
        let scanner = scanner(#"cat >/dev/null; echo '{"verdict":"clean"}'"#)
        await withTaskGroup(of: ScanResult.self) { group in
            for _ in 0..<100 { group.addTask { await scanner.scan(Sample.text("hello")) } }
            for await result in group { #expect(result == .clean) }
        }
    }
}

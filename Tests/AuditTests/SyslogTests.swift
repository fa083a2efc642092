// What a syslog server and the journal are sent, to the letter, and what happens when they go away.
// Must not need one that is installed: EndToEndTests asks those.

import Foundation
import Glibc
import Synchronization
import Testing

@testable import Audit

@Suite struct SyslogTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func log(_ syslog: Syslog, backlog: Int = 1 << 20, _ told: Told = Told()) throws -> AuditLog {
        var limits = AuditLimits()
        limits.reconnect = .zero
        limits.backlog = backlog
        return try AuditLog(.syslog(syslog), limits: limits) { trouble in told.troubles.withLock { $0.append(trouble) }
        }
    }

    final class Told: Sendable {
        let troubles = Mutex<[AuditLog.Trouble]>([])
        var all: [AuditLog.Trouble] { troubles.withLock { $0 } }
    }

    private func write(_ numbers: Range<Int>, to log: AuditLog) {
        var lines = AuditLines()
        for number in numbers { lines.append(event(number), at: moment) }
        log.write(&lines)
    }

    private func json(_ number: Int) -> String { text(event(number)).trimmingCharacters(in: .newlines) }

    /// `<PRI>1 TIME HOST popsieve PID EVENT - `, and the line.
    private func expected(_ number: Int, priority: Int = 22) -> String {
        "<\(priority)>1 2026-11-23T08:15:04.123456Z \(ProcessInfo.processInfo.hostName) popsieve \(getpid()) deleted - "
            + json(number)
    }

    @Test func aDatagramIsAMessage() throws {
        let receiver = try Receiver(.udp)
        let log = try log(Syslog(.udp(host: "127.0.0.1", port: receiver.port)))
        write(1..<3, to: log)
        for number in 1...2 { #expect(String(decoding: receiver.datagram(), as: UTF8.self) == expected(number)) }
    }

    @Test func aStreamCountsOctets() throws {
        let receiver = try Receiver(.tcp)
        let log = try log(Syslog(.tcp(host: "127.0.0.1", port: receiver.port), facility: .local3))
        receiver.accept()
        write(1..<1_000, to: log)
        #expect(receiver.messages(999) == (1..<1_000).map { expected($0, priority: 158) })
        #expect(log.flush())
    }

    @Test func aLocalSocketGetsWhatSyslogSends() throws {
        let receiver = try Receiver(.local(path: folder.file("log")))
        let log = try log(Syslog(.local(path: folder.file("log"))))
        write(1..<2, to: log)
        #expect(String(decoding: receiver.datagram(), as: UTF8.self) == "<22>popsieve[\(getpid())]: \(json(1))")
    }

    @Test(
        arguments: [
            ("audit_lost", 3), ("login_failed", 4), ("service_started", 5), ("message", 6), ("of_a_later_version", 6),
        ]
    )
    func whatMattersMoreHasAHigherPriority(event: String, severity: Int) {
        #expect(AuditSeverity(event: Array(event.utf8)).rawValue == severity)
    }

    @Test func facilitiesHaveTheirNumbers() {
        #expect(
            [Syslog.Facility.kern, .mail, .authpriv, .clock, .local0, .local7].map(\.code) == [0, 2, 10, 15, 16, 23]
        )
    }

    /// What no datagram takes is not lost without a word, and what is behind it goes on.
    @Test func aLineThatIsTooLongIsToldInShort() throws {
        let receiver = try Receiver(.udp)
        let log = try log(Syslog(.udp(host: "127.0.0.1", port: receiver.port)))
        var limits = AuditLimits()
        (limits.text, limits.list) = (1 << 16, 1 << 16)
        var lines = AuditLines(limits: limits)
        lines.append(.rulesLoaded(.init(files: [String(repeating: "x", count: 70_000)], depth: "none")), at: moment)
        let count = lines.bytes.count - 1
        log.write(&lines)
        write(1..<2, to: log)
        let short = String(decoding: receiver.datagram(), as: UTF8.self)
        let kept = #"{"v":1,"time":"2026-11-23T08:15:04.123456Z","event":"rules_loaded""#
        #expect(short.hasSuffix(" - \(kept),\"octets_left_out\":\(count - kept.utf8.count - 1)}"))
        #expect(String(decoding: receiver.datagram(), as: UTF8.self) == expected(1))
    }

    @Test func aServerThatIsNotThereYetGetsItsLinesLater() throws {
        let told = Told()
        let path = folder.file("log")
        let log = try log(Syslog(.local(path: path)), told)
        write(1..<4, to: log)
        #expect(told.all == [.delayed(reason: "No such file or directory")])
        let receiver = try Receiver(.local(path: path))
        #expect(log.flush())
        for number in 1...3 { #expect(String(decoding: receiver.datagram(), as: UTF8.self).hasSuffix(json(number))) }
        #expect(told.all.last == .recovered(lost: 0))
    }

    /// One that hangs up on everybody must not be asked without a pause, and its operator not told of each attempt.
    @Test func aServerThatHangsUpIsAskedAgainAfterAPause() throws {
        let told = Told()
        let receiver = try Receiver(.tcp)
        var limits = AuditLimits()
        limits.reconnect = .seconds(3_600)
        let server = Syslog(.tcp(host: "127.0.0.1", port: receiver.port))
        let log = try AuditLog(.syslog(server), limits: limits) { news in told.troubles.withLock { $0.append(news) } }
        receiver.accept()
        write(0..<1, to: log)
        #expect(receiver.messages(1) == [expected(0)])
        receiver.hangUp()
        while log.flush() {
            write(1..<2, to: log)
        }
        for _ in 0..<1_000 { log.flush() }
        #expect(told.all == [.delayed(reason: "Connection reset by peer")])
    }

    @Test func aDaemonThatStartsAgainIsFoundAgain() throws {
        let path = folder.file("log")
        var receiver: Receiver? = try Receiver(.local(path: path))
        let log = try log(Syslog(.local(path: path)))
        write(1..<2, to: log)
        _ = receiver?.datagram()
        receiver = nil
        write(2..<4, to: log)
        try FileManager.default.removeItem(atPath: path)
        receiver = try Receiver(.local(path: path))
        while !log.flush() {}
        for number in 2...3 {
            #expect(receiver.map { String(decoding: $0.datagram(), as: UTF8.self).hasSuffix(json(number)) } == true)
        }
    }

    /// A connection is lost in the middle of a message: it goes whole into the next one.
    @Test func aStreamThatIsCutIsMadeAgainAndLosesNothingThatWaited() throws {
        let receiver = try Receiver(.tcp)
        let log = try log(Syslog(.tcp(host: "127.0.0.1", port: receiver.port)), backlog: 64 << 20)
        receiver.accept()
        // More than the kernel takes.
        var next = 0
        repeat {
            write(next..<next + 1_000, to: log)
            next += 1_000
        } while log.flush()
        let first = receiver.messages(10)
        #expect(first == (0..<10).map { expected($0) })
        receiver.hangUp()
        let done = Mutex(false)
        let thread = Thread {
            while !log.flush() { usleep(1_000) }
            done.withLock { $0 = true }
        }
        thread.start()
        receiver.accept()
        let start = try #require(number(of: receiver.messages(1)[0]))
        #expect(start > 10 && start < next)
        // No line is broken, none is missing from there on.
        #expect(receiver.messages(next - start - 1).compactMap(number) == Array(start + 1..<next))
        while !done.withLock({ $0 }) { usleep(1_000) }
    }

    private func number(of message: String) -> Int? {
        message.firstMatch(of: /"number":(\d+)/).flatMap { Int($0.1) }
    }

    /// Nobody waits for a server that reads nothing: lines wait, and are counted when they are too many.
    @Test func aServerThatReadsNothingKeepsNobodyWaiting() throws {
        let told = Told()
        let receiver = try Receiver(.tcp)
        let log = try log(Syslog(.tcp(host: "127.0.0.1", port: receiver.port)), backlog: 100_000, told)
        receiver.accept()
        var next = 0
        while !told.all.contains(.losing) {
            write(next..<next + 1_000, to: log)
            next += 1_000
        }
        #expect(told.all.first == .delayed(reason: "whoever reads it is too slow"))
    }

    @Test func aNameThatNobodyKnowsIsAnError() {
        #expect(throws: AuditLogError.self) { try log(Syslog(.udp(host: "no-such-host.invalid", port: 514))) }
    }

    // MARK: The journal

    @Test func anEntryHasFields() throws {
        let path = folder.file("socket")
        let receiver = try Receiver(.local(path: path))
        let log = try AuditLog(.journal(path: path))
        write(7..<8, to: log)
        let fields = [
            "MESSAGE=\(json(7))", "PRIORITY=6", "SYSLOG_FACILITY=2", "SYSLOG_IDENTIFIER=popsieve",
            "POPSIEVE_EVENT=deleted", "POPSIEVE_SESSION=w", "POPSIEVE_CLIENT=192.0.2.7",
        ]
        #expect(String(decoding: receiver.datagram(), as: UTF8.self) == fields.map { $0 + "\n" }.joined())
    }

    /// A name can't begin a field of its own.
    @Test func aHostileNameIsNoField() throws {
        let session = AuditSession(id: "s", client: "192.0.2.7", user: Array("x\nPRIORITY=0\u{1B}[m".utf8))
        let line = text(.loginSucceeded(.init(session: session, mechanism: "PLAIN"))).dropLast()
        let entry = String(decoding: JournalSender.entry(Array(line.utf8)), as: UTF8.self)
        #expect(entry.contains("POPSIEVE_USER=x\u{FFFD}PRIORITY=0\u{FFFD}[m\n"))
        #expect(entry.split(separator: "\n").filter { $0.hasPrefix("PRIORITY=") } == ["PRIORITY=6"])
    }

    @Test func whatNoDatagramTakesGoesByASealedFile() throws {
        let path = folder.file("socket")
        let receiver = try Receiver(.local(path: path))
        let log = try AuditLog(.journal(path: path))
        var limits = AuditLimits()
        limits.text = 1 << 20
        var lines = AuditLines(limits: limits)
        lines.append(.rulesLoaded(.init(files: [String(repeating: "x", count: 1 << 19)], depth: "none")), at: moment)
        let line = lines.bytes
        log.write(&lines)
        let (octets, isSealed) = try #require(receiver.file())
        #expect(isSealed)
        #expect(octets.starts(with: Array("MESSAGE=".utf8) + line))
    }
}

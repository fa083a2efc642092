// What the operator hears of the end of a trouble: one line, as of its beginning.
// Must not start a relay.

import Foundation
import Logging
import NIOCore
import NIOPosix
import Scanning
import Testing

@testable import Relay

@Suite struct OperatorLogTests {
    private func at(_ seconds: Int64) -> NIODeadline { .uptimeNanoseconds(0) + .seconds(seconds) }

    /// The operator read that clients were told to come back, and never that they need not any more.
    @Test("that clients can log in again is told once, with what was counted meanwhile")
    func logins() {
        let said = Said()
        let log = OperatorLog(log: said.logger, limits: RelayLimits())
        log.loginsGoOn()
        #expect(said.lines.isEmpty)
        for second in Int64(0)..<3 { log.loginsWait("the scanner clamd is down", at: at(second)) }
        for _ in 0..<3 { log.loginsGoOn() }
        #expect(said.lines.count == 2 && said.lines.last == "clients can log in again [\"times\": 2]", "\(said.lines)")
        log.tellDue(at: at(90))
        #expect(said.lines.count == 2)
        // Within the same minute it is counted, and told when it is due, with its end.
        log.loginsWait("the scanner clamd is down", at: at(100))
        log.loginsGoOn()
        #expect(said.lines.last == "clients can log in again [:]")
    }

    @Test("an upstream that failed for several causes works again in one line, and others are not meant")
    func upstream() {
        let said = Said()
        let log = OperatorLog(log: said.logger, limits: RelayLimits())
        for cause in ["refused", "closed"] { log.upstreamFailed(upstream: "office", cause: cause, at: at(0)) }
        log.upstreamFailed(upstream: "office", cause: "closed", at: at(1))
        log.upstreamFailed(upstream: "home", cause: "closed", at: at(1))
        #expect(said.lines.count == 3)
        for _ in 0..<3 { log.upstreamWorks("office") }
        #expect(said.lines.count == 4 && said.lines.last?.hasPrefix("upstream works again [") == true, "\(said.lines)")
        #expect(said.lines.last?.contains("\"times\": 1") == true && said.lines.last?.contains("office") == true)
        log.upstreamWorks("home")
        #expect(said.lines.last == "upstream works again [\"upstream\": home]")
    }

    @Test("a scanner that is down, or has failed, works again: one line, by whatever it was told before")
    func scanner() async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "scan-\(UUID())").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let scanner = MailScanner(
            .command(path, [], looksFor: [.viruses]),
            name: "mine",
            group: .singletonMultiThreadedEventLoopGroup
        )
        let said = Said()
        let log = OperatorLog(log: said.logger, limits: RelayLimits())
        log.look(at: [scanner])
        // Whoever starts the relay tells it.
        _ = await scanner.probe()
        log.look(at: [scanner])
        #expect(said.lines.isEmpty && scanner.isDown)
        try Data("#!/bin/sh\n".utf8).write(to: URL(fileURLWithPath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: path)
        _ = await scanner.probe()
        for _ in 0..<2 { log.look(at: [scanner]) }
        #expect(said.lines == ["a scanner works again [\"scanner\": mine]"])
        // It was found, and has not answered yet.
        log.scannerFailed("mine", cause: "no answer", at: at(1))
        log.scannerFailed("other", cause: "no answer", at: at(1))
        log.look(at: [scanner])
        #expect(!scanner.isWell && said.lines.count == 3)
    }
}

// clamd itself, asked for real.
// Must not ask a clamd that the tests did not start.

import NIOCore
import NIOPosix
import ScannerDaemons
import Testing

@testable import Scanning

@Suite("clamd, the real one")
struct ClamdTests {
    private static let eicar = Array(Eicar.file.utf8)

    static let messages: [(what: String, message: ByteBuffer, names: [String])] = [
        ("nothing in it", Sample.text("hello"), []),
        ("no octets at all", ByteBuffer(), []),
        ("plain", Sample.text(Eicar.file), ["Test.Eicar.Body.UNOFFICIAL"]),
        ("base64", Sample.attachment("eicar.com", eicar), ["Test.Eicar.Hash.UNOFFICIAL"]),
        ("in a zip", Sample.attachment("eicar.zip", Eicar.zip("eicar.com", eicar)), ["Test.Eicar.Hash.UNOFFICIAL"]),
        (
            "nested", Sample.attachment("a.zip", Eicar.zip("b.zip", Eicar.zip("eicar.com", eicar))),
            ["Test.Eicar.Hash.UNOFFICIAL"]
        ),
        ("several pieces long", Sample.large(300_000), []),
    ]

    @Test("what is in a message is found, on a Unix socket and on a port", arguments: messages.indices)
    func finds(index: Int) async throws {
        let (what, message, names) = Self.messages[index]
        let clamd = try await ClamdDaemon.shared.value
        for address in [clamd.unix, clamd.tcp] {
            let result = await MailScanner.test(clamd: address).scan(message)
            // A plain match in the raw message may be found under either name.
            switch result {
            case .clean: #expect(names.isEmpty, "\(what)")
            case .infected(let found): #expect(!names.isEmpty && found[0].hasPrefix("Test.Eicar."), "\(what): \(found)")
            case .scored, .unscanned: Issue.record("\(what): \(result)")
            }
        }
    }

    @Test("sessions are used again")
    func reuse() async throws {
        let clamd = try await ClamdDaemon.shared.value
        let session = try await ClamdSession.open(
            Dialer(address: clamd.unix, group: .singletonMultiThreadedEventLoopGroup, patience: .seconds(5))
        )
        var used = session
        for round in 1...5 {
            #expect(try await used.scan(Sample.text("round \(round)")) == .clean)
            #expect(try await used.scan(Sample.text(Eicar.file)) != .clean)
            #expect(used.isIdle)
        }
        used.close()
    }

    @Test("many at once, on one scanner")
    func many() async throws {
        let scanner = MailScanner.test(clamd: try await ClamdDaemon.shared.value.unix)
        await withTaskGroup(of: Bool.self) { group in
            for index in 0..<200 {
                group.addTask {
                    let isBad = index.isMultiple(of: 3)
                    let result = await scanner.scan(Sample.text(isBad ? Eicar.file : "fine"))
                    return isBad ? result != .clean : result == .clean
                }
            }
            for await isRight in group { #expect(isRight) }
        }
        #expect(scanner.health.lastFailure == nil)
    }

    @Test("it says who it is")
    func version() async throws {
        let scanner = MailScanner.test(clamd: try await ClamdDaemon.shared.value.tcp)
        guard case .answers(let name) = await scanner.probe() else {
            Issue.record("no answer")
            return
        }
        #expect(name.hasPrefix("ClamAV 1."))
        #expect(await scanner.fingerprint() == name)
    }

    @Test("what is larger than clamd's own limits is unscanned, and no fault of clamd's")
    func tooLarge() async throws {
        let clamd = try await ClamdDaemon.start("StreamMaxLength 1M\nMaxFileSize 200K\nAlertExceedsMax yes")
        for address in [clamd.unix, clamd.tcp] {
            let scanner = MailScanner.test(clamd: address)
            for octets in [300_000, 1_048_577, 20_000_000] {
                #expect(await scanner.scan(Sample.large(octets)) == .unscanned(.tooLarge(limit: nil)), "\(octets)")
            }
            #expect(await scanner.scan(Sample.large(100_000)) == .clean)
            #expect(scanner.health.lastFailure == nil)
        }
        try await clamd.daemon.stop()
    }

    @Test("what is larger than the setting is not offered: one octet decides")
    func notOffered() async throws {
        var limits = ScanLimits.patient
        limits.message = 1_000
        let scanner = MailScanner.test(clamd: try await ClamdDaemon.shared.value.unix, limits: limits)
        #expect(await scanner.scan(Sample.large(1_000)) == .clean)
        #expect(await scanner.scan(Sample.large(1_001)) == .unscanned(.tooLarge(limit: 1_000)))
    }

    @Test("stopped and started again: down, then found by itself")
    func restart() async throws {
        let clamd = try await ClamdDaemon.start()
        var limits = ScanLimits.patient
        limits.failures = 1
        limits.pause = .milliseconds(20)
        let scanner = MailScanner.test(clamd: clamd.unix, limits: limits)
        #expect(await scanner.scan(Sample.text("hello")) == .clean)
        try await clamd.daemon.stop()
        guard case .unscanned(.unreachable) = await scanner.scan(Sample.text("hello")) else {
            Issue.record("a stopped scanner has scanned")
            return
        }
        #expect(scanner.isDown)
    }
}

// rspamd itself, asked for real.
// Must not ask an rspamd that the tests did not start.

import NIOCore
import ScannerDaemons
import Testing

@testable import Scanning

@Suite("rspamd, the real one")
struct RspamdTests {
    private func score(_ message: ByteBuffer, _ circumstances: ScanCircumstances = .init()) async throws -> SpamScore {
        let scanner = MailScanner.test(rspamd: try await RspamdDaemon.shared.value.address)
        let result = await scanner.scan(message, circumstances)
        guard case .scored(let score) = result else { throw InVain(what: "a score, and not \(result)") }
        return score
    }

    @Test("GTUBE is spam")
    func gtube() async throws {
        let spam = try await score(Sample.text(Sample.gtube))
        #expect(spam.isSpam && spam.percent == 100)
        #expect(spam.symbols.map(\.name) == ["GTUBE"])
    }

    @Test("the host that the provider has written down is judged, and the relay's own is not")
    func localHop() async throws {
        let unknown = try await score(Sample.received)
        #expect(!unknown.isSpam && unknown.threshold == Score(thousandths: 15_000))
        // An address that is given counts as one more hop; a local one also exempts from checks of the sender.
        var local = ScanCircumstances()
        local.address = "127.0.0.1"
        let hop = try await score(Sample.received, local)
        #expect(unknown.symbols.contains { $0.name == "RCVD_COUNT_ONE" })
        #expect(hop.symbols.contains { $0.name == "RCVD_COUNT_TWO" })
    }

    @Test("what a trusted line tells is used")
    func circumstances() async throws {
        var circumstances = ScanCircumstances()
        circumstances.address = "192.0.2.1"
        circumstances.helo = "foo.example"
        circumstances.sender = "x@example.org"
        circumstances.recipients = ["b@example.com"]
        let score = try await score(Sample.received, circumstances)
        #expect(score.symbols.contains { $0.name == "FROM_NEQ_ENVFROM" })
        #expect(score.symbols.contains { $0.name == "RCVD_COUNT_TWO" })
    }

    @Test("it says who it is")
    func version() async throws {
        let scanner = MailScanner.test(rspamd: try await RspamdDaemon.shared.value.address)
        guard case .answers(let name) = await scanner.probe() else {
            Issue.record("no answer")
            return
        }
        #expect(name.hasPrefix("rspamd/"))
        #expect(await scanner.fingerprint() == name)
    }

    @Test("several pieces long, and many at once")
    func many() async throws {
        let scanner = MailScanner.test(rspamd: try await RspamdDaemon.shared.value.address)
        await withTaskGroup(of: ScanResult.self) { group in
            for _ in 0..<20 { group.addTask { await scanner.scan(Sample.large(300_000)) } }
            for await result in group {
                guard case .scored = result else {
                    Issue.record("\(result)")
                    continue
                }
            }
        }
    }
}

// spamd itself, asked for real.
// Must not ask a spamd that the tests did not start.

import NIOCore
import ScannerDaemons
import Testing

@testable import Scanning

@Suite("spamd, the real one")
struct SpamdTests {
    private func score(_ message: ByteBuffer, _ circumstances: ScanCircumstances = .init()) async throws -> SpamScore {
        let scanner = MailScanner.test(spamd: try await SpamdDaemon.shared.value.address)
        let result = await scanner.scan(message, circumstances)
        guard case .scored(let score) = result else { throw InVain(what: "a score, and not \(result)") }
        return score
    }

    @Test("GTUBE is spam, with its rule and its points")
    func gtube() async throws {
        let spam = try await score(Sample.text(Sample.gtube))
        #expect(spam.isSpam && spam.percent == 100)
        #expect(spam.score >= Score(thousandths: 900_000) && spam.threshold == Score(thousandths: 5_000))
        #expect(spam.symbols.contains(.init(name: "GTUBE", score: Score(thousandths: 1_000_000))))
        #expect(spam.report?.contains("Content analysis details:") == true)
    }

    @Test("a harmless message is none, and the local hop does not make it one")
    func harmless() async throws {
        let score = try await score(Sample.received)
        #expect(!score.isSpam && score.percent < 100)
        let names = score.symbols.map(\.name)
        #expect(!names.contains("NO_RELAYS") && !names.contains("ALL_TRUSTED"))
    }

    @Test("a user is named, and one that would break the header is not")
    func users() async throws {
        var circumstances = ScanCircumstances()
        for user in ["me@example.com", "a\r\nUser: b", ""] {
            circumstances.user = user
            #expect(try await score(Sample.received, circumstances).isSpam == false, "\(user)")
        }
    }

    @Test("it says who it is")
    func version() async throws {
        let scanner = MailScanner.test(spamd: try await SpamdDaemon.shared.value.address)
        #expect(await scanner.probe() == .answers("spamd"))
        #expect(await scanner.fingerprint() == "spamd")
    }
}

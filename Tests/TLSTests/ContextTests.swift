// Contexts from files: what is wrong with a file is said, with the file's name.

import Certificates
import Foundation
import Testing

@testable import TLS

@Suite struct ContextTests {
    let certificates = TestCertificates.shared

    struct Case: Sendable, CustomTestStringConvertible {
        let chain: String
        let key: String
        let file: String
        let problem: String
        var testDescription: String { "\(chain) with \(key)" }
    }

    @Test(arguments: [
        Case(
            chain: "absent.pem",
            key: "rsa.key",
            file: "absent.pem",
            problem: "cannot be read: No such file or directory"
        ),
        Case(
            chain: "rsa.pem",
            key: "absent.key",
            file: "absent.key",
            problem: "cannot be read: No such file or directory"
        ),
        Case(chain: ".", key: "rsa.key", file: ".", problem: "is no regular file"),
        Case(chain: "nonsense.pem", key: "rsa.key", file: "nonsense.pem", problem: "no certificate in PEM form"),
        Case(chain: "rsa.key", key: "rsa.key", file: "rsa.key", problem: "no certificate in PEM form"),
        Case(chain: "rsa.pem", key: "rsa.pem", file: "rsa.pem", problem: "no private key in PEM form"),
        Case(chain: "rsa.pem", key: "nonsense.pem", file: "nonsense.pem", problem: "no private key in PEM form"),
        Case(chain: "rsa.pem", key: "ecdsa.key", file: "ecdsa.key", problem: "the key does not belong to the first"),
        Case(chain: "rsa.pem", key: "client.key", file: "client.key", problem: "the key does not belong to the first"),
        Case(chain: "ecdsa.pem", key: "encrypted.key", file: "encrypted.key", problem: "the private key is encrypted"),
        Case(chain: "damaged.pem", key: "rsa.key", file: "damaged.pem", problem: "a certificate is damaged"),
        Case(chain: "rsa.pem", key: "damaged.key", file: "damaged.key", problem: "the private key is damaged"),
        Case(chain: "weak.pem", key: "weak.key", file: "weak.pem", problem: "OpenSSL refuses the certificate"),
        Case(chain: "long.pem", key: "rsa.key", file: "long.pem", problem: "more than 16 certificates"),
    ])
    func namesTheFileAndTheProblem(_ it: Case) throws {
        let error = #expect(throws: TLSConfigurationError.self) {
            try ServerContext(
                certificateChainFile: certificates.path(it.chain),
                privateKeyFile: certificates.path(it.key)
            )
        }
        #expect(error?.file == certificates.path(it.file))
        #expect(error?.problem.hasPrefix(it.problem) == true, "\(error?.problem ?? "")")
        #expect(error?.fix.isEmpty == false)
    }

    @Test func needsACertificate() {
        #expect(throws: TLSConfigurationError.self) { try ServerContext(certificates: []) }
    }

    @Test func takesOneCertificateOfEachKeyType() throws {
        #expect(try certificates.server("rsa", "ecdsa").certificates.count == 2)
        let error = #expect(throws: TLSConfigurationError.self) { try certificates.server("ecdsa", "other-host") }
        #expect(error?.file == certificates.path("other-host.pem"))
        #expect(error?.problem == "there is another certificate of the same key type")
    }

    @Test func tellsWhenCertificatesExpire() throws {
        let summary = try #require(try certificates.server("expired").certificates.first)
        #expect(summary.notAfter == 1_580_515_200)  // 2020-02-01T00:00:00Z
        #expect(summary.file == certificates.path("expired.pem"))
        #expect(summary.subject == "CN=localhost")
        #expect(summary.names == ["localhost", "127.0.0.1"])
    }

    @Test func takesChainAndKeyFromOneFile() throws {
        let both = certificates.path("both-\(UUID().uuidString).pem")
        let text = try ["rsa.key", "rsa.pem", "ca.pem"].map {
            try String(contentsOfFile: certificates.path($0), encoding: .utf8)
        }
        try Data(text.joined().utf8).write(to: URL(fileURLWithPath: both))
        let server = try ServerContext(certificateChainFile: both, privateKeyFile: both)
        #expect(try EnginePair(client: certificates.client(), server: server).handshake().client == .complete)
    }

    @Test(arguments: ["absent.pem", "nonsense.pem", "rsa.key"])
    func refusesRootsThatAreNone(file: String) {
        let error = #expect(throws: TLSConfigurationError.self) {
            try ClientContext(verification: .roots(file: certificates.path(file)))
        }
        #expect(error?.file == certificates.path(file))
    }

    @Test func refusesAClientCertificateWithAnotherKey() {
        let files = ServerContext.CertificateFiles(
            chain: certificates.path("client.pem"),
            key: certificates.path("rsa.key")
        )
        #expect(throws: TLSConfigurationError.self) { try ClientContext(clientCertificate: files) }
    }
}

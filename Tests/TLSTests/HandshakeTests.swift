// Handshakes of two engines in memory: versions, key types, names, application protocols.

import NIOCore
import Testing

@testable import TLS

@Suite struct HandshakeTests {
    let certificates = TestCertificates.shared

    @Test(arguments: ["rsa", "ecdsa"])
    func completes(certificate: String) throws {
        let pair = try EnginePair(client: certificates.client(), server: certificates.server(certificate))
        let outcomes = pair.handshake()
        #expect(outcomes.client == .complete)
        #expect(outcomes.server == .complete)
        let summary = pair.server.summary
        #expect(summary == pair.client.summary)
        #expect(summary.version == "TLSv1.3")
        #expect(summary.cipher == "TLS_AES_256_GCM_SHA384")
        #expect(summary.negotiatedProtocol == "pop3")
        #expect(summary.serverName == "localhost")
        #expect(!summary.resumed)
    }
}

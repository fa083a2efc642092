// Handshakes of two engines in memory: versions, key types, names, application protocols, resumption.

import COpenSSL
import Certificates
import Glibc
import NIOCore
import Testing

@testable import TLS

@Suite struct HandshakeTests {
    let certificates = TestCertificates.shared

    @Test(arguments: [("rsa", "TLSv1.2"), ("rsa", "TLSv1.3"), ("ecdsa", "TLSv1.2"), ("ecdsa", "TLSv1.3")])
    func completes(certificate: String, version: String) throws {
        let server = try certificates.server(certificate)
        if version == "TLSv1.2" { unsafe _ = shim_SSL_CTX_set_max_proto_version(server.handle.pointer, TLS1_2_VERSION) }
        let pair = try EnginePair(client: certificates.client(), server: server)
        let outcomes = pair.handshake()
        #expect(outcomes.client == .complete)
        #expect(outcomes.server == .complete)
        let summary = pair.server.summary
        #expect(summary == pair.client.summary)
        #expect(summary.version == version)
        #expect(summary.cipher.hasSuffix("AES_256_GCM_SHA384") || summary.cipher.hasSuffix("AES256-GCM-SHA384"))
        #expect(summary.negotiatedProtocol == "pop3")
        #expect(summary.serverName == "localhost")
        #expect(!summary.resumed)
    }

    @Test func completesByteByByte() throws {
        var pair = try EnginePair(client: certificates.client(), server: certificates.server("rsa"))
        pair.piece = 1
        let outcomes = pair.handshake()
        #expect(outcomes.client == .complete)
        #expect(outcomes.server == .complete)
    }

    @Test func refusesTLS11() throws {
        let client = try certificates.client()
        unsafe _ = shim_SSL_CTX_set_min_proto_version(client.handle.pointer, TLS1_VERSION)
        unsafe _ = shim_SSL_CTX_set_max_proto_version(client.handle.pointer, TLS1_1_VERSION)
        unsafe _ = SSL_CTX_set_cipher_list(client.handle.pointer, "DEFAULT:@SECLEVEL=0")
        let outcomes = try EnginePair(client: client, server: certificates.server("rsa")).handshake()
        #expect(outcomes.server == .failed(.handshakeFailed(reason: "no TLS version in common")))
        #expect(outcomes.client == .failed(.handshakeFailed(reason: "the peer refused: no TLS version in common")))
    }

    @Test(arguments: [("ECDSA+SHA256", "ecdsa"), ("RSA-PSS+SHA256", "rsa")])
    func showsTheCertificateThatTheClientCanUse(algorithms: String, expected: String) throws {
        let pin = try #require(PEMFile(certificates.path("\(expected).pem")).certificates()[0].pin)
        let client = try ClientContext(verification: .acceptAnyCertificate, pins: [pin])
        unsafe _ = shim_SSL_CTX_set1_sigalgs_list(client.handle.pointer, algorithms)
        let outcomes = try EnginePair(client: client, server: certificates.server("rsa", "ecdsa")).handshake()
        #expect(outcomes.client == .complete)
    }

    @Test func namesNoAddress() throws {
        let pair = try EnginePair(client: certificates.client(), server: certificates.server("rsa"), name: "127.0.0.1")
        #expect(pair.handshake().client == .complete)
        #expect(pair.server.summary.serverName == nil)
    }

    struct Offer: Sendable {
        let protocols: [String]?
        let accepted: Bool
        let negotiated: String?
    }

    @Test(arguments: [
        Offer(protocols: nil, accepted: true, negotiated: nil),
        Offer(protocols: ["pop3"], accepted: true, negotiated: "pop3"),
        Offer(protocols: ["h2", "pop3", "http/1.1"], accepted: true, negotiated: "pop3"),
        Offer(protocols: ["h2", "http/1.1"], accepted: false, negotiated: nil),
        Offer(protocols: ["pop"], accepted: false, negotiated: nil),
        Offer(protocols: ["pop3s"], accepted: false, negotiated: nil),
        Offer(protocols: ["POP3"], accepted: false, negotiated: nil),
    ])
    func refusesProtocolsOtherThanPOP3(offer: Offer) throws {
        let client = try certificates.client()
        let list = (offer.protocols ?? []).flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) }
        unsafe _ = SSL_CTX_set_alpn_protos(client.handle.pointer, list, UInt32(list.count))
        let pair = try EnginePair(client: client, server: certificates.server("ecdsa"))
        let outcomes = pair.handshake()
        #expect((outcomes.server == .complete) == offer.accepted)
        guard !offer.accepted else { return #expect(pair.server.summary.negotiatedProtocol == offer.negotiated) }
        let words = "the client offers application protocols (ALPN) without pop3"
        #expect(outcomes.server == .failed(.handshakeFailed(reason: words)))
        let reason = "the peer refused: it speaks another protocol (ALPN)"
        #expect(outcomes.client == .failed(.handshakeFailed(reason: reason)))
    }

    @Test(arguments: [TLS1_2_VERSION, TLS1_3_VERSION])
    func resumesASessionOfTheSameName(version: Int32) throws {
        let (client, server) = (try certificates.client(resumption: true), try certificates.server("rsa"))
        unsafe _ = shim_SSL_CTX_set_max_proto_version(server.handle.pointer, version)
        func resumed(name: String) throws -> Bool {
            let pair = try EnginePair(client: client, server: server, name: name)
            let outcomes = pair.handshake()
            #expect(outcomes.client == .complete)
            #expect(outcomes.server == .complete)
            #expect(pair.client.summary.resumed == pair.server.summary.resumed)
            return pair.client.summary.resumed
        }
        #expect(try !resumed(name: "localhost"))
        for _ in 0..<4 { #expect(try resumed(name: "localhost")) }
        #expect(try !resumed(name: "127.0.0.1"))
    }

    @Test func resumesNothingWithoutTheServersKeys() throws {
        let client = try certificates.client(resumption: true)
        for _ in 0..<2 {
            let pair = try EnginePair(client: client, server: certificates.server("rsa"))
            #expect(pair.handshake().client == .complete)
            #expect(!pair.client.summary.resumed)
        }
    }

    @Test func keepsNoMoreSessionsThanTheLimit() throws {
        let (client, server) = (try certificates.client(resumption: true), try certificates.server("rsa"))
        let sessions = try #require(client.sessions)
        var pairs: [EnginePair] = []
        // Made before any handshake, so that none takes another's session.
        for _ in 0..<Limits.cachedSessionsPerName + 3 { pairs.append(try EnginePair(client: client, server: server)) }
        for pair in pairs { _ = pair.handshake() }
        #expect(sessions.count == Limits.cachedSessionsPerName)
    }

    @Test func aChainOfSessionsEndsWithItsVerification() throws {
        let (client, server) = (try certificates.client(resumption: true), try certificates.server("rsa"))
        let sessions = try #require(client.sessions)
        let name = try #require(ServerName("localhost"))
        let pair = try EnginePair(client: client, server: server)
        _ = pair.handshake()
        // As if the full handshake had been almost an hour ago.
        let engine = try TLSConnection(client: client, serverName: name)
        let session = try unsafe #require(SSL_get_session(engine.ssl))
        let soon = time(nil) + 100
        unsafe sessions.keep(session, for: name, until: soon)
        let resumed = try EnginePair(client: client, server: server)
        #expect(resumed.handshake().client == .complete)
        #expect(resumed.client.summary.resumed)
        // The session that came with it ends no later.
        let next = try TLSConnection(client: client, serverName: name)
        #expect(next.offeredSessionEnd == soon)
    }

    @Test func resumesNoSessionPastItsEnd() throws {
        let (client, server) = (try certificates.client(resumption: true), try certificates.server("rsa"))
        let sessions = try #require(client.sessions)
        let name = try #require(ServerName("localhost"))
        let pair = try EnginePair(client: client, server: server)
        _ = pair.handshake()
        let engine = try TLSConnection(client: client, serverName: name)
        unsafe sessions.keep(SSL_get_session(engine.ssl), for: name, until: time(nil))
        #expect(sessions.count == 1)
        let next = try EnginePair(client: client, server: server)
        #expect(next.handshake().client == .complete)
        #expect(!next.client.summary.resumed)
    }
}

// Plaintext through two engines: whole, cut anywhere, damaged, ended; and what is not TLS at all.

import COpenSSL
import Certificates
import NIOCore
import Testing

@testable import TLS

@Suite struct RecordTests {
    let certificates = TestCertificates.shared

    private func pair(_ version: Int32 = TLS1_3_VERSION) throws -> EnginePair {
        let server = try certificates.server("ecdsa")
        unsafe _ = shim_SSL_CTX_set_max_proto_version(server.handle.pointer, version)
        let pair = try EnginePair(client: certificates.client(), server: server)
        let outcomes = pair.handshake()
        try #require(outcomes.client == .complete && outcomes.server == .complete)
        return pair
    }

    /// Octets that show a gap, a doubling or an exchange wherever it happens: a block of prime length, again and again.
    private func pattern(_ count: Int, seed: Int = 1) -> ByteBuffer {
        let block = ByteBuffer(bytes: (0..<4093).map { UInt8(truncatingIfNeeded: ($0 + seed) &* 2_654_435_761 >> 7) })
        var buffer = ByteBuffer()
        buffer.reserveCapacity(count + block.readableBytes)
        while buffer.readableBytes < count { buffer.writeImmutableBuffer(block) }
        return buffer.readSlice(length: count) ?? ByteBuffer()
    }

    struct Transfer: Sendable {
        let octets: Int
        let piece: Int
    }

    @Test(
        arguments: [TLS1_2_VERSION, TLS1_3_VERSION],
        [
            Transfer(octets: 0, piece: 1), Transfer(octets: 1, piece: 1), Transfer(octets: 1, piece: .max),
            Transfer(octets: 16_383, piece: 1), Transfer(octets: 16_384, piece: 1), Transfer(octets: 16_385, piece: 1),
            Transfer(octets: 16_383, piece: .max), Transfer(octets: 16_384, piece: .max),
            Transfer(octets: 16_385, piece: .max), Transfer(octets: 100_000, piece: 5),
            Transfer(octets: 10_000_000, piece: 16_385), Transfer(octets: 10_000_000, piece: 65_537),
            Transfer(octets: 10_000_000, piece: 997), Transfer(octets: 10_000_000, piece: .max),
        ]
    )
    func carriesEveryOctet(version: Int32, transfer: Transfer) throws {
        var pair = try pair(version)
        pair.piece = transfer.piece
        let sent = pattern(transfer.octets)
        for (from, to) in [(pair.client, pair.server), (pair.server, pair.client)] {
            let (received, outcome) = pair.transfer(sent, from: from, to: to)
            #expect(received == sent)
            #expect(outcome == (transfer.octets == 0 ? .complete : .wantsMore))
        }
    }

    @Test func fillsItsRecords() throws {
        let pair = try pair()
        #expect(pair.server.write(pattern(3 * Limits.record)) == .complete)
        // Header, content type and tag: 22 octets a record in TLS 1.3.
        #expect(pair.server.outputOctets == 3 * (Limits.record + 22))
        #expect(22 <= Limits.recordOverhead)
    }

    @Test func tellsTheEndOnlyByCloseNotify() throws {
        let pair = try pair()
        #expect(pair.server.write(ByteBuffer(string: "+OK\r\n")) == .complete)
        pair.server.close()
        var ciphertext = try #require(pair.server.takeOutput())
        pair.server.close()
        #expect(pair.server.takeOutput() == nil, "one close_notify is enough")
        var received = ByteBuffer()
        #expect(pair.client.read(&ciphertext, into: &received) == .complete)
        #expect(String(buffer: received) == "+OK\r\n")
        // The other direction is still open.
        let (late, outcome) = pair.transfer(ByteBuffer(string: "QUIT\r\n"), from: pair.client, to: pair.server)
        #expect(String(buffer: late) == "QUIT\r\n")
        #expect(outcome == .wantsMore)
    }

    @Test func closingBeforeTheHandshakeSaysNothing() throws {
        let connection = try TLSConnection(server: certificates.server("rsa"))
        connection.close()
        #expect(connection.takeOutput() == nil)
    }

    @Test(arguments: [TLS1_2_VERSION, TLS1_3_VERSION], [0, 3, 5, 30, 16_500, 16_600])
    func noticesADamagedRecord(version: Int32, offset: Int) throws {
        let pair = try pair(version)
        let sent = pattern(20_000)
        #expect(pair.server.write(sent) == .complete)
        var ciphertext = try #require(pair.server.takeOutput())
        let at = ciphertext.readerIndex + offset
        let octet = try #require(ciphertext.getInteger(at: at, as: UInt8.self))
        ciphertext.setInteger(octet ^ 0x40, at: at)
        var received = ByteBuffer()
        guard case .failed(.protocolError) = pair.client.read(&ciphertext, into: &received) else {
            return #expect(Bool(false), "the damage was not noticed")
        }
        #expect(received == sent.getSlice(at: 0, length: offset < 16_400 ? 0 : Limits.record))
        #expect(pair.client.takeOutput() != nil, "the peer must be told by an alert")
    }

    @Test func staysDeadAfterAFailure() throws {
        let pair = try pair()
        var garbage = ByteBuffer(string: "this is not a record of TLS, whatever it is")
        var received = ByteBuffer()
        let outcome = pair.server.read(&garbage, into: &received)
        guard case .failed = outcome else { return #expect(Bool(false), "\(outcome)") }
        _ = pair.server.takeOutput()
        #expect(pair.server.read(&garbage, into: &received) == outcome)
        #expect(pair.server.write(ByteBuffer(string: "x")) == outcome)
        #expect(pair.server.handshake(&garbage) == outcome)
        pair.server.close()
        #expect(pair.server.takeOutput() == nil)
    }

    struct Plain: Sendable {
        let text: String
        let reason: String
    }

    @Test(arguments: [
        Plain(text: "GET / HTTP/1.1\r\nHost: a\r\n\r\n", reason: "the peer speaks HTTP, not TLS"),
        Plain(text: "POST / HTTP/1.1\r\n\r\n", reason: "the peer speaks HTTP, not TLS"),
        Plain(text: "CONNECT a:995 HTTP/1.1\r\n\r\n", reason: "the peer speaks HTTP, not TLS"),
        Plain(
            text: "USER joe@example.com\r\n",
            reason: "the peer does not speak TLS, or a version that is not supported"
        ),
        Plain(text: "CAPA\r\nAUTH\r\n", reason: "the peer does not speak TLS, or a version that is not supported"),
    ])
    func saysWhatAServerIsSentInstead(plain: Plain) throws {
        let server = try TLSConnection(server: certificates.server("rsa"))
        var area = ByteBuffer(string: plain.text)
        #expect(server.handshake(&area) == .failed(.handshakeFailed(reason: plain.reason)))
    }

    @Test(arguments: ["+OK POP3 server ready\r\n", "-ERR too many connections\r\n", "220 mail.example ESMTP\r\n"])
    func saysThatAServerDoesNotSpeakTLS(greeting: String) throws {
        let client = try TLSConnection(client: certificates.client(), serverName: #require(ServerName("localhost")))
        var area = ByteBuffer()
        #expect(client.handshake(&area) == .wantsMore)
        area.writeString(greeting)
        let reason = "the peer does not speak TLS, or a version that is not supported"
        #expect(client.handshake(&area) == .failed(.handshakeFailed(reason: reason)))
    }

    @Test func survivesGarbageInEveryPhase() throws {
        var random = SystemRandomNumberGenerator()
        let context = try certificates.server("ecdsa")
        for round in 0..<300 {
            let client = try TLSConnection(client: certificates.client(), serverName: #require(ServerName("localhost")))
            let server = try TLSConnection(server: context)
            var nothing = ByteBuffer()
            _ = client.handshake(&nothing)
            var hello = try #require(client.takeOutput())
            // A true beginning, one octet changed anywhere, then noise.
            let at = hello.readerIndex + Int.random(in: 0..<hello.readableBytes, using: &random)
            hello.setInteger(UInt8.random(in: 0...255, using: &random), at: at)
            if round % 3 == 0 { hello.moveWriterIndex(to: at) }
            for _ in 0..<200 { hello.writeInteger(UInt8.random(in: 0...255, using: &random)) }
            var received = ByteBuffer()
            _ = server.handshake(&hello)
            _ = server.read(&hello, into: &received)
            #expect(received.readableBytes == 0)
        }
    }

    @Test func sessionsNeverMix() throws {
        let pairs = try (0..<8).map { _ in try pair() }
        for round in 0..<20 {
            for (index, pair) in pairs.enumerated() {
                // A session that dies in between writes its alert into its own output only.
                let victim = try self.pair()
                var garbage = ByteBuffer(repeating: UInt8(round), count: 40)
                var none = ByteBuffer()
                _ = victim.server.read(&garbage, into: &none)
                let sent = pattern(100 * round + index, seed: 1000 * round + index)
                #expect(pair.transfer(sent, from: pair.server, to: pair.client).received == sent)
                #expect(pair.server.takeOutput() == nil)
            }
        }
    }

    /// What a settled connection may still be asked for: new keys, and in TLS 1.2 MACs and refused renegotiations.
    @Test func aSettledConnectionChangesItsKeys() throws {
        let pair = try pair()
        for (from, to) in [(pair.client, pair.server), (pair.server, pair.client)] {
            #expect(unsafe SSL_key_update(from.ssl, SSL_KEY_UPDATE_REQUESTED) == 1)
            for _ in 0..<2 {
                #expect(pair.transfer(pattern(50_000), from: from, to: to).received == pattern(50_000))
                #expect(pair.transfer(pattern(50_000), from: to, to: from).received == pattern(50_000))
            }
        }
    }

    @Test(arguments: ["ECDHE-ECDSA-AES128-SHA256", "ECDHE-ECDSA-AES256-SHA", "ECDHE-ECDSA-CHACHA20-POLY1305"])
    func aSettledConnectionChecksItsMACs(cipher: String) throws {
        let client = try certificates.client()
        unsafe _ = shim_SSL_CTX_set_max_proto_version(client.handle.pointer, TLS1_2_VERSION)
        #expect(unsafe SSL_CTX_set_cipher_list(client.handle.pointer, cipher) == 1)
        let pair = try EnginePair(client: client, server: certificates.server("ecdsa"))
        #expect(pair.handshake().client == .complete)
        #expect(pair.client.summary.cipher == cipher)
        #expect(pair.transfer(pattern(50_000), from: pair.client, to: pair.server).received == pattern(50_000))
        #expect(pair.client.write(pattern(100)) == .complete)
        var ciphertext = try #require(pair.client.takeOutput())
        let last = ciphertext.writerIndex - 1
        let octet = try #require(ciphertext.getInteger(at: last, as: UInt8.self))
        ciphertext.setInteger(octet ^ 1, at: last)
        var received = ByteBuffer()
        let reason = "a record was forged or damaged"
        #expect(pair.server.read(&ciphertext, into: &received) == .failed(.protocolError(reason: reason)))
        #expect(received.readableBytes == 0)
    }

    @Test func refusesRenegotiation() throws {
        let client = try certificates.client()
        unsafe _ = shim_SSL_CTX_set_max_proto_version(client.handle.pointer, TLS1_2_VERSION)
        unsafe _ = SSL_CTX_clear_options(client.handle.pointer, shim_SSL_OP_NO_RENEGOTIATION)
        let pair = try EnginePair(client: client, server: certificates.server("ecdsa"))
        #expect(pair.handshake().client == .complete)
        unsafe SSL_renegotiate(pair.client.ssl)
        unsafe SSL_do_handshake(pair.client.ssl)
        var hello = try #require(pair.client.takeOutput())
        var received = ByteBuffer()
        #expect(pair.server.read(&hello, into: &received) == .wantsMore)
        #expect(pair.server.takeOutput() != nil, "a warning that there is no renegotiation")
        #expect(pair.server.write(pattern(100)) == .complete)
    }
}

// The handler in each of its phases: what is told above, what goes out below, in which order.

import COpenSSL
import NIOCore
import NIOEmbedded
import Testing

@testable import TLS

@Suite struct HandlerPhaseTests {
    @Test func tellsActiveThenHandshakeThenText() throws {
        let pair = try HandlerPair()
        defer { pair.finish() }
        try pair.carry()
        pair.server.writeAndFlush(ByteBuffer(string: "+OK\r\n"), promise: nil)
        try pair.carry()
        #expect(pair.clientSaw.seen == [.active, .handshake, .text("+OK\r\n")])
        #expect(pair.serverSaw.seen == [.active, .handshake])
    }

    @Test func startsAtOnceWhenAddedInMidSession() throws {
        let pair = try HandlerPair()
        defer { pair.finish() }
        #expect(try pair.output(pair.client) != nil, "the ClientHello")
        let late = EmbeddedChannel()
        late.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 110), promise: nil)
        let name = try #require(ServerName("localhost"))
        let handler = try TLSHandler(client: TestCertificates.shared.client(), serverName: name)
        try late.pipeline.syncOperations.addHandler(handler, position: .first)
        #expect(try late.readOutbound(as: ByteBuffer.self) != nil, "the ClientHello")
        _ = try? late.finish(acceptAlreadyClosed: true)
    }

    @Test func keepsWhatIsWrittenBeforeTheHandshake() throws {
        let pair = try HandlerPair()
        defer { pair.finish() }
        let promises = (0..<3).map { _ in pair.server.eventLoop.makePromise(of: Void.self) }
        pair.server.write(ByteBuffer(string: "+OK "), promise: promises[0])
        pair.server.write(ByteBuffer(string: "hello"), promise: nil)
        pair.server.writeAndFlush(ByteBuffer(string: "\r\n"), promise: promises[1])
        pair.client.writeAndFlush(ByteBuffer(string: "CAPA\r\n"), promise: promises[2])
        try pair.carry()
        #expect(pair.clientSaw.seen == [.active, .handshake, .text("+OK hello\r\n")])
        #expect(pair.serverSaw.seen == [.active, .handshake, .text("CAPA\r\n")])
        for promise in promises { try promise.futureResult.wait() }
    }

    @Test func theEndOfTheHandshakeAndTheFirstWordsAreOneWrite() throws {
        let pair = try HandlerPair()
        defer { pair.finish() }
        pair.clientSaw.whenHandshake = { $0.writeAndFlush(NIOAny(ByteBuffer(string: "CAPA\r\n")), promise: nil) }
        try pair.server.writeInbound(#require(try pair.output(pair.client)))
        try pair.client.writeInbound(#require(try pair.output(pair.server)))
        try pair.server.writeInbound(#require(try pair.output(pair.client)))
        #expect(try pair.output(pair.client) == nil)
        #expect(pair.serverSaw.seen == [.active, .handshake, .text("CAPA\r\n")])
    }

    @Test func whatWasFlushedBeforeTheHandshakeSurvivesAnOwnerThatClosesAfterIt() throws {
        let pair = try HandlerPair()
        defer { pair.finish() }
        pair.serverSaw.whenHandshake = { $0.close(promise: nil) }
        pair.server.writeAndFlush(ByteBuffer(string: "-ERR busy\r\n"), promise: nil)
        try pair.carry()
        #expect(pair.clientSaw.seen == [.active, .handshake, .text("-ERR busy\r\n"), .inactive])
    }

    enum End: CaseIterable { case reset, closed, garbage, tooMuch }

    /// The process died of it: what waited for the handshake was failed while the handler was not to be entered.
    @Test(arguments: End.allCases)
    func aWriteThatClosesWhenItFailsIsToldAtEachEndOfAHandshake(_ end: End) throws {
        let pair = try HandlerPair()
        defer { pair.finish() }
        let channel = pair.server
        var isTold = false
        let written = channel.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { _ in
            isTold = true
            channel.write(ByteBuffer(string: "more"), promise: nil)
            channel.close(promise: nil)
        }
        channel.writeAndFlush(ByteBuffer(string: "-ERR busy\r\n"), promise: written)
        switch end {
        case .reset: channel.pipeline.fireChannelInactive()
        case .closed: channel.close(promise: nil)
        case .garbage: _ = try? channel.writeInbound(ByteBuffer(repeating: 0x20, count: 64))
        case .tooMuch: channel.write(ByteBuffer(repeating: 1, count: Limits.plaintextBeforeHandshake), promise: nil)
        }
        #expect(isTold)
    }

    @Test(arguments: [0, 1])
    func boundsWhatIsWrittenBeforeTheHandshake(beyond: Int) throws {
        let pair = try HandlerPair()
        defer { pair.finish() }
        let promise = pair.server.eventLoop.makePromise(of: Void.self)
        pair.server.writeAndFlush(ByteBuffer(repeating: 1, count: Limits.plaintextBeforeHandshake), promise: promise)
        pair.server.writeAndFlush(ByteBuffer(repeating: 2, count: beyond), promise: nil)
        try pair.carry()
        if beyond == 0 {
            try promise.futureResult.wait()
            #expect(pair.server.isActive)
        } else {
            #expect(throws: TLSError.tooMuchBeforeHandshake) { try promise.futureResult.wait() }
            #expect(pair.serverSaw.seen == [.active, .error(.tooMuchBeforeHandshake), .inactive])
        }
    }

    @Test func gathersTheWritesOfOneFlush() throws {
        let pair = try HandlerPair()
        defer { pair.finish() }
        try pair.carry()
        for _ in 0..<10 { pair.server.write(ByteBuffer(string: "0123456789"), promise: nil) }
        pair.server.write(ByteBuffer(repeating: 1, count: 40_000), promise: nil)
        pair.server.write(ByteBuffer(string: ".\r\n"), promise: nil)
        #expect(try pair.output(pair.server) == nil)
        pair.server.flush()
        let once = try #require(try pair.output(pair.server))
        #expect(try pair.output(pair.server) == nil, "one write for one flush")
        // Records: 100 octets, 16384 + 16384 + 7232, 3.
        #expect(once.readableBytes == 100 + 40_000 + 3 + 5 * 22)
    }

    @Test func handsLargeWritesDownBeforeTheFlush() throws {
        let pair = try HandlerPair()
        defer { pair.finish() }
        try pair.carry()
        let promise = pair.server.eventLoop.makePromise(of: Void.self)
        for _ in 0..<100 { pair.server.write(ByteBuffer(repeating: 1, count: 20_000), promise: nil) }
        pair.server.write(ByteBuffer(repeating: 1, count: 3_000_000), promise: nil)
        pair.server.writeAndFlush(ByteBuffer(repeating: 1, count: 20_000), promise: promise)
        var sizes: [Int] = []
        while let next = try pair.output(pair.server) { sizes.append(next.readableBytes) }
        #expect(sizes.count > 30)
        #expect(sizes.reduce(0, +) > 5_020_000)
        #expect((sizes.max() ?? 0) < 2 * Limits.ciphertextChunk)
        try promise.futureResult.wait()
    }

    @Test func closeSendsCloseNotifyAfterWhatWasFlushed() throws {
        let pair = try HandlerPair()
        defer { pair.finish() }
        try pair.carry()
        pair.server.writeAndFlush(ByteBuffer(string: "+OK bye\r\n"), promise: nil)
        let lost = pair.server.eventLoop.makePromise(of: Void.self)
        pair.server.write(ByteBuffer(string: "never flushed"), promise: lost)
        try pair.server.close().wait()
        #expect(throws: ChannelError.self) { try lost.futureResult.wait() }
        try pair.carry()
        #expect(pair.clientSaw.seen == [.active, .handshake, .text("+OK bye\r\n"), .inactive])
        #expect(pair.serverSaw.seen == [.active, .handshake, .inactive])
    }

    @Test func closingInTheHandshakeIsSilent() throws {
        for closeServer in [false, true] {
            let pair = try HandlerPair()
            defer { pair.finish() }
            let (channel, saw) = closeServer ? (pair.server, pair.serverSaw) : (pair.client, pair.clientSaw)
            let lost = channel.eventLoop.makePromise(of: Void.self)
            channel.writeAndFlush(ByteBuffer(string: "x"), promise: lost)
            try channel.close().wait()
            #expect(throws: ChannelError.self) { try lost.futureResult.wait() }
            #expect(saw.seen == [.active, .inactive])
        }
    }

    @Test func closingAfterThePeersEndAnswersItsCloseNotify() throws {
        let pair = try HandlerPair()
        defer { pair.finish() }
        pair.server.allowRemoteHalfClosure = true
        try pair.carry()
        try pair.client.close().wait()
        try pair.carry()
        #expect(pair.serverSaw.seen == [.active, .handshake, .inputClosed])
        try pair.server.close().wait()
        #expect(try pair.output(pair.server) != nil, "close_notify")
        #expect(pair.serverSaw.seen == [.active, .handshake, .inputClosed, .inactive])
        #expect(throws: ChannelError.self) { try pair.server.writeAndFlush(ByteBuffer(string: "late")).wait() }
    }

    @Test func closingBeforeActiveIsSilent() throws {
        let pair = try HandlerPair(active: false)
        try pair.client.close().wait()
        #expect(pair.clientSaw.seen.isEmpty || pair.clientSaw.seen == [.inactive])
        pair.finish()
    }

    @Test func aPeerThatLeavesInTheHandshakeIsAFailure() throws {
        let pair = try HandlerPair()
        defer { pair.finish() }
        pair.server.pipeline.fireChannelInactive()
        let error = TLSError.handshakeFailed(reason: "the peer closed the connection")
        #expect(pair.serverSaw.seen == [.active, .error(error), .inactive])
    }

    @Test func aStreamWithoutCloseNotifyIsTruncated() throws {
        let pair = try HandlerPair()
        defer { pair.finish() }
        try pair.carry()
        pair.server.pipeline.fireChannelInactive()
        #expect(pair.serverSaw.seen == [.active, .handshake, .error(.closedWithoutNotify), .inactive])
    }

    @Test func halfClosureWithoutCloseNotifyIsTruncated() throws {
        let pair = try HandlerPair()
        defer { pair.finish() }
        try pair.carry()
        pair.server.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        #expect(pair.serverSaw.seen == [.active, .handshake, .error(.closedWithoutNotify), .inputClosed])
        pair.server.writeAndFlush(ByteBuffer(string: "still here"), promise: nil)
        try pair.carry()
        #expect(pair.clientSaw.seen.last == .text("still here"))
    }

    @Test func mayBeClosedFromWithinRead() throws {
        let pair = try HandlerPair()
        defer { pair.finish() }
        try pair.carry()
        pair.serverSaw.whenRead = { context in
            context.writeAndFlush(NIOAny(ByteBuffer(string: "+OK bye\r\n")), promise: nil)
            context.close(promise: nil)
        }
        pair.client.writeAndFlush(ByteBuffer(string: "QUIT\r\n"), promise: nil)
        try pair.carry()
        #expect(pair.serverSaw.seen == [.active, .handshake, .text("QUIT\r\n"), .inactive])
        #expect(pair.clientSaw.seen == [.active, .handshake, .text("+OK bye\r\n"), .inactive])
    }

    @Test func aDamagedRecordIsToldOnceAndCloses() throws {
        let pair = try HandlerPair()
        defer { pair.finish() }
        try pair.carry()
        _ = try? pair.server.writeInbound(ByteBuffer(string: "plain text in the middle of TLS"))
        _ = try? pair.server.writeInbound(ByteBuffer(string: "and more"))
        guard pair.serverSaw.seen.count == 4, case .error(.protocolError) = pair.serverSaw.seen[2] else {
            return #expect(Bool(false), "\(pair.serverSaw.seen)")
        }
        #expect(pair.serverSaw.seen[3] == .inactive)
        #expect(!pair.server.isActive)
        // The peer is told by an alert.
        try pair.carry()
        guard case .error(.protocolError(let reason)) = pair.clientSaw.seen.dropFirst(2).first else {
            return #expect(Bool(false), "\(pair.clientSaw.seen)")
        }
        #expect(reason.hasPrefix("the peer refused: "))
    }

    @Test func writesThatWaitForTheirFlushAreNoDemandsOfThePeer() throws {
        let pair = try HandlerPair()
        defer { pair.finish() }
        try pair.carry()
        pair.server.isWritable = false
        for _ in 0..<3 { pair.server.write(ByteBuffer(repeating: 1, count: 20_000), promise: nil) }
        pair.client.writeAndFlush(ByteBuffer(string: "NOOP\r\n"), promise: nil)
        try pair.carry()
        #expect(pair.serverSaw.seen == [.active, .handshake, .text("NOOP\r\n")])
    }

    @Test(arguments: [true, false])
    func aPeerThatDemandsAnswersAndDoesNotReadIsCutOff(reads: Bool) throws {
        let context = try TestCertificates.shared.client()
        unsafe _ = shim_SSL_CTX_set_max_proto_version(context.handle.pointer, TLS1_2_VERSION)
        unsafe _ = SSL_CTX_clear_options(context.handle.pointer, shim_SSL_OP_NO_RENEGOTIATION)
        let client = try TLSConnection(client: context, serverName: #require(ServerName("localhost")))
        let pair = try HandlerPair()
        defer { pair.finish() }
        var toClient = ByteBuffer()
        while client.handshake(&toClient) == .wantsMore {
            while let flight = client.takeOutput() { try pair.server.writeInbound(flight) }
            while var next = try pair.output(pair.server) { toClient.writeBuffer(&next) }
        }
        pair.server.isWritable = reads
        unsafe SSL_renegotiate(client.ssl)
        unsafe SSL_do_handshake(client.ssl)
        _ = try? pair.server.writeInbound(#require(client.takeOutput()))
        let error = TLSError.protocolError(reason: "the peer demands answers and does not read them")
        #expect(pair.serverSaw.seen == [.active, .handshake] + (reads ? [] : [.error(error), .inactive]))
    }

    @Test func plainTextToATLSPortIsRefusedWithItsReason() throws {
        let pair = try HandlerPair()
        defer { pair.finish() }
        _ = try? pair.server.writeInbound(ByteBuffer(string: "GET / HTTP/1.1\r\n\r\n"))
        let error = TLSError.handshakeFailed(reason: "the peer speaks HTTP, not TLS")
        #expect(pair.serverSaw.seen == [.active, .error(error), .inactive])
    }

    @Test func theHandshakeReadsWhereNobodyElseDoes() throws {
        let channel = EmbeddedChannel()
        let reads = ReadCounter()
        try channel.pipeline.syncOperations.addHandlers([
            reads, try TLSHandler(server: TestCertificates.shared.server("rsa")),
        ])
        channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 995), promise: nil)
        #expect(reads.count >= 1)
        let before = reads.count
        channel.pipeline.fireChannelReadComplete()
        #expect(reads.count > before)
        _ = try? channel.finish(acceptAlreadyClosed: true)
    }
}

private final class ReadCounter: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer
    var count = 0
    func read(context: ChannelHandlerContext) {
        count += 1
        context.read()
    }
}

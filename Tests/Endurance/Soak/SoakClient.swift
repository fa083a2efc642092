// The clients of a soak: those that must get all that is theirs, and those that fail.
// Must not excuse a failure: whoever counts them does.

import NIOCore
import NIOPosix
import TLS
import TLSChannel

/// A connection of a client, with TLS or without.
struct SoakClient {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    typealias Stream = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    private let channel: Stream
    private var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private var rest = ByteBuffer()

    /// - Parameter faulter: below TLS, where the client is to fail
    static func connected<Result: Sendable>(
        _ port: Int,
        _ tls: ClientContext?,
        _ faulter: Bool = false,
        _ body: (inout SoakClient) async throws -> Result
    ) async throws -> Result {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(.seconds(20))
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    if faulter { try channel.pipeline.syncOperations.addHandler(SoakFaulter()) }
                    if let tls, let name = ServerName("localhost") {
                        try channel.pipeline.syncOperations.addHandler(TLSHandler(client: tls, serverName: name))
                    }
                    return try Stream(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            var client = SoakClient(channel: channel, inbound: inbound.makeAsyncIterator(), outbound: outbound)
            return try await body(&client)
        }
    }

    private init(
        channel: Stream,
        inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator,
        outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    ) {
        self.channel = channel
        self.inbound = inbound
        self.outbound = outbound
    }

    mutating func send(_ command: String) async throws {
        try await outbound.write(ByteBuffer(string: command + "\r\n"))
    }

    private mutating func more(_ what: String) async throws {
        guard var octets = try await inbound.next(isolation: #isolation) else {
            throw Failure(description: "the connection has ended, waiting for \(what)")
        }
        rest.writeBuffer(&octets)
    }

    /// A status line, without its end.
    mutating func line(_ what: String) async throws -> String {
        while true {
            if let end = rest.readableBytesView.firstIndex(of: 0x0A) {
                let line = rest.readString(length: end + 1 - rest.readerIndex) ?? ""
                rest.discardReadBytes()
                return String(line.dropLast())
            }
            try await more(what)
        }
    }

    mutating func ok(_ command: String) async throws {
        try await send(command)
        try await ok(asked: command)
    }

    mutating func ok(asked what: String) async throws {
        let line = try await line(what)
        guard line.hasPrefix("+OK") else { throw Failure(description: "\(what): \(line)") }
    }

    /// A message, which must be the server's with the field that the rules add.
    mutating func retrieve(_ number: Int) async throws {
        try await ok("RETR \(number)")
        let expected = SoakMaildrop.messages[number - 1].utf8.count + SoakRelay.addedField.utf8.count + 3
        while rest.readableBytes < expected { try await more("message \(number)") }
        let message = rest.readString(length: expected) ?? ""
        rest.discardReadBytes()
        guard message.hasSuffix("the end\r\n.\r\n"), message.contains(SoakRelay.addedField) else {
            throw Failure(description: "message \(number) is another one")
        }
    }

    mutating func logIn(_ user: String) async throws {
        try await ok(asked: "the greeting")
        try await ok("USER \(user)")
        try await ok("PASS secret")
    }

    func fail(_ fault: SoakFault) async throws {
        let channel = channel.channel
        try await channel.eventLoop.submit {
            try channel.pipeline.syncOperations.handler(type: SoakFaulter.self).fail(fault)
        }.get()
        try await Task.sleep(for: .seconds(fault == .stall ? 5 : 1))
    }
}

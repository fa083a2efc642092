// One end of a TCP connection, driven step by step: as a client, or as a server that plays a part.
// Must not know POP3 beyond the shape of lines and multi-line replies.

import Foundation
import NIOCore
import NIOPosix
import TLS
import TLSChannel

/// A connection whose bytes a test sends and looks at.
final class Peer {
    let channel: any Channel
    private let stream: NIOAsyncChannelInboundStream<ByteBuffer>
    private lazy var inbound = stream.makeAsyncIterator()
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    /// What came and was not asked for yet.
    private var received = Data()

    init(
        _ channel: any Channel,
        _ inbound: NIOAsyncChannelInboundStream<ByteBuffer>,
        _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    ) {
        self.channel = channel
        stream = inbound
        self.outbound = outbound
    }

    /// Connects as a client while `body` runs.
    ///
    /// - Parameter source: the address that it comes from, such as another one of the loopback network
    static func connected<Result>(
        to address: Address,
        from source: String? = nil,
        _ body: (Peer) async throws -> Result
    ) async throws -> Result {
        let group = MultiThreadedEventLoopGroup.singleton
        let bootstrap = try source.map {
            ClientBootstrap(group: group).bind(to: try SocketAddress(ipAddress: $0, port: 0))
        }
        return try await connected(
            (bootstrap ?? ClientBootstrap(group: group))
                .connect(host: address.host, port: address.port) { Self.wrap($0) },
            body
        )
    }

    /// The same to a Unix socket.
    static func connected<Result>(toSocket path: String, _ body: (Peer) async throws -> Result) async throws -> Result {
        let channel = try await eventually("a connection to \(path)") {
            do {
                return try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                    .connect(unixDomainSocketPath: path) { Self.wrap($0) }
            } catch let error as IOError where error.errnoCode == EAGAIN {
                // Its queue is full for the moment, of which Unix sockets tell at once.
                return nil
            }
        }
        return try await connected(channel, body)
    }

    /// The same in another network.
    static func connected<Result>(
        to address: Address,
        in namespace: Namespace,
        _ body: (Peer) async throws -> Result
    ) async throws -> Result {
        let socket = try namespace.connection(to: address)
        return try await connected(
            ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).withConnectedSocket(socket) { Self.wrap($0) },
            body
        )
    }

    private static func wrap(_ channel: any Channel) -> EventLoopFuture<NIOAsyncChannel<ByteBuffer, ByteBuffer>> {
        channel.eventLoop.makeCompletedFuture {
            try NIOAsyncChannel(
                wrappingChannelSynchronously: channel,
                configuration: .init(isOutboundHalfClosureEnabled: true)
            )
        }
    }

    private static func connected<Result>(
        _ connection: NIOAsyncChannel<ByteBuffer, ByteBuffer>,
        _ body: (Peer) async throws -> Result
    ) async throws -> Result {
        try await connection.executeThenClose { inbound, outbound in
            try await body(Peer(connection.channel, inbound, outbound))
        }
    }

    // MARK: Sending

    func send(_ text: String) async throws {
        try await write(ByteBuffer(string: text))
    }

    func send(_ bytes: Data) async throws {
        try await write(ByteBuffer(bytes: bytes))
    }

    /// That the other side has closed is told by the next read.
    private func write(_ bytes: ByteBuffer) async throws {
        do {
            try await outbound.write(bytes)
        } catch is IOError {
        } catch is ChannelError {
        } catch is NIOAsyncWriterError {}
    }

    /// Gives the other side time to read what was sent by itself; a test must be right without it, too.
    func pause() async throws {
        try await Task.sleep(for: .milliseconds(1))
    }

    /// Says that nothing more comes from this side, and goes on reading.
    func finish() async throws {
        try await channel.close(mode: .output)
    }

    /// Drops what came and was not asked for yet.
    func forgetReceived() {
        received.removeAll()
    }

    func close() async throws {
        try await channel.close()
    }

    // MARK: Receiving

    /// The next line without its CRLF.
    func line() async throws -> String {
        String(decoding: try await rawLine().dropLast(2), as: UTF8.self)
    }

    /// The next line, or nil when the other side closes first.
    func lineOrEnd() async throws -> String? {
        do { return try await line() } catch is Gone { return nil }
    }

    /// The next line as it came, up to and with its LF.
    func rawLine() async throws -> Data {
        while true {
            if let end = received.firstIndex(of: 0x0A) { return take(upTo: end + 1) }
            guard try await receive() else { throw Gone(left: String(decoding: received, as: UTF8.self)) }
        }
    }

    /// A reply that has many lines when it begins with `+OK`, as it came; it ends with CRLF, dot, CRLF only.
    func multilineReply() async throws -> Data {
        let status = try await rawLine()
        guard status.starts(with: Data("+OK".utf8)) else { return status }
        // The CRLF of the status line may be the first half of the end.
        received = Data("\r\n".utf8) + received
        var searched = 0
        while true {
            // Only what is new, because a search copies what it looks through.
            let new = Data(received.dropFirst(max(0, searched - 4)))
            if let end = new.range(of: Data("\r\n.\r\n".utf8)) {
                return status.dropLast(2) + take(upTo: received.endIndex - (new.count - end.upperBound))
            }
            searched = received.count
            guard try await receive() else { throw Gone(left: String(decoding: received.suffix(80), as: UTF8.self)) }
        }
    }

    /// What comes next, however much that is.
    func anything() async throws -> Data {
        if received.isEmpty, try await !receive() { throw Gone(left: "") }
        return take(upTo: received.endIndex)
    }

    /// Exactly so many octets.
    func octets(_ count: Int) async throws -> Data {
        while received.count < count {
            guard try await receive() else { throw Gone(left: String(decoding: received.suffix(80), as: UTF8.self)) }
        }
        return take(upTo: received.startIndex + count)
    }

    /// All that comes until the other side closes.
    func rest() async throws -> Data {
        while try await receive() {}
        return take(upTo: received.endIndex)
    }

    /// The same, where the other side may end TLS by an alert.
    func restOrAlert() async throws -> Data {
        do { return try await rest() } catch is TLSError { return take(upTo: received.endIndex) }
    }

    private func take(upTo end: Data.Index) -> Data {
        defer { received = Data(received[end...]) }
        return Data(received[..<end])
    }

    /// Sends a command, and the next line is its reply.
    func command(_ text: String) async throws -> String {
        try await send(text + "\r\n")
        return try await line()
    }

    /// Greeting, user and password.
    func logIn(_ account: Account) async throws {
        _ = try await line()
        _ = try await command("USER \(account.name)")
        let reply = try await command("PASS \(account.password)")
        guard reply.hasPrefix("+OK") else { throw Gone(left: reply) }
    }

    /// Appends what comes next.
    ///
    /// - Returns: false at the end of the connection.
    private func receive() async throws -> Bool {
        do {
            guard let buffer = try await inbound.next(isolation: #isolation) else {
                try Task.checkCancellation()
                return false
            }
            received.append(contentsOf: buffer.readableBytesView)
            return true
        } catch let error as IOError where error.errnoCode == ECONNRESET {
            return false
        }
    }

    /// The other side has closed where more was due.
    struct Gone: Error, CustomStringConvertible {
        let left: String
        var description: String { "the connection ended behind: \(left.debugDescription)" }
    }
}

/// Where a server listens.
struct Address: Sendable, CustomStringConvertible {
    var host = "127.0.0.1"
    let port: Int
    var description: String { "\(host):\(port)" }
}

/// Who logs in.
struct Account: Sendable {
    let name: String
    let password: String

    init(name: String, password: String) {
        self.name = name
        self.password = password
        Secrets.remember(password)
    }

    static let anna = Account(name: "anna@example.org", password: "open-sesame-7")
}

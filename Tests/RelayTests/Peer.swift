// One end of a loopback connection in a test's hand: says what the test wants, keeps what it was told.
// Must not know POP3.

import Glibc
import NIOCore
import NIOPosix
import Synchronization

/// A connection to the relay, or from it.
final class Peer: Sendable {
    /// What was waited for did not come.
    struct Missing: Error, CustomStringConvertible {
        let description: String
    }

    /// What the kernel holds for a peer that does not read; left to itself it would be tens of megabytes on loopback.
    private static let receiveBuffer = 65_536

    let channel: any Channel
    private let inbox: Inbox

    private init(_ channel: any Channel, _ inbox: Inbox) {
        self.channel = channel
        self.inbox = inbox
    }

    static func connect(to address: SocketAddress, on group: any EventLoopGroup) async throws -> Peer {
        let inbox = Inbox()
        let channel = try await ClientBootstrap(group: group)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelOption(.socketOption(.so_rcvbuf), value: receiveBuffer)
            .channelInitializer { channel in channel.pipeline.addHandler(InboxHandler(inbox)) }
            .connect(to: address).get()
        return Peer(channel, inbox)
    }

    /// Listens on a port of the system's choice and gives each connection to `accepted`.
    static func listen(
        on group: any EventLoopGroup,
        accepted: @escaping @Sendable (Peer) -> Void
    ) async throws -> any Channel {
        try await ServerBootstrap(group: group)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.socketOption(.so_rcvbuf), value: receiveBuffer)
            .childChannelInitializer { channel in
                let inbox = Inbox()
                accepted(Peer(channel, inbox))
                return channel.pipeline.addHandler(InboxHandler(inbox))
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    /// Hands it to the kernel; fails where the connection is gone.
    func send(_ text: String) async throws {
        try await channel.writeAndFlush(ByteBuffer(string: text)).get()
    }

    /// The same, without waiting for the kernel to take it.
    func sendLater(_ octets: ByteBuffer) {
        channel.writeAndFlush(octets, promise: nil)
    }

    /// Waits for exactly this.
    func expect(_ text: String) async throws {
        try await wait(for: text) { $0.count >= text.utf8.count || $1 }
        let got = inbox.take(text.utf8.count)
        guard got == Array(text.utf8) else { throw Missing(description: "\(text) is due, \(Self.text(got)) came") }
    }

    /// Waits for that many octets, or the end.
    func octets(_ count: Int) async throws -> [UInt8] {
        try await wait(for: "\(count) octets") { $0.count >= count || $1 }
        return inbox.take(count)
    }

    /// Waits for a line and hands it out without its line end.
    func line() async throws -> String {
        try await wait(for: "a line") { $0.contains(0x0A) || $1 }
        return Self.text(inbox.takeLine()).trimmingLineEnd
    }

    /// Waits for the end of the connection and hands out what came before it.
    func rest() async throws -> String {
        try await wait(for: "the end") { $1 }
        return Self.text(inbox.take(.max))
    }

    /// How many octets have come and were not taken by `expect` or `line`.
    var count: Int { inbox.count }
    var hasEnded: Bool { inbox.hasEnded }

    func stopReading() async throws {
        try await channel.setOption(.autoRead, value: false).get()
    }

    func goOnReading() async throws {
        try await channel.setOption(.autoRead, value: true).get()
    }

    /// Says that nothing more will come, and goes on listening.
    func finish() async throws {
        try await channel.close(mode: .output).get()
    }

    func close() async throws {
        try await channel.close().get()
    }

    /// Ends the connection so that the other side gets an error for whatever it sends.
    func reset() async throws {
        try await (channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        try await channel.close().get()
    }

    private func wait(for what: String, until isThere: @Sendable ([UInt8], Bool) -> Bool) async throws {
        try await Peer.wait(for: what) { self.inbox.look(isThere) }
    }

    /// Waits until something holds.
    static func wait(for what: String, until isTrue: @Sendable () async -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(60)
        while await !isTrue() {
            guard ContinuousClock.now < deadline else { throw Missing(description: "\(what) did not come") }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    private static func text(_ octets: [UInt8]) -> String { String(decoding: octets, as: UTF8.self) }
}

extension String {
    fileprivate var trimmingLineEnd: String {
        var text = self
        while let last = text.unicodeScalars.last, last == "\r" || last == "\n" { text.unicodeScalars.removeLast() }
        return text
    }
}

/// What a peer was told.
private final class Inbox: Sendable {
    private let state = Mutex<(octets: [UInt8], hasEnded: Bool)>(([], false))

    func received(_ buffer: ByteBuffer) {
        state.withLock { $0.octets.append(contentsOf: buffer.readableBytesView) }
    }

    func ended() {
        state.withLock { $0.hasEnded = true }
    }

    func look(_ isThere: ([UInt8], Bool) -> Bool) -> Bool {
        state.withLock { isThere($0.octets, $0.hasEnded) }
    }

    func take(_ count: Int) -> [UInt8] {
        state.withLock { state in
            defer { state.octets.removeFirst(min(count, state.octets.count)) }
            return Array(state.octets.prefix(count))
        }
    }

    func takeLine() -> [UInt8] {
        state.withLock { state in
            let end = state.octets.firstIndex(of: 0x0A).map { $0 + 1 } ?? state.octets.count
            defer { state.octets.removeFirst(end) }
            return Array(state.octets[..<end])
        }
    }

    var count: Int { state.withLock { $0.octets.count } }
    var hasEnded: Bool { state.withLock { $0.hasEnded } }
}

private final class InboxHandler: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer

    private let inbox: Inbox

    init(_ inbox: Inbox) {
        self.inbox = inbox
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        inbox.received(unwrapInboundIn(data))
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event as? ChannelEvent == .inputClosed { inbox.ended() }
    }

    func channelInactive(context: ChannelHandlerContext) {
        inbox.ended()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}

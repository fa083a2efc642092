// The server behind all relays: its replies are ready before the first client comes.
// Must not cost more than a relay: it copies nothing, and knows no state but its input.

import ArgumentParser
import Foundation
import NIOCore
import TLS
import Transport

/// A process of its own, which serves until its standard input ends.
struct Upstream: AsyncParsableCommand {
    static let word = "relay-upstream"

    @Option
    var certificate: String

    @Option
    var key: String

    func run() async throws {
        let group = try LoopGroup(count: ProcessInfo.processInfo.activeProcessorCount)
        let replies = UpstreamReplies()
        let context = try ServerContext(certificateChainFile: certificate, privateKeyFile: key)
        let plain = try await listen(on: group) { UpstreamSession.begin(on: $0, replies, nil) }
        let secure = try await listen(on: group) { connection in
            guard let engine = try? TLSConnection(server: context) else { return connection.abort() }
            UpstreamSession.begin(on: connection, replies, engine)
        }
        Streams.say("\(plain.localAddress?.port ?? 0) \(secure.localAddress?.port ?? 0)")
        await Streams.inputEnded()
    }

    private func listen(
        on group: LoopGroup,
        _ accepted: @escaping @Sendable (Connection) -> Void
    ) async throws -> Listener {
        let settings = Listener.Settings(pause: .milliseconds(10), accepted: accepted)
        let listener = try await Listener.bind(host: "127.0.0.1", port: 0, backlog: 4_096, on: group, settings)
        await listener.accept()
        return listener
    }
}

/// What the upstream says, each reply in pieces that are sent as they are.
struct UpstreamReplies: Sendable {
    /// Several connections share a piece. It is small enough that what is left of one is moved without much ado.
    private static let piece = 128 << 10

    let done = [ByteBuffer(string: "+OK\r\n")]
    let goOn = [ByteBuffer(string: "+ \r\n")]
    let unknown = [ByteBuffer(string: "-ERR unknown\r\n")]
    let capabilities = [ByteBuffer(string: "+OK\r\nUSER\r\nSASL PLAIN\r\nUIDL\r\nPIPELINING\r\n.\r\n")]
    let state: [ByteBuffer]
    private let messages: [[ByteBuffer]]
    private let list: Listing
    private let identifiers: Listing

    /// A reply of a line for each message, and each by itself.
    private struct Listing {
        let all: [ByteBuffer]
        let each: [[ByteBuffer]]

        init(_ text: (Int) -> String) {
            let lines = (1...Maildrop.count).map { "\($0) \(text($0))\r\n" }
            all = [ByteBuffer(string: "+OK\r\n\(lines.joined()).\r\n")]
            each = lines.map { [ByteBuffer(string: "+OK \($0)")] }
        }
    }

    init() {
        let sizes = (1...Maildrop.count).map(Maildrop.size)
        state = [ByteBuffer(string: "+OK \(sizes.count) \(sizes.reduce(0, +))\r\n")]
        list = Listing { "\(sizes[$0 - 1])" }
        identifiers = Listing { "message-\($0)" }
        messages = (1...Maildrop.count).map { number in
            var reply = ByteBuffer(string: "+OK \(sizes[number - 1]) octets\r\n")
            reply.writeImmutableBuffer(Maildrop.message(number))
            return Self.pieces(of: &reply)
        }
    }

    /// Each has memory of its own.
    private static func pieces(of reply: inout ByteBuffer) -> [ByteBuffer] {
        var pieces: [ByteBuffer] = []
        while let slice = reply.readSlice(length: min(piece, reply.readableBytes)), slice.readableBytes > 0 {
            var own = ByteBuffer()
            own.writeImmutableBuffer(slice)
            pieces.append(own)
        }
        return pieces
    }

    func message(_ number: Int?) -> [ByteBuffer] { number.flatMap { messages[safely: $0] } ?? unknown }
    func list(_ number: Int?) -> [ByteBuffer] { number.map { list.each[safely: $0] ?? unknown } ?? list.all }
    func identifier(_ number: Int?) -> [ByteBuffer] {
        number.map { identifiers.each[safely: $0] ?? unknown } ?? identifiers.all
    }
}

extension Array {
    /// By message number.
    fileprivate subscript(safely number: Int) -> Element? { indices.contains(number - 1) ? self[number - 1] : nil }
}

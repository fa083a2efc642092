// Connections in TLS, from the start and from the middle: what each side is told, at every cut and at every end.
// Must not ask how long anything took.

import NIOCore
import TLS
import Testing
import Transport

@Suite("Connections in TLS", .timeLimit(.minutes(2)))
struct SecuredConnectionTests {
    /// Both ends in TLS, the handshake over.
    private func secured(_ body: (Pair) async throws -> Void) async throws {
        try await Pair.connected { pair in
            try await pair.accepted.on { $0.secure(with: try Certificate.server()) }
            try await pair.dialled.on { $0.secure(with: try Certificate.client()) }
            for end in [pair.accepted, pair.dialled] {
                try await end.seen.waits(for: "the handshake") { $0.events == ["secured TLSv1.3"] }
            }
            try await body(pair)
        }
    }

    /// The last words of a client's handshake stayed behind where it had nothing else to say.
    @Test("the server speaks first") func greeting() async throws {
        try await secured { pair in
            try await pair.accepted.send(Array("+OK ready\r\n".utf8))
            try await pair.dialled.seen.waits(for: "the greeting") { !$0.octets.isEmpty }
            #expect(pair.dialled.seen.text == "+OK ready\r\n")
        }
    }

    @Test("what is written before the end of the handshake comes behind it") func early() async throws {
        try await Pair.connected { pair in
            try await pair.accepted.on { connection in
                connection.write(ByteBuffer(string: "plain "))
                connection.secure(with: try Certificate.server())
                connection.write(ByteBuffer(string: "secret"))
                connection.flush()
            }
            try await pair.dialled.seen.waits(for: "plain text") { $0.octets.count >= 6 }
            try await pair.dialled.on { $0.secure(with: try Certificate.client()) }
            try await pair.dialled.seen.waits(for: "the rest") { $0.octets.count >= 12 }
            #expect(pair.dialled.seen.text == "plain secret")
            #expect(pair.dialled.seen.events == ["secured TLSv1.3"])
        }
    }

    @Test("there is a bound for what is written before the end of the handshake", arguments: [0, 1])
    func earlyBound(beyond: Int) async throws {
        try await Pair.connected { pair in
            try await pair.accepted.on { connection in
                connection.secure(with: try Certificate.server())
                connection.write(ByteBuffer(repeating: 1, count: TLSConnection.mostBeforeHandshake + beyond))
            }
            guard beyond > 0 else {
                #expect(try await pair.accepted.on { $0.isOpen })
                return
            }
            let error = TLSError.tooMuchBeforeHandshake
            #expect(try await pair.accepted.seen.ended() == ["failed: \(error)", "closed"])
        }
    }

    @Test("octets arrive in order, both ways at once, however large", arguments: [1, 16_384, 16_385, 5_000_000])
    func octets(count: Int) async throws {
        try await secured { pair in
            let octets = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ 1) }
            for end in [pair.accepted, pair.dialled] { try await end.send(octets) }
            for end in [pair.accepted, pair.dialled] {
                try await end.seen.waits(for: "all of it") { $0.octets.count >= count }
                #expect(end.seen.octets == octets)
            }
        }
    }

    /// One side is an engine whose octets reach the connection as the test cuts them.
    @Test("a handshake and what follows may be cut anywhere", arguments: [1, 2, 5, 100, 16_384])
    func cuts(size: Int) async throws {
        try await Pair.connected { pair in
            try await pair.accepted.on { connection in
                connection.secure(with: try Certificate.server())
            }
            let cutter = try await pair.dialled.on { connection in
                let cutter = Cutter(connection, try Certificate.client(), pieces: size)
                connection.owner = cutter
                cutter.begin()
                return NIOLoopBound(cutter, eventLoop: connection.loop)
            }
            try await pair.accepted.seen.waits(for: "the words") { $0.octets.count >= 9 }
            #expect(pair.accepted.seen.text == "USER me\r\n")
            try await pair.accepted.send(Array("+OK\r\n".utf8))
            try await eventually("the answer") {
                try await pair.dialled.on { _ in cutter.value.plaintext.readableBytes } >= 5
            }
            #expect(pair.accepted.seen.events == ["secured TLSv1.3"])
        }
    }

    @Test("who says that it ends ends in order") func closeNotify() async throws {
        try await secured { pair in
            try await pair.dialled.on { connection in
                connection.write(ByteBuffer(string: "QUIT\r\n"))
                connection.close()
            }
            try await pair.accepted.seen.waits(for: "the end") { $0.events.last == "input ended" }
            #expect(pair.accepted.seen.text == "QUIT\r\n")
            #expect(pair.accepted.seen.events == ["secured TLSv1.3", "input ended"])
            #expect(try await pair.dialled.seen.ended() == ["secured TLSv1.3", "closed"])
        }
    }

    @Test("an upstream that says that it ends is closed") func closeNotifyOfTheAccepted() async throws {
        try await secured { pair in
            try await pair.accepted.on { $0.close() }
            #expect(try await pair.dialled.seen.ended() == ["secured TLSv1.3", "closed"])
        }
    }

    @Test("a stream that ends without saying so was cut off") func truncation() async throws {
        try await Pair.connected { pair in
            try await pair.accepted.on { $0.secure(with: try Certificate.server()) }
            _ = try await pair.dialled.on { connection in
                let cutter = Cutter(connection, try Certificate.client(), pieces: .max)
                connection.owner = cutter
                cutter.begin()
                return NIOLoopBound(cutter, eventLoop: connection.loop)
            }
            try await pair.accepted.seen.waits(for: "the words") { !$0.octets.isEmpty }
            try await pair.dialled.on { $0.close() }
            let error = TLSError.closedWithoutNotify
            #expect(try await pair.accepted.seen.ended() == ["secured TLSv1.3", "failed: \(error)", "closed"])
        }
    }

    @Test("a peer that leaves in the handshake is a failure, and hears nothing") func leaves() async throws {
        try await Pair.connected { pair in
            try await pair.accepted.on { $0.secure(with: try Certificate.server()) }
            try await pair.dialled.send([22, 3, 1])
            try await pair.dialled.on { $0.close() }
            let events = try await pair.accepted.seen.ended()
            let error = TLSError.handshakeFailed(reason: "the peer closed the connection")
            #expect(events == ["failed: \(error)", "closed"])
        }
    }

    @Test("plain text on a port for TLS is refused with its reason") func plainText() async throws {
        try await Pair.connected { pair in
            try await pair.accepted.on { $0.secure(with: try Certificate.server()) }
            try await pair.dialled.send(Array("GET / HTTP/1.1\r\n\r\n".utf8))
            let error = TLSError.handshakeFailed(reason: "the peer speaks HTTP, not TLS")
            #expect(try await pair.accepted.seen.ended() == ["failed: \(error)", "closed"])
        }
    }

    @Test("who closes in the handshake says nothing, and nobody hears what was to follow") func closesInHandshake()
        async throws
    {
        try await Pair.connected { pair in
            try await pair.accepted.on { connection in
                connection.secure(with: try Certificate.server())
                connection.write(ByteBuffer(string: "secret"))
                connection.flush()
                connection.close()
            }
            #expect(try await pair.accepted.seen.ended() == ["closed"])
            #expect(try await pair.dialled.seen.ended() == ["closed"])
            #expect(pair.dialled.seen.octets.isEmpty)
        }
    }

    /// It waited for an event that had been.
    @Test("a handshake that the peer has begun is read where the owner does not want to read") func begunByPeer()
        async throws
    {
        try await Pair.connected { pair in
            try await pair.accepted.on { $0.read(false) }
            try await pair.dialled.on { $0.secure(with: try Certificate.client()) }
            // More than one turn of the loop, which tells of what came.
            for _ in 0..<10 { try await pair.accepted.on { _ in } }
            try await pair.accepted.on { $0.secure(with: try Certificate.server()) }
            for end in [pair.accepted, pair.dialled] {
                try await end.seen.waits(for: "the handshake") { $0.events == ["secured TLSv1.3"] }
            }
        }
    }

    @Test("the handshake reads where the owner does not want to") func pausedHandshake() async throws {
        try await Pair.connected { pair in
            for end in [pair.accepted, pair.dialled] { try await end.on { $0.read(false) } }
            try await pair.accepted.on { $0.secure(with: try Certificate.server()) }
            try await pair.dialled.on { $0.secure(with: try Certificate.client()) }
            for end in [pair.accepted, pair.dialled] {
                try await end.seen.waits(for: "the handshake") { $0.events == ["secured TLSv1.3"] }
            }
        }
    }
}

/// A client in TLS on a connection without: its ciphertext goes out in pieces, each flushed.
private final class Cutter: Connection.Owner {
    private let connection: Connection
    private let engine: TLSConnection
    private let size: Int
    private var isOpen = false
    var plaintext = ByteBuffer()

    init(_ connection: Connection, _ engine: TLSConnection, pieces size: Int) {
        self.connection = connection
        self.engine = engine
        self.size = size
    }

    func begin() {
        var nothing = ByteBuffer()
        _ = engine.handshake(&nothing)
        send()
    }

    func happened(_ event: Connection.Event) {
        guard case .received(var octets) = event else { return }
        while let piece = octets.readSlice(length: min(size, octets.readableBytes)), piece.readableBytes > 0 {
            var ciphertext = piece
            if !isOpen, engine.handshake(&ciphertext) == .complete {
                isOpen = true
                _ = engine.write(ByteBuffer(string: "USER me\r\n"))
            }
            if isOpen { _ = engine.read(&ciphertext, into: &plaintext) }
            send()
        }
    }

    private func send() {
        guard var output = engine.takeOutput() else { return }
        while let piece = output.readSlice(length: min(size, output.readableBytes)), piece.readableBytes > 0 {
            connection.write(piece)
            connection.flush()
        }
    }
}

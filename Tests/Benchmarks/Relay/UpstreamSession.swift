// One client of the upstream: a command in, a ready reply out.
// Must not wait for anything but its client.

import NIOCore
import TLS
import Transport

/// Belongs to its connection's loop.
final class UpstreamSession: Connection.Owner {
    /// From so many octets on the rest of a reply waits: what is encrypted stays in the processor's cache.
    private static let backlog = 256 << 10

    private let connection: Connection
    private let replies: UpstreamReplies
    /// The beginning of a command.
    private var begun = ByteBuffer()
    /// The next line is no command.
    private var awaitsSecret = false
    private var waiting: [ByteBuffer] = []
    private var sent = 0

    private init(_ connection: Connection, _ replies: UpstreamReplies) {
        self.connection = connection
        self.replies = replies
    }

    /// - Parameter engine: for TLS from the first octet on
    static func begin(on connection: Connection, _ replies: UpstreamReplies, _ engine: TLSConnection?) {
        let session = UpstreamSession(connection, replies)
        connection.owner = session
        connection.backlog = backlog
        if let engine { connection.secure(with: engine) }
        session.say(replies.done)
        connection.flush()
    }

    func happened(_ event: Connection.Event) {
        switch event {
        case .received(var octets): take(&octets)
        case .writable: pump()
        case .inputEnded: return connection.close()
        case .secured, .failed, .closed: return
        }
        if connection.isOpen { connection.flush() }
    }

    private func take(_ octets: inout ByteBuffer) {
        while let end = octets.readableBytesView.firstIndex(of: 0x0A) {
            guard var line = octets.readSlice(length: end + 1 - octets.readerIndex) else { return }
            if begun.readableBytes > 0 {
                begun.writeBuffer(&line)
                answer(begun)
                begun.clear()
            } else {
                answer(line)
            }
        }
        // No command is that long.
        if begun.readableBytes + octets.readableBytes > 1_024 { return connection.abort() }
        begun.writeBuffer(&octets)
    }

    private enum Name {
        static let retr = code("RETR")
        static let user = code("USER")
        static let pass = code("PASS")
        static let stat = code("STAT")
        static let noop = code("NOOP")
        static let list = code("LIST")
        static let uidl = code("UIDL")
        static let capa = code("CAPA")
        static let auth = code("AUTH")
        static let quit = code("QUIT")

        private static func code(_ name: String) -> UInt32 { name.utf8.reduce(0) { $0 << 8 | UInt32($1) } }
    }

    private func answer(_ line: ByteBuffer) {
        guard !awaitsSecret else {
            awaitsSecret = false
            return say(replies.done)
        }
        let name = line.getInteger(at: line.readerIndex, as: UInt32.self) ?? 0
        switch name & 0xDFDF_DFDF {
        case Name.retr: say(replies.message(number(in: line)))
        case Name.user, Name.pass, Name.noop: say(replies.done)
        case Name.stat: say(replies.state)
        case Name.list: say(replies.list(number(in: line)))
        case Name.uidl: say(replies.identifier(number(in: line)))
        case Name.capa: say(replies.capabilities)
        case Name.auth: beginSecret(line)
        case Name.quit:
            say(replies.done)
            connection.close()
        default: say(replies.unknown)
        }
    }

    /// With an initial response there is nothing left to be asked.
    private func beginSecret(_ line: ByteBuffer) {
        awaitsSecret = line.readableBytesView.count { $0 == 0x20 } < 2
        say(awaitsSecret ? replies.goOn : replies.done)
    }

    private func number(in line: ByteBuffer) -> Int? {
        var number: Int?
        for octet in line.readableBytesView.dropFirst(5) {
            guard (0x30...0x39).contains(octet), (number ?? 0) < 1_000_000 else { break }
            number = (number ?? 0) * 10 + Int(octet - 0x30)
        }
        return number
    }

    private func say(_ reply: [ByteBuffer]) {
        guard sent < waiting.count || reply.count > 1 else { return connection.write(reply[0]) }
        waiting += reply
        pump()
    }

    /// Hands on what waits, as far as the client takes it.
    private func pump() {
        while sent < waiting.count, connection.isWritable, connection.isOpen {
            connection.write(waiting[sent])
            sent += 1
            if !connection.isWritable { connection.flush() }
        }
        guard sent == waiting.count else { return }
        waiting.removeAll(keepingCapacity: true)
        sent = 0
    }
}

// A dialogue of lines that begins TLS in its middle: what each side has heard is the same, however its octets are cut.
// Must not know about faults.

import NIOCore
import Synchronization
import TLS

@testable import Transport

/// What is said, and what each side has heard of it.
final class Dialogue: Sendable {
    /// What the client says: each once the one before has been answered, as many lines as it has.
    static let plain = ["one\r\n", "two\r\nthree\r\n", String(repeating: "x", count: 30) + "\r\n"]
    static let secured = ["STLS\r\n", "four\r\n", "five\r\n\r\n", String(repeating: "y", count: 300) + "\r\n"]

    let lines: [String]
    private let heard = Mutex<[String: [String]]>([:])

    /// - Parameter isSecured: whether it goes on in TLS
    init(isSecured: Bool) {
        lines = Self.plain + (isSecured ? Self.secured : []) + ["QUIT\r\n"]
    }

    /// Events and lines, in order.
    var transcript: [String: [String]] { heard.withLock { $0 } }
    var isOver: Bool { heard.withLock { heard in heard.count == 2 && heard.values.allSatisfy { $0.last == "closed" } } }

    fileprivate func note(_ side: String, _ what: String) { heard.withLock { $0[side, default: []].append(what) } }

    /// A side: takes octets, makes lines of them.
    class Speaker: Connection.Owner {
        let connection: Connection
        let dialogue: Dialogue
        var name: String { "" }
        private var octets = ByteBuffer()

        init(_ connection: Connection, _ dialogue: Dialogue) {
            self.connection = connection
            self.dialogue = dialogue
        }

        func heard(_ line: String) throws {}
        func secured() {}

        func say(_ text: String) {
            connection.write(ByteBuffer(string: text))
            connection.flush()
        }

        func happened(_ event: Connection.Event) {
            switch event {
            case .received(var received):
                octets.writeBuffer(&received)
                takeLines()
            case .secured(let handshake):
                dialogue.note(name, "secured \(handshake.version)")
                secured()
            case .failed(let error): dialogue.note(name, "failed: \(error)")
            case .inputEnded: connection.close()
            case .writable: break
            case .closed: dialogue.note(name, "closed")
            }
        }

        private func takeLines() {
            while let end = octets.readableBytesView.firstIndex(of: 0x0A) {
                let line = octets.readString(length: end + 1 - octets.readerIndex) ?? ""
                dialogue.note(name, line)
                do { try heard(line) } catch { dialogue.note(name, "\(error)") }
            }
        }
    }

    /// Answers every line.
    final class Server: Speaker {
        override var name: String { "server" }

        override func heard(_ line: String) throws {
            say("+OK \(line)")
            if line == "STLS\r\n" { connection.secure(with: try Certificate.server()) }
            if line == "QUIT\r\n" { connection.close() }
        }
    }

    final class Client: Speaker {
        override var name: String { "client" }
        private var next = 0
        /// Lines that are not answered yet.
        private var due = 0

        func begin() {
            let text = dialogue.lines[next]
            next += 1
            due = text.split(separator: "\r\n", omittingEmptySubsequences: false).count - 1
            say(text)
        }

        override func heard(_ line: String) throws {
            due -= 1
            guard due == 0, next < dialogue.lines.count else { return }
            if line == "+OK STLS\r\n" { return connection.secure(with: try Certificate.client(resumes: false)) }
            begin()
        }

        override func secured() { begin() }
    }
}

extension Lab {
    /// Holds a dialogue to its end.
    func hold(_ dialogue: Dialogue, _ port: Int) async throws {
        accepting { connection in connection.owner = Dialogue.Server(connection, dialogue) }
        let client = try await Dialled.to(port: port, on: loop(.dialled)).get()
        try await client.on { connection in
            let speaker = Dialogue.Client(connection, dialogue)
            connection.owner = speaker
            speaker.begin()
        }
        do {
            try await eventually("the end of the dialogue") { dialogue.isOver }
        } catch {
            throw Missing(description: "\(error), behind \(dialogue.transcript)")
        }
    }
}

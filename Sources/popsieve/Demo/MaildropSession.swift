// One session of the demo's maildrop: a command line in, a reply out (RFC 1939, 2449).
// Must not touch a socket; must not be taken for a mail server: any password opens it.

import AuditReading
import POP3

/// The state of a session with the maildrop.
struct MaildropSession {
    /// What a line is answered with.
    struct Reply: Equatable {
        var bytes: [UInt8]
        var endsSession = false
    }

    private enum State {
        /// Nobody is logged in.
        case authorization
        /// USER was accepted; PASS is next.
        case named
        /// Logged in; what was there then, and what is marked as deleted since.
        case transaction([SampleMessage], deleted: Set<Int>)
    }

    static let greeting = Array("+OK The demo's maildrop is ready\r\n".utf8)

    private let maildrop: Maildrop
    private var state = State.authorization

    init(_ maildrop: Maildrop) {
        self.maildrop = maildrop
    }

    /// Answers a line without its line end.
    mutating func reply(to line: [UInt8]) -> Reply {
        let command: Command
        do {
            command = try Command(parsing: line.span)
        } catch {
            return refuse(error.text)
        }
        switch command {
        case .capa: return list("Capability list follows", ["USER", "TOP", "UIDL", "RESP-CODES", "PIPELINING"])
        case .quit: return quit()
        case .user(let name): return user(String(decoding: line[name], as: UTF8.self))
        case .pass: return pass()
        case .stat, .list, .uidl, .retr, .top, .dele, .noop, .rset: return transaction(command)
        case .apop, .rpop, .auth, .stls, .utf8, .lang, .unknown: return refuse("The demo's maildrop does not know this")
        }
    }

    // MARK: logging in and out

    private mutating func user(_ name: String) -> Reply {
        guard case .authorization = state else { return refuse("Not now") }
        guard name == "demo" || name.hasPrefix("demo@") else {
            return refuse("[AUTH] The only user here is demo")
        }
        state = .named
        return accept("Any password will do")
    }

    private mutating func pass() -> Reply {
        guard case .named = state else { return refuse("USER comes first") }
        let messages = maildrop.messages
        state = .transaction(messages, deleted: [])
        return accept(messages.count.of("message"))
    }

    private func quit() -> Reply {
        if case .transaction(let messages, let deleted) = state {
            maildrop.remove(Set(deleted.map { index in messages[index].uidl }))
        }
        var reply = accept("Good bye")
        reply.endsSession = true
        return reply
    }

    // MARK: reading mail

    private mutating func transaction(_ command: Command) -> Reply {
        guard case .transaction(let messages, var deleted) = state else { return refuse("Log in first") }
        let present = messages.indices.filter { index in !deleted.contains(index) }
        func index(_ number: MessageNumber) -> Int? { present.first { index in index + 1 == number } }
        switch command {
        case .stat:
            return accept("\(present.count) \(present.reduce(0) { $0 + messages[$1].bytes.count })")
        case .list(let number):
            return listing(number, present) { index in "\(messages[index].bytes.count)" }
        case .uidl(let number):
            return listing(number, present) { index in messages[index].uidl }
        case .retr(let number):
            return index(number).map { send(messages[$0].bytes) } ?? missing
        case .top(let number, let lines):
            return index(number).map { send(top(messages[$0].bytes, lines: Int(clamping: lines))) } ?? missing
        case .dele(let number):
            guard let index = index(number) else { return missing }
            deleted.insert(index)
            state = .transaction(messages, deleted: deleted)
            return accept("Marked")
        case .rset:
            state = .transaction(messages, deleted: [])
            return accept("Nothing is marked")
        default:
            return accept("")
        }
    }

    private func listing(_ number: MessageNumber?, _ present: [Int], _ about: (Int) -> String) -> Reply {
        guard let number else {
            return list(present.count.of("message"), present.map { index in "\(index + 1) \(about(index))" })
        }
        return present.first { index in index + 1 == number }.map { accept("\(number) \(about($0))") } ?? missing
    }

    /// The header, the empty line, and so many lines of the body.
    private func top(_ message: [UInt8], lines: Int) -> [UInt8] {
        var left: Int?
        var start = 0
        while start < message.count, left != 0 {
            let end = (message[start...].firstIndex(of: 0x0A) ?? message.count - 1) + 1
            if let count = left {
                left = count - 1
            } else if message[start..<end].allSatisfy({ $0 == 0x0D || $0 == 0x0A }) {
                left = lines
            }
            start = end
        }
        return Array(message[..<start])
    }

    // MARK: replies

    private var missing: Reply { refuse("There is no such message") }

    private func accept(_ text: String) -> Reply {
        Reply(bytes: Array("+OK \(text)\r\n".utf8))
    }

    private func refuse(_ text: String) -> Reply {
        Reply(bytes: Array("-ERR \(text)\r\n".utf8))
    }

    private func list(_ text: String, _ lines: [String]) -> Reply {
        Reply(bytes: Array(("+OK \(text)\r\n" + lines.map { $0 + "\r\n" }.joined() + ".\r\n").utf8))
    }

    private func send(_ message: [UInt8]) -> Reply {
        Reply(bytes: Array("+OK \(message.count.of("octet"))\r\n".utf8) + message.dotStuffed + Array(".\r\n".utf8))
    }
}

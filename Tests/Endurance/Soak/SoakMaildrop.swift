// What every client of a soak finds on its server, and what the server says.
// Must not send it.

import NIOCore

enum SoakMaildrop {
    static let sizes = [700, 4_000, 30_000, 300_000]
    private static let header = "Subject: a message\r\nFrom: anna@example.com\r\n\r\n"
    static let messages = sizes.map { size in
        let line = String(repeating: "0123456789", count: 7) + "\r\n"
        return header + String(repeating: line, count: size / line.utf8.count) + "the end\r\n"
    }

    static let greeting = ByteBuffer(string: "+OK ready\r\n")
    private static let unknown = ByteBuffer(string: "-ERR what?\r\n")
    private static let done = ByteBuffer(string: "+OK\r\n")
    private static let capabilities = ByteBuffer(string: "+OK\r\nUSER\r\nUIDL\r\nTOP\r\nPIPELINING\r\n.\r\n")
    private static let state = ByteBuffer(
        string: "+OK \(messages.count) \(messages.reduce(0) { $0 + $1.utf8.count })\r\n"
    )
    private static let list = listing { "\(messages[$0].utf8.count)" }
    private static let identifiers = listing { "message-\($0)" }
    /// To TOP, which nobody asks for more than the header.
    private static let top = ByteBuffer(string: "+OK\r\n\(header).\r\n")
    private static let replies = messages.map { ByteBuffer(string: "+OK\r\n\($0).\r\n") }

    private static func listing(_ text: (Int) -> String) -> ByteBuffer {
        let lines = messages.indices.map { "\($0 + 1) \(text($0))\r\n" }
        return ByteBuffer(string: "+OK\r\n\(lines.joined()).\r\n")
    }

    /// - Returns: the reply to a command, and whether it is the last one
    static func answer(_ line: Substring) -> (reply: ByteBuffer, isLast: Bool) {
        let words = line.split(separator: " ")
        let number = words.dropFirst().first.flatMap { Int($0) }
        switch (words.first?.uppercased(), number) {
        case ("CAPA", _): return (capabilities, false)
        case ("STAT", _): return (state, false)
        case ("LIST", nil): return (list, false)
        case ("UIDL", nil): return (identifiers, false)
        case ("LIST", let number?) where replies.indices.contains(number - 1):
            return (ByteBuffer(string: "+OK \(number) \(messages[number - 1].utf8.count)\r\n"), false)
        case ("UIDL", let number?) where replies.indices.contains(number - 1):
            return (ByteBuffer(string: "+OK \(number) message-\(number - 1)\r\n"), false)
        case ("TOP", let number?) where replies.indices.contains(number - 1): return (top, false)
        case ("RETR", let number?) where replies.indices.contains(number - 1): return (replies[number - 1], false)
        case ("QUIT", _): return (done, true)
        case ("USER", _), ("PASS", _), ("NOOP", _), ("DELE", _), ("RSET", _): return (done, false)
        default: return (unknown, false)
        }
    }

    /// The next whole line of what has come, which is taken from it.
    static func nextLine(_ input: inout String) -> Substring? {
        guard let end = input.firstIndex(of: "\r\n") else { return nil }
        let line = input[..<end]
        input = String(input[input.index(after: end)...])
        return line
    }
}

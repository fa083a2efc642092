// The demo's maildrop: messages, and what is left of them when sessions end (RFC 1939).
// Must not speak POP3 or know of sockets.

import Synchronization

/// A message of the demo.
struct SampleMessage: Sendable, Equatable {
    /// Its unique-id, 1 to 70 printable characters.
    var uidl: String
    /// What is worth seeing about it, for people.
    var about: String
    /// The message as it is stored: complete lines, not dot-stuffed.
    var bytes: [UInt8]
}

/// Messages that several sessions look at; each sees what was there when it began.
final class Maildrop: Sendable {
    private let content: Mutex<[SampleMessage]>

    init(_ messages: [SampleMessage]) {
        content = Mutex(messages)
    }

    var messages: [SampleMessage] {
        content.withLock(\.self)
    }

    /// Deletes for good what a session marked, at its QUIT.
    func remove(_ marked: Set<String>) {
        content.withLock { messages in messages.removeAll { marked.contains($0.uidl) } }
    }
}

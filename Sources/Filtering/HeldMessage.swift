// The whole message as the rule files that have run left it, read once for all files that ask for it.
// Must not copy a message that no rule has changed.

import Mail

/// What there is of a message behind its header.
enum HeldMessage {
    /// Nobody has asked for it yet.
    case unasked
    /// As it came, or as a file has left it that no other has looked into since.
    case pieces(MessagePieces)
    /// As it was read for a file.
    case read(Message)
    /// It is not to be had, and why.
    case refused(String)

    /// The octets; nil if there are none.
    var pieces: MessagePieces? {
        switch self {
        case .pieces(let pieces): pieces
        case .read(let message): MessagePieces(message.octets)
        case .unasked, .refused: nil
        }
    }

    /// Why it is not to be had; nil if that was not said.
    var refusal: String? {
        if case .refused(let reason) = self { reason } else { nil }
    }

    /// Reads the message, if that was not done. What came in one piece is read where it lies; what a file has changed is
    /// put together in memory for the next one that looks into it: as many octets again, once for each such file.
    mutating func read() -> Message? {
        switch self {
        case .read(let message): return message
        case .pieces(let pieces):
            let message = Message(pieces.octets)
            self = .read(message)
            return message
        case .unasked, .refused: return nil
        }
    }
}

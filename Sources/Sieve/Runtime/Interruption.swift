// Why a program stands still: it needs something, or it cannot go on.
// Must not be used for anything that is part of the language.

/// What an evaluation cannot go on without.
public enum Need: Sendable, Hashable {
    /// The message's size in octets; answer with `provide(size:)`.
    case size
    /// The whole message; answer with `provide(message:)`.
    case message
    /// Whether a message with this identifier has been seen in the last `seconds` (RFC 7352); with `isLast` the time
    /// counts from the last time, else from the first. Answer with `provide(_:to:)`, and remember the identifier when
    /// the outcome has been carried out.
    case duplicate(id: [UInt8], handle: [UInt8], seconds: Int, isLast: Bool)
    /// Whether there is a list of this name (RFC 6134). Answer with `provide(_:to:)`.
    case hasList(name: [UInt8])
    /// Whether a value is in a list (RFC 6134). Answer with `provide(_:to:)`.
    case list(name: [UInt8], value: [UInt8])
    /// Whether there is a mailbox of this name (RFC 5490). Answer with `provide(_:to:)`.
    case hasMailbox(name: [UInt8])
}

/// Thrown by tests and actions before they change anything.
enum Interruption: Error {
    case needs(Need)
    /// The script cannot go on (RFC 5228 section 2.10.6): why.
    case failed(String)
}

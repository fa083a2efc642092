// Why a program stands still: it needs something, or it cannot go on.
// Must not be used for anything that is part of the language.

/// What an evaluation cannot go on without.
public enum Need: Sendable, Hashable {
    /// The message's size in octets; answer with `provide(size:)`.
    case size
    /// The whole message; answer with `provide(message:)`, or with `provide(noMessage:)`.
    case message
    /// What a scanner says of the message; answer with `provide(scan:)`.
    case scan(ScanKind)
    /// Whether a message with this identifier has been seen (RFC 7352). Answer with `provide(_:to:)`; what is to be
    /// remembered is in the outcome.
    case duplicate(TrackedID)
    /// Whether there is a list of this name (RFC 6134). Answer with `provide(_:to:)`.
    case hasList(name: [UInt8])
    /// Whether a value is in a list (RFC 6134). Answer with `provide(_:to:)`.
    case list(name: [UInt8], value: [UInt8])
    /// Whether there is a mailbox of this name (RFC 5490). Answer with `provide(_:to:)`.
    case hasMailbox(name: [UInt8])
}

/// What tells a message from those that are not its like (RFC 7352 section 3).
public struct TrackedID: Sendable, Hashable {
    /// The identifier, as it stands in the message or in the script; of any length.
    public let id: [UInt8]
    /// Identifiers of another handle are others.
    public let handle: [UInt8]
    /// How long it is remembered.
    public let seconds: Int
    /// Whether the time counts from the last time that it was seen; else from the first.
    public let isLast: Bool
}

/// Thrown by tests and actions before they change anything.
enum Interruption: Error {
    case needs(Need)
    /// The script cannot go on (RFC 5228 section 2.10.6): why.
    case failed(String)
}

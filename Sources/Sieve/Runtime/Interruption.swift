// Why a program stands still: it needs something, or it cannot go on.
// Must not be used for anything that is part of the language.

/// What an evaluation cannot go on without.
public enum Need: Sendable, Equatable {
    /// The message's size in octets; answer with `provide(size:)`.
    case size
}

/// Thrown by tests and actions before they change anything.
enum Interruption: Error {
    case needs(Need)
    /// The script cannot go on (RFC 5228 section 2.10.6): why.
    case failed(String)
}

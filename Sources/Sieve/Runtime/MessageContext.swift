// What is known of a message beside its bytes.
// Must not hold anything that changes while a script runs.

/// The circumstances of a message; what is nil is not known.
public struct MessageContext: Sendable {
    /// The octets of the whole message, if known.
    public var size: Int?
    /// The envelope's sender, empty for the null reverse-path.
    public var envelopeFrom: [UInt8]?
    /// The envelope's recipient.
    public var envelopeTo: [UInt8]?

    /// Nothing is known.
    public init() {}
}

// What a scanner may be told beside the message.
// Must not be guessed: a wrong address makes good mail spam, or spam good mail.

/// The envelope, as far as a trusted Received line tells it. A message that is fetched has no sending host of its own, and
/// the relay's is none: what is nil is not sent.
public struct ScanCircumstances: Sendable, Equatable {
    /// The address of the host that handed the message to the first trusted one.
    public var address: String?
    /// What that host called itself.
    public var helo: String?
    /// The envelope's sender.
    public var sender: String?
    /// The envelope's recipients.
    public var recipients: [String] = []
    /// Whose mail it is, for scanners with settings for each user.
    public var user: String?

    /// Nothing is known.
    public init() {}
}

extension String {
    /// Printable ASCII without line ends: nothing else goes into a scanner's header.
    var isFieldSafe: Bool {
        !isEmpty && utf8.count <= Limits.line / 2 && utf8.allSatisfy { (0x20...0x7E).contains($0) }
    }
}

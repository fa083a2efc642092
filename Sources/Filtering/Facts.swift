// What is known about a message beside its bytes: from the server's listing and from the session.
// Must not hold a credential.

/// The circumstances of one retrieval; what is nil is not known.
package struct Facts: Sendable {
    /// The message's size in octets as the server reports it.
    package var size: Int?
    /// Names of defects that whoever read the message's lines has found and repaired: `bare-lf`, `bare-cr`.
    package var defects: [String] = []
    /// The same behind the header block, where the whole message is at hand.
    package var bodyDefects: [String] = []
    /// The name the user logged in with.
    package var user: String?
    /// The client's address, without the port.
    package var clientAddress: String?
    /// The listener the client came in by, as the settings name it.
    package var listener: String?
    /// The upstream's name in the settings.
    package var upstream: String?
    /// The TLS version of the client's connection, such as `TLSv1.3`; nil on a plain one.
    package var tls: String?
    /// When the message is retrieved: seconds since 1970 in UTC.
    package var time: Int64?
    /// Tells how much processor time has been used; without it rules may take any.
    package var processorTime: (@Sendable () -> Duration)?

    package init(
        size: Int? = nil,
        user: String? = nil,
        clientAddress: String? = nil,
        listener: String? = nil,
        upstream: String? = nil,
        tls: String? = nil,
        time: Int64? = nil,
        processorTime: (@Sendable () -> Duration)? = nil
    ) {
        self.size = size
        self.user = user
        self.clientAddress = clientAddress
        self.listener = listener
        self.upstream = upstream
        self.tls = tls
        self.time = time
        self.processorTime = processorTime
    }
}

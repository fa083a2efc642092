// The bounds of the transport, each with its reason.
// Values only: who enforces a bound names it at the place.

import NIOCore

enum Limits {
    /// Octets that are read at once. A loop has this memory, at most once for each read of a turn: a session that waits has
    /// none.
    static let read = 128 * 1_024

    /// Reads before what came of them is sent: who came first must not wait for all others.
    static let readsOfATurn = 16

    /// Reads of what nobody wants to hear any more, before a connection is closed: a megabyte.
    static let discards = 8

    /// The largest plaintext of one TLS record (RFC 8446, 5.1): small writes are gathered up to this size.
    static let record = 16_384

    /// How long handshakes go on in a row before others have their turns; the one at hand comes to the end of its step.
    static let handshakes = TimeAmount.milliseconds(1)

    /// How much busier than the others a loop may be before its clients go to another: an eighth, and some.
    static let imbalance = 16

    /// How long an address is tried before the next one is tried beside it (RFC 8305, 5).
    static let attemptDelay = TimeAmount.milliseconds(250)

    /// Addresses of one name that are tried.
    static let attempts = 16

    /// Servers of one service that are tried.
    static let servers = 8

    /// Octets of a name server's answer; a service has a handful of servers.
    static let serviceAnswer = 8_192

    /// Names that are looked up at the same time; one that nobody answers for takes its thread for half a minute.
    static let resolvers = 8
}

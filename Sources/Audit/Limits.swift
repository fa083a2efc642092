// The bounds of the audit log, each with its name, default and reason.
// Must not hold anything that is not a bound.

/// How much a line and a log may hold. A peer that sends long names can't fill a disk or the memory with them.
package struct AuditLimits: Sendable, Equatable {
    /// Octets of UTF-8 that are kept of one text; the rest is counted in the text's mark. 512 holds the longest
    /// reply line (RFC 2449 section 4) and any mail address.
    package var text = 512
    /// Elements that are kept of one list; a last element says how many are missing. A message seldom has ten defects.
    package var list = 32
    /// Octets that wait in memory while the kernel takes no lines. 8 MiB is about 20,000 messages.
    package var backlog = 8 * 1024 * 1024
    /// How long a service that ends tries to have its last lines written. A reader that is only slow gets them; a disk that
    /// is full stays full.
    package var finish = Duration.seconds(2)
    /// How long a start or a reload gives a log's server to answer; one that comes later gets its lines then.
    package var opening = Duration.seconds(1)
    /// How long a server may take to answer while lines wait for it.
    package var connecting = Duration.seconds(10)
    /// From one attempt to reach a server until the next: its lines wait, and others use the machine.
    package var reconnect = Duration.seconds(1)
    /// How long a stream's octets may be unacknowledged until the connection is given up; the kernel's own patience is
    /// a quarter of an hour, in which the backlog would run over.
    package var unanswered = Duration.seconds(30)

    package init() {}
}

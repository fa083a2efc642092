// Every bound of the relay that is not one of time or of the protocol: name, default, reason.
// Must not hold what belongs to POP3, TLS or Sieve; those have a file like this of their own.

package import POP3

/// How much a session may hold, in octets unless said otherwise.
package struct RelayLimits: Sendable {
    /// The bounds of the protocol.
    package var protocolLimits = POP3.Limits()
    /// A message's header block, which is held back while rules look at it. Real ones stay far below a tenth of it.
    package var headerBlock = 1_048_576
    /// What waits for a client that reads slowly; beyond it nothing is read from the upstream.
    package var clientBacklog = 262_144
    /// What waits for an upstream that reads slowly, and what a client may send ahead of the replies.
    package var upstreamBacklog = 65_536
    /// One read of a connection that is busy; an idle one holds `idleRead`.
    package var busyRead = 131_072
    package var idleRead = 512
    /// How many sessions at once; one more is greeted with `-ERR [SYS/TEMP]`. Each takes two of the process's open files.
    package var sessions = 20_000

    package init() {}
}

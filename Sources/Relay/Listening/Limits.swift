// Every bound of the relay that is not one of the protocol: name, default, reason.
// Must not hold what belongs to POP3, TLS or Sieve; those have a file like this of their own.

package import NIOCore
package import POP3

/// How much a session may hold, in octets unless said otherwise; and what the relay as a whole may take.
package struct RelayLimits: Sendable {
    /// The bounds of the protocol.
    package var protocolLimits = POP3.Limits()
    /// Of messages that are held back while rules look at all of them.
    package var holding = HoldingLimits()
    /// A message's header block, which is held back while rules look at it. Real ones stay far below a tenth of it.
    package var headerBlock = 1_048_576
    /// What waits for a client that reads slowly; beyond it nothing is read from the upstream.
    package var clientBacklog = 262_144
    /// What waits for an upstream that reads slowly, and what a client may send ahead of the replies.
    package var upstreamBacklog = 65_536
    /// Of a reply that is read and goes to nobody, such as the rest of a message that was cut off or replaced: a server that
    /// never ends it would be read for ever. Larger than any message that servers take.
    package var rest = 1_073_741_824
    /// How many sessions at once; one more is greeted with `-ERR [SYS/TEMP]`. Each takes ``descriptorsOfSession``.
    package var sessions = 20_000
    /// Somebody has asked for so many: it is worth a warning if there are no open files for them. The default is only as
    /// many as there could be.
    package var areSessionsChosen = false

    /// Octets a second that a peer has to take, or to send where it owes some, on average: time that is not paid for with
    /// octets counts as silence, or as standing still. Telephone lines have a hundred.
    package var leastRate = 64

    // MARK: Admission

    /// Sessions of one IPv4 address, or of one IPv6 network of 64 bits, at once; 0: as many as they like. An office behind one
    /// address stays below it.
    package var sessionsPerAddress = 200
    /// Sessions that have not logged in, at once; never more than half of all. One more, and the oldest is ended.
    package var sessionsBeforeLogin = 10_000
    /// The time that every client has for what is its turn in a login, whoever else comes. Longer, and a crowd that comes
    /// again and again keeps all the room there is: with five seconds 2 of 20 others could log in beside 10,000.
    package var loginTime = TimeAmount.seconds(1)
    /// How long a client without a login may keep open files that others wait for: slow logins take less.
    package var newcomerGrace = TimeAmount.seconds(20)
    /// How long a client that has logged in may take nothing before it makes room, where there is no other.
    package var stallGrace = TimeAmount.seconds(20)
    /// Tries to log in, in a minute, from one address (as above) and for one user; 0: as many as they like. A program that
    /// fetches five hundred mailboxes a minute stays below the first, one that polls each second at the second.
    package var loginsPerAddress = 600
    package var loginsPerUser = 60
    /// Failed logins of an address, and for a user, for which nobody waits; each more doubles what the next try waits. One is
    /// forgotten each minute. 0: nobody ever waits.
    package var loginFailures = 5
    /// Logins whose password is being checked here, or waits for that, or whose proof is being computed: at a tenth of a
    /// second for each, others would wait for ten seconds.
    package var slowHashes = 100

    // MARK: Accepting

    /// Open files that no client gets: for a reload (the audit log, rules, certificates), for what the resolver opens, and
    /// for a second try of an upstream's address while the first is still open; and what
    /// ``reserve(_:)`` adds.
    package var descriptorReserve = 16
    /// Open files of a session: its two connections, and the file of a message that is held, where rules want messages whole.
    package var descriptorsOfSession = 2
    /// How long listening pauses when there are no open files left: a session may end any moment, and trying costs little.
    package var acceptPause = TimeAmount.milliseconds(250)
    /// The operator is told once in this time that listening pauses, that a client was refused, that an upstream fails for
    /// one and the same reason; the rest is counted.
    package var repetition = TimeAmount.minutes(1)
    /// What is told apart for that, such as reasons of an upstream's failure; servers can make them up.
    package var repetitions = 64
    /// The audit log has a line at once for the first client that is refused, and then one in this time with their number: a
    /// flood of clients must not fill the disk.
    package var refusalInterval = TimeAmount.seconds(10)
    /// Clients at once that are told within TLS that there are too many; further ones are closed without a word. Each costs
    /// a handshake.
    package var refusalHandshakes = 64
    /// How long such a handshake may take.
    package var refusalTime = TimeAmount.seconds(5)

    /// Lines of rule files whose actions are counted; more are not in force at once.
    package var countedRules = 4_096

    // MARK: Ending

    /// How long sessions may go on with what they are owed when the relay is asked to end; then they are cut off. Below the
    /// 90 s that systemd gives to a service.
    package var drainTime = Duration.seconds(30)
    /// How long a client that has been told the end may take to close its connection.
    package var farewell = TimeAmount.seconds(5)
    /// How soon it is looked again whether the client has taken what a deletion waits for, and how soon at the latest: an
    /// acknowledgement takes a round trip, or 40 ms where the client's system delays it.
    package var firstLook = TimeAmount.milliseconds(2)
    package var lastLook = TimeAmount.milliseconds(128)

    package init() {}
}

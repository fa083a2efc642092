// The bounds of the store, each with its name, default and reason.
// Must not hold anything that is not a bound.

/// How much is remembered, for how long, and how much may wait to be.
package struct StoreLimits: Sendable, Equatable {
    /// Seconds after which a verdict is forgotten. Who leaves mail on the server sees true sizes for a year.
    package var verdictSeconds: Int64 = 366 * 86_400
    /// Verdicts in all; the oldest go. With edits of a usual size a million take some 400 MB.
    package var verdicts = 1_000_000
    /// Verdicts of one user, under all rules together; the oldest go. Twice the largest maildrop that clients still list.
    package var verdictsOfUser = 100_000
    /// What `duplicate` saw, in all; what expires next goes.
    package var sightings = 1_000_000
    /// What `duplicate` saw for one user: a sender that makes up identifiers pushes out nobody else's.
    package var sightingsOfUser = 10_000
    /// Seconds that a sighting is remembered at most; RFC 7352 section 3.3 has longer ones cut silently.
    package var sightingSeconds: Int64 = 90 * 86_400
    /// Octets of the file that are in use; the oldest verdicts go. The file itself does not shrink: what is freed is used
    /// again.
    package var octets = 1 << 30
    /// Changes that wait to be written. What comes on top is not remembered, and counted: 10,000 are a second's work.
    package var waitingChanges = 10_000
    /// Octets of the changes that wait.
    package var waitingOctets = 16 << 20
    /// How long another process may keep the file locked: deleting a few thousand rows takes less.
    package var patience = Duration.seconds(2)
    /// How long a question waits for its answer. A message waits for that, and a disk that hangs never gives one; it is
    /// less than the shortest time after which clients give up.
    package var answer = Duration.seconds(10)
    /// Seconds for which nothing is tried after a failure. A full disk is asked once a minute, not once a message.
    package var retrySeconds: Int64 = 60
    /// Rows that are removed in one transaction: some milliseconds, for which a writer waits.
    package var tidyRows = 500
    /// Changes after which it is looked whether something has to go.
    package var tidyChanges = 1_000
    /// Seconds after which the same is done with the next change.
    package var tidySeconds: Int64 = 60
    /// Seconds after which it is looked again of which maildrops other processes have remembered sizes.
    package var maildropSeconds: Int64 = 600

    package init() {}
}

/// What nobody sets.
extension StoreLimits {
    /// Octets of an upstream, a user, a UIDL, a handle or an identifier; longer ones are not remembered. RFC 1939 section 7
    /// gives a UIDL 70, RFC 5322 section 2.1.1 a line 998.
    static let valueOctets = 1_024
    /// Octets of a verdict's payload; longer ones are not remembered. A header's edits take some hundreds.
    static let payloadOctets = 65_536
    /// Verdicts that are known to be in the file, and are not written again.
    static let writtenVerdicts = 20_000
    /// What a change takes in memory beside its octets, roughly.
    static let changeOctets = 256
    /// Microseconds that a row may be ahead of us, written by a node whose clock is. What is further ahead was written when
    /// a clock was wrong, and would never get old.
    static let aheadMicroseconds: Int64 = 86_400_000_000
    /// Connections that read. Two are busy while two cores are; the others wait for the disk.
    static let readers = 4
    /// Octets that must find room before a store that failed is said to work again.
    static let probeOctets = 65_536
    /// Octets that the write-ahead log keeps on the disk once it has been written back.
    static let logOctets = 16 << 20
}

// What a session adds up for its last audit line.
// Must not be read for decisions.

/// Counters of one session.
struct SessionTotals {
    var messages = 0
    var deletions = 0
    /// Octets received from the upstream, replies included.
    var octetsIn = 0
    /// Octets sent to the client, replies included.
    var octetsOut = 0
}

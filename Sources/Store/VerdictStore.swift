// What the relay asks of whatever remembers: a few requests, so that a server can answer them for many nodes one day.
// Must not know SQLite.

/// Remembers verdicts, and what `duplicate` has seen.
///
/// It is a memory, no truth: whatever goes wrong, a request answers as if nothing was remembered, and its owner judges
/// anew. Questions are awaited. What is to be remembered is taken at once, is seen by all questions of this process from
/// then on, and is written soon after. Moments are microseconds from 1970 on.
package protocol VerdictStore: Sendable {
    /// What was remembered of a message under these rules.
    func verdict(for key: VerdictKey, now: Int64) async -> StoredVerdict?

    /// False if no sizes are known of a maildrop, so that nobody needs to ask for them.
    func mayKnowSizes(of account: Account, under fingerprint: Fingerprint, now: Int64) -> Bool

    /// The sizes that are known of a whole maildrop, by UIDL, for LIST and STAT. Messages that are not in it were not
    /// judged, or nobody knows their size.
    func sizes(of account: Account, under fingerprint: Fingerprint, now: Int64) async -> [[UInt8]: Int]

    /// Remembers a verdict in place of an earlier one.
    ///
    /// - Parameters:
    ///   - identity: The same for the same verdict: what was remembered last for this key is not made, nor written, again.
    ///   - verdict: What is remembered; nil if there is nothing.
    func remember(_ identity: Int, for key: VerdictKey, now: Int64, _ verdict: () -> StoredVerdict?)

    /// Forgets what is known of messages, under all rules: they are gone, or have been released.
    func forget(_ uidls: [[UInt8]], of account: Account, now: Int64)

    /// Whether another message with this identifier was seen (RFC 7352). Remembers nothing.
    func isDuplicate(_ sighting: Sighting, now: Int64) async -> Bool

    /// Remembers a sighting. For each `duplicate` test that was evaluated, after the script has ended well, whatever the
    /// answer was (RFC 7352 section 3).
    func remember(_ sighting: Sighting, now: Int64)
}

extension VerdictStore {
    /// Remembers a verdict in place of an earlier one.
    package func remember(_ verdict: StoredVerdict, for key: VerdictKey, now: Int64) {
        remember(verdict.hashValue, for: key, now: now) { verdict }
    }
}

// What has to be done now and then, so that a quarantine stays within its bounds.
// Must not make room for a message that is to be kept: what is full is the caller's affair.

extension MessageQuarantine {
    /// Removes what is beyond its bounds at `now`, in microseconds from 1970 on: messages that are too old, the oldest of
    /// folders that are too large, old releases, and what writers left that were killed.
    ///
    /// - Returns: the messages that were removed
    package func keepUp(now: Int64) throws(QuarantineError) -> Expired {
        try comeBack()
        try tidy(now: now)
        try expireReleases(olderThan: limits.releaseSeconds, now: now)
        var expired = Expired()
        guard limits.expires else { return expired }
        for folder in try folders() {
            let own = limits.ofFolders[folder]
            var expiry = QuarantineExpiry()
            expiry.folder = folder
            expiry.seconds = own?.seconds ?? limits.seconds
            expiry.octets = own?.octets
            guard expiry.seconds != nil || expiry.octets != nil else { continue }
            let gone = try expire(expiry, now: now)
            expired.identifiers += gone.identifiers
            expired.octets += gone.octets
        }
        return expired
    }
}

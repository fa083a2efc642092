// What has to be done now and then, so that a quarantine stays within its bounds.
// Must not make room for a message that is to be kept: what is full is the caller's affair.

extension MessageQuarantine {
    /// Removes what is beyond its bounds at `now`, in microseconds from 1970 on: messages that are too old, the oldest of
    /// folders that are too large, old releases, and what writers left that were killed.
    ///
    /// - Parameter tell: called with what is going to go, if that is anything; what it throws keeps all of it
    /// - Returns: the messages that were removed
    @discardableResult
    package func keepUp(now: Int64, telling tell: (Expired) throws -> Void = { _ in }) throws -> Expired {
        try comeBack()
        try tidy(now: now)
        try expireReleases(olderThan: limits.releaseSeconds, now: now)
        guard limits.expires else { return Expired() }
        var surplus: [Surplus] = []
        for folder in try folders() {
            let own = limits.ofFolders[folder]
            var expiry = QuarantineExpiry()
            expiry.folder = folder
            expiry.seconds = own?.seconds ?? limits.seconds
            expiry.octets = own?.octets
            guard expiry.seconds != nil || expiry.octets != nil else { continue }
            surplus += try self.surplus(expiry, now: now)
        }
        return try remove(surplus, telling: tell)
    }
}

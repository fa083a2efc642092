// What every kind of scanner can do.
// Must not know of time-outs, retries and health: `MailScanner` has them.

/// One kind of scanner at one place: one attempt at a time.
protocol ScanEngine: Sendable {
    /// Scans a message. When the task is cancelled it ends at once, and nothing of it is left.
    ///
    /// - Parameter isRetry: a connection that was used before is not good enough.
    func scan(
        _ source: any ScanSource,
        _ circumstances: ScanCircumstances,
        isRetry: Bool
    ) async throws(UnscannedReason) -> ScanResult

    /// Asks whether it is there, cheaply; returns what answers, by name.
    func check() async throws(UnscannedReason) -> String

    /// Another text when it would judge otherwise: its version and that of its signatures, as far as it tells.
    func fingerprint() async throws(UnscannedReason) -> String
}

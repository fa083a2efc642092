// What whoever runs a script has to be ready for.
// Must not count what is known never to be run.

/// What a script may ask for, and do. What stands where it is known never to be run counts for nothing: shipped rules ask
/// with `ihave` whether there is a scanner or a quarantine, and without one they are to cost nothing.
package struct Demands: Sendable {
    package var depth = Depth.none
    package var asksSize = false
    /// An item of the environment that no scan gives.
    package var asksEnvironment = false
    package var scans: Set<ScanKind> = []
    /// `discard`, `reject`, `ereject`.
    package var mayWithhold = false
    /// `reject`, `ereject`.
    package var mayReject = false
    /// `fileinto`.
    package var mayFile = false

    mutating func formUnion(_ other: Demands) {
        depth = max(depth, other.depth)
        asksSize = asksSize || other.asksSize
        asksEnvironment = asksEnvironment || other.asksEnvironment
        scans.formUnion(other.scans)
        mayWithhold = mayWithhold || other.mayWithhold
        mayReject = mayReject || other.mayReject
        mayFile = mayFile || other.mayFile
    }
}

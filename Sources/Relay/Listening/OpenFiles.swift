// How many files and connections this process may have open, and has.
// Must not open one.

import Glibc

/// The limit of open files (RLIMIT_NOFILE).
package struct OpenFiles: Equatable, Sendable {
    /// There are too few for a relay to start.
    package struct TooFewError: Error, CustomStringConvertible {
        let limit: Int
        let needed: Int

        package var description: String {
            "this process may have \(limit) files open and needs \(needed) at least; raise the limit (LimitNOFILE=, ulimit -n)"
        }
    }

    /// What an event loop opens for itself: epoll, a timer, an event.
    private static let filesOfLoop = 3

    /// Raises this process's limit to what a relay needs. To be called before its event loops are made: without files they
    /// end the process.
    package static func prepare(loops: Int, listeners: Int, limits: RelayLimits) throws(TooFewError) {
        var files = OpenFiles.now()
        files.used += loops * filesOfLoop + listeners
        files.raise(for: limits)
        let least = files.used + limits.descriptorReserve + limits.descriptorsOfSession
        guard files.limit >= least else { throw TooFewError(limit: files.limit, needed: least) }
    }

    /// What the process may have open.
    package var limit: Int
    /// What it has open while it serves nobody.
    var used: Int
    /// What it could raise the limit to without privileges.
    var most: Int

    /// As it is now, for this process.
    package static func now() -> OpenFiles {
        var limits = rlimit()
        // Invariant: the pointer is to a local value that outlives the call.
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limits) == 0 else {
            return OpenFiles(limit: .max, used: 0, most: .max)
        }
        let limit = Int(clamping: limits.rlim_cur)
        // Before anybody is served, the numbers in use are the first ones.
        let used = (0..<Int32(min(limit, 1_024))).count { fcntl($0, F_GETFD) >= 0 }
        return OpenFiles(limit: limit, used: used, most: Int(clamping: limits.rlim_max))
    }

    /// Those of each session, and what is used and kept anyway.
    func needed(for limits: RelayLimits) -> Int {
        limits.sessions * limits.descriptorsOfSession + used + limits.descriptorReserve
    }

    /// How many sessions there are files for; at least one.
    package func sessions(_ limits: RelayLimits) -> Int {
        max(1, (limit - used - limits.descriptorReserve) / limits.descriptorsOfSession)
    }

    /// Raises the limit, so that the sessions fit or as far as it goes.
    package mutating func raise(for limits: RelayLimits) {
        let wanted = min(most, needed(for: limits))
        guard wanted > limit else { return }
        var raised = rlimit(rlim_cur: rlim_t(wanted), rlim_max: rlim_t(most))
        // Invariant: the pointer is to a local value that outlives the call.
        if unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &raised) == 0 { limit = wanted }
    }
}

extension RelayLimits {
    /// The connections of a SQLite file and what lies beside it: one that writes, four that read, two files each; one that
    /// looks whose file it is.
    private static let descriptorsOfStore = 16
    /// Folders and files of a copy that is being made, on each of the threads that do it, and of one that is removed.
    private static let descriptorsOfQuarantine = 40

    /// What else may be open at once.
    package struct Descriptors: Sendable {
        /// Rules may want more of a message than its header.
        package var holdsMessages: Bool
        /// There is a quarantine.
        package var keepsMessages: Bool
        /// There is a store.
        package var remembers: Bool
        /// Open files and connections of all scanners at most.
        package var scanners: Int
        /// Of whoever looks on or steers.
        package var windows: Int

        package init(
            holdsMessages: Bool = false,
            keepsMessages: Bool = false,
            remembers: Bool = false,
            scanners: Int = 0,
            windows: Int = 0
        ) {
            self.holdsMessages = holdsMessages
            self.keepsMessages = keepsMessages
            self.remembers = remembers
            self.scanners = scanners
            self.windows = windows
        }
    }

    /// Counts it, so that a client is let in only where it can be served.
    package mutating func reserve(_ descriptors: Descriptors) {
        if descriptors.holdsMessages || descriptors.keepsMessages { descriptorsOfSession += 1 }
        if descriptors.keepsMessages { descriptorReserve += Self.descriptorsOfQuarantine }
        if descriptors.remembers { descriptorReserve += Self.descriptorsOfStore }
        descriptorReserve += descriptors.scanners + descriptors.windows
    }
}

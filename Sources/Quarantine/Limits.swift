// The bounds of the quarantine, each with its name, default and reason.
// Must not hold anything that is not a bound.

/// How much a quarantine may hold, and how long. A sender can't fill the disk with what is held for them.
package struct QuarantineLimits: Sendable, Equatable {
    /// Octets of all messages, with their metadata. What would be more is refused with ``QuarantineError/full(_:)``. 10 GiB
    /// is some 100,000 messages of a usual size.
    package var octets = 10 << 30
    /// Messages in all. A listing holds some 60 octets of memory for each.
    package var messages = 100_000
    /// Folders in all. A rule may make their names from what a sender wrote.
    package var folders = 1_000
    /// Seconds that a message stays at most; nil: until somebody deletes it.
    package var seconds: Int64?
    /// What is set for some folders alone.
    package var ofFolders: [QuarantineFolder: OfFolder] = [:]
    /// Seconds after which a release is forgotten: 90 days. What it is about is long fetched.
    package var releaseSeconds: Int64 = 7_776_000
    /// Seconds after which a file that its writer never finished is removed: a day, where the Maildir format waits for
    /// 36 hours. No message takes that long.
    package var leftoverSeconds: Int64 = 86_400
    /// How long the sums are believed while others may add to them, such as a second relay.
    package var sumAge = Duration.seconds(60)
    /// How long "full" is believed while others may delete. Counting 100,000 names takes some tenths of a second.
    package var fullAge = Duration.seconds(1)

    package init() {}

    /// The bounds of one folder. Beyond them the oldest messages go.
    package struct OfFolder: Sendable, Equatable {
        /// Seconds that a message stays at most, whatever is set for all folders.
        package var seconds: Int64?
        /// Octets of its messages, with their metadata. Rules fill some folders faster than others: one of spam must not
        /// leave the others without room.
        package var octets: Int?

        package init(seconds: Int64? = nil, octets: Int? = nil) {
            self.seconds = seconds
            self.octets = octets
        }
    }

    /// Whether there is anything that goes by itself.
    package var expires: Bool { seconds != nil || !ofFolders.isEmpty }
}

/// What nobody sets.
extension QuarantineLimits {
    /// Octets of a folder's name on disk. File systems take 255.
    static let folderNameOctets = 240
    /// Octets of one value of the metadata: a user, a UIDL, a rule's file. RFC 1939 section 7 gives a UIDL 70, and a
    /// line of a client has at most 255 (RFC 2449 section 4).
    static let valueOctets = 1_024
    /// Octets of the metadata's block: eight values in percent-encoding, and their names.
    static let blockOctets = 32_768
    /// Octets of a message's header that are read for a listing. Servers refuse header blocks that are longer.
    static let headerOctets = 65_536
    /// Octets that are read first for a listing: most headers are shorter.
    static let firstReadOctets = 8_192
    /// Octets of a sender or a subject that a listing keeps. RFC 5322 section 2.1.1 gives a line 998.
    static let textOctets = 1_024
    /// Octets that are copied at a time.
    static let chunkOctets = 65_536
    /// Octets of one part of a release's path; see ``ReleasePath``.
    static let releaseNameOctets = 200
    /// Folders inside one another that are walked through for old releases; no path is deeper.
    static let releaseDepth = 64
    /// How often a file is looked for again that a mail program keeps renaming.
    static let searches = 3
}

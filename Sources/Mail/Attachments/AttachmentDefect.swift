// What is odd about an attached file, or kept it from being looked into, as data: a name.
// Must not judge: whether it matters is for rules to say.

/// Something about an attached file that deceives its reader, or hides it from a filter. The raw value is the name for
/// rules; it never changes.
public enum AttachmentDefect: String, Sendable, CaseIterable {
    // Names.

    /// A character that changes the direction of text in the name: `photo[U+202E]gpj.exe` is shown as `photoexe.jpg`.
    case textDirection = "text-direction"
    /// A character in the name that nobody sees: a control character, a blank without width.
    case hiddenCharacter = "hidden-character"
    /// Dots or blanks at the end of the name, which Windows leaves out when the file is saved.
    case trailingDots = "trailing-dots"
    /// Ten blanks or more in the name, which push its end out of sight.
    case manyBlanks = "many-blanks"
    /// A folder or a drive before the name.
    case path = "path"
    /// The extension of a document, a picture or an archive before another one: `invoice.pdf.exe`.
    case doubleExtension = "double-extension"
    /// More than one name for one file: readers differ on which counts.
    case differingNames = "differing-names"

    // Archives.

    /// It needs a password. The names of what is in it may be known all the same, contents are not.
    case encrypted = "encrypted"
    /// An archive that is not as its format says: cut off, or with places that lead nowhere.
    case damaged = "damaged"
    /// An archive that two readers could read differently: its directory does not tell what its files say of themselves.
    case ambiguousArchive = "ambiguous-archive"
    /// An archive of a kind, or packed in a way, that nobody here can look into.
    case unknownArchive = "unknown-archive"
    /// An archive in more archives than `Limits.archiveDepth`.
    case tooDeep = "too-deep"
    /// More files in archives than `Limits.archiveEntries`.
    case tooManyFiles = "too-many-files"
    /// More to unpack than `Limits.archiveOctets`.
    case tooLarge = "too-large"
    /// An archive that is more than `Limits.archiveRatio` times as long as it is packed.
    case tooCompressed = "too-compressed"
    /// Not all that is in it was looked at, for one of the reasons above.
    case unread = "unread"

    /// Whether there is more in an archive than was looked at.
    public var leavesUnread: Bool {
        switch self {
        case .encrypted, .damaged, .unknownArchive, .tooDeep, .tooManyFiles, .tooLarge, .tooCompressed,
            .ambiguousArchive,
            .unread:
            true
        case .textDirection, .hiddenCharacter, .trailingDots, .manyBlanks, .path, .doubleExtension, .differingNames:
            false
        }
    }

    /// Whether a limit of Mail was exceeded.
    public var exceedsLimit: Bool {
        switch self {
        case .tooDeep, .tooManyFiles, .tooLarge, .tooCompressed: true
        case .textDirection, .hiddenCharacter, .trailingDots, .manyBlanks, .path, .doubleExtension, .differingNames,
            .encrypted, .damaged, .ambiguousArchive, .unknownArchive, .unread:
            false
        }
    }
}

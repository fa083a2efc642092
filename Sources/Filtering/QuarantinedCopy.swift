// Where the original of a message is kept, as notices and the audit log name it.
// Must not know how: whoever keeps messages gives the names.

/// A copy of a message in a quarantine folder.
package struct QuarantinedCopy: Sendable, Equatable {
    /// The folder, as the rule names it.
    package var folder: String
    /// What finds it again; printable US-ASCII.
    package var identifier: String

    package init(folder: String, identifier: String) {
        self.folder = folder
        self.identifier = identifier
    }
}

// The bounds of what Popsieve writes by itself: of notices, reply lines and the audit line's lists, each with its reason.
// Must not hold a bound of rules or of reading mail: Sieve and Mail have theirs.

/// Bounds of texts that a stranger's message or a rule goes into. What is longer is cut, and ends with an ellipsis.
enum TextLimits {
    /// Characters of a line that tells of a message: a subject, a sender, a file's name. A screen shows no more.
    static let line = 200
    /// Characters of a line of the reason for a rejection, as it stands in a notice: as wide as mail is written.
    static let noticeLine = 80
    /// Lines of that reason.
    static let noticeLines = 20
    /// Octets of a line of a notice (RFC 5322 section 2.1.1), its line end not counted.
    static let lineOctets = 998
    /// Characters of a line of a site's own texts of notices.
    static let noticeTemplateLine = 500
    /// Lines of a file of such texts; the standard one has a tenth of them.
    static let noticeFileLines = 1_000
    /// Faults of such a file that are told.
    static let noticeFaults = 20
    /// Octets of a date that a notice takes over; one with a weekday, seconds and a zone has 31, some have a comment.
    static let date = 64
    /// Octets of a sender that a notice takes over: several people with their names.
    static let from = 512
    /// Octets of an identifier that a notice takes over; programs make them of some 30 to 80.
    static let identifier = 250
    /// Header edits that a verdict names; a message with thousands of forged fields does not fill the log.
    static let edits = 32
    /// Characters of the name of an edited field.
    static let fieldName = 100
}

// The bounds of scanning, each with its name, default and reason.
// Must not hold anything that is not a bound.

/// The bounds that a setting can change, for each scanner.
public struct ScanLimits: Sendable, Equatable {
    /// From the question to the answer, with a retry. Mail clients wait for a minute or more; a filter that keeps them
    /// waiting is turned off.
    public var timeout = Duration.seconds(40)
    /// Until a connection stands. A scanner is near; what takes longer is a firewall that swallows packets.
    public var connecting = Duration.seconds(5)
    /// Scans at once: clamd's own default is 10 threads, spamd's 5 children.
    public var parallel = 8
    /// Scans that wait for one of those to end; what is beyond is `busy` at once.
    public var waiting = 256
    /// How long one waits.
    public var patience = Duration.seconds(20)
    /// Failures in a row after which the scanner is left alone. A restart that breaks two scans is no outage.
    public var failures = 3
    /// How long it is left alone until it is asked whether it is there again.
    public var pause = Duration.seconds(5)
    /// Until a question that is no scan is answered.
    public var probing = Duration.seconds(5)
    /// Octets of the largest message that is offered; nil is what the kind of scanner takes by default.
    public var message: Int?
    /// Octets of memory that a command, and each process that it starts, may ask for; a signature set fits, a bomb does not.
    public var memory = 2 * 1024 * 1024 * 1024

    /// The defaults.
    public init() {}
}

/// The bounds of what scanners may say.
enum Limits {
    /// Octets that are read from the message and sent at a time. What a socket takes at once.
    static let piece = 64 * 1024
    /// Octets of the largest message for clamd. It passes what is larger than its MaxFileSize (100 MiB by default)
    /// without a look, and does not tell what that is; so less than that is offered.
    static let clamdMessage = 100_000_000
    /// Octets of the largest message for spamd: what its own client offers by default. Spam is small, and SpamAssassin slow.
    static let spamdMessage = 500 * 1024
    /// Octets of the largest message for rspamd: its own bound by default.
    static let rspamdMessage = 50 * 1024 * 1024
    /// Octets of the largest message for a command. It is started for each, and reads it at leisure.
    static let commandMessage = 100_000_000
    /// Octets of a clamd reply; names have a hundred.
    static let clamdReply = 4 * 1024
    /// Octets of a spamd or rspamd reply: reports and symbols of a bad message have 20,000.
    static let reply = 1024 * 1024
    /// Octets that a command may write. Its line has a few hundred.
    static let commandOutput = 64 * 1024
    /// Open files of a command that is started: two pipes with two ends each, and what goes nowhere.
    static let commandDescriptors = 5
    /// Octets of a line of a spamd header.
    static let line = 1024
    /// Lines of a spamd header, which has four; announcements before an HTTP response, which has one at most.
    static let headerLines = 32
    /// Names and symbols that are kept of one scan. The verdict counts them all, a header field need not.
    static let names = 64
    /// Characters of a name.
    static let name = 128
    /// Characters of a sentence that a scanner or the system says.
    static let words = 200
    /// Characters of a report.
    static let report = 16 * 1024
    /// Scans on one clamd session. A session that lasts for ever would keep a reload of its signatures waiting.
    static let scansPerSession = 1000
}

// Every bound of the Sieve engine in one place: name, default, reason.
// Must not let settings reach what no one would ever set: that is fixed, at the end of the file.

/// What a script and its evaluation may use. Beyond a compile-time bound there is an error with its line; beyond
/// a run-time bound the evaluation ends with a failure that names the bound, and the message is kept.
public struct Limits: Sendable {
    /// Octets of one script. Hand-written scripts stay far below; the rest is an accident or an attack.
    public var scriptSize = 1 << 20
    /// Octets of one string. A whole script could be one string, so it is the same bound.
    public var stringLength = 1 << 20
    /// Strings of one list. Address lists in scripts reach thousands.
    public var listLength = 10_000
    /// Arguments of one command, tags and their values counted. No command takes half as many.
    public var arguments = 32
    /// Blocks within blocks. RFC 5228 section 2.10.7 asks for 15; the compiler recurses once for each.
    public var blockNesting = 32
    /// Tests within tests. RFC 5228 section 2.10.7 asks for 15; the compiler recurses once for each.
    public var testNesting = 32
    /// Loops over parts within loops over parts: what RFC 5703 section 3 could ask of a script.
    public var partLoops = 4
    /// Errors reported for one script before the compiler gives up. More than that no one reads.
    public var errors = 100
    /// Variables of one script. RFC 5229 section 6 asks for 128.
    public var variables = 255
    /// Characters of a variable's name. RFC 5229 section 6 asks for 32.
    public var variableNameLength = 64
    /// Octets of a variable's value; a longer one is cut. RFC 5229 section 6 asks for 4000 characters.
    public var variableSize = 4096
    /// The highest match variable. RFC 5229 section 6 asks for nine.
    public var matchVariables = 32
    /// Octets of a string after its variables are put in.
    public var expandedLength = 1 << 20
    /// Instructions of one evaluation. Sieve has no loops, so only includes and parts repeat any.
    public var instructions = 1_000_000
    /// Octets of header and key read and compared in one evaluation. What hostile wildcards and values can cost in all.
    public var comparedOctets = 50_000_000
    /// Steps of one regular expression on one value: some milliseconds, far beyond what honest patterns need.
    public var regexSteps: UInt32 = 250_000
    /// Processor time of one script on one message, where whoever runs it has a clock (`MessageContext.processorTime`).
    /// Thousands of honest tests take some milliseconds; a relay's other sessions wait meanwhile.
    public var time = Duration.seconds(1)
    /// Actions of one message. More is a mistake (RFC 5228 section 2.10.4).
    public var actions = 32
    /// Redirects of one message. RFC 5228 section 10 asks for a bound.
    public var redirects = 4
    /// Octets that header edits may add to one message.
    public var addedHeaderSize = 64 << 10
    /// Octets of the value of one added field. RFC 5293 section 4 asks for 998.
    public var headerValueLength = 2048
    /// Header edits of one message, deletions included.
    public var headerEdits = 256
    /// Uses of `replace` and `enclose` on one message; each may hold as much as a string.
    public var rewrites = 32
    /// Octets of a reason for rejecting. It is shown in one line.
    public var reasonLength = 4096
    /// Scripts included within one another.
    public var includeNesting = 10
    /// Scripts included by one script, all told.
    public var includes = 255
    /// Lines of `vnd.dovecot.debug` output for one message.
    public var debugLines = 100

    /// The defaults.
    public init() {}
}

/// What nobody sets.
extension Limits {
    /// Octets of the name of an included script: 128 characters are what servers must take (RFC 5804 section 1.6).
    static let scriptNameLength = 128
    /// Octets that are looked at to tell a size as people write it elsewhere, such as `1.5 MB`.
    static let foreignSizeLength = 64
    /// Errors without a good command before them, beyond which a file is taken for another kind of file, and how many of
    /// them are shown then: nobody fixes a letter word by word.
    static let foreignErrors = 10
    static let shownForeignErrors = 3
    /// Octets of a word to which a similar one is looked for, and how much longer or shorter that may be.
    static let suggestibleLength = 64
    static let suggestibleDifference = 4
    /// Steps that may take long, and instructions, between two readings of the clock: a reading costs as much as some
    /// tests, and a step takes a millisecond at most.
    static let stepsBetweenReadings = 8
    static let instructionsBetweenReadings = 1_000
    /// Regular expressions that a text must be asked by to be scanned for what they require: fewer are matched in the
    /// same time.
    static let scannedPatterns = 3
    /// Octets of decoded text that are kept for later tests while a script runs. That of larger messages is decoded again
    /// by each test that may match.
    static let keptText = 4 << 20
    /// Names that a scanner gave which an item of the environment has, and octets of all: a header field's line or two.
    static let scanNames = 64
    static let scanTextLength = 1_024
    /// Texts that a trace shows of a test that fails, and characters of each.
    static let tracedTexts = 3
    static let tracedTextLength = 160
    /// Elements of a list, and characters of a string, that a command is shown with.
    static let shownElements = 6
    static let shownStringLength = 80
}

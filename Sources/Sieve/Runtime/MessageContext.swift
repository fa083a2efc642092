// What is known of a message beside its header, and of the circumstances it is filtered in.
// Must not hold anything that a script can change.

public import Mail

/// The circumstances of a message; what is nil is not known.
public struct MessageContext: Sendable {
    /// The octets of the whole message, if known.
    public var size: Int?
    /// Names of defects that whoever read the message's lines has found and repaired: `bare-lf`, `bare-cr`.
    public var defects: [String] = []
    /// The same behind the header block.
    public var bodyDefects: [String] = []
    /// The whole message, header and body, if it is at hand.
    public var message: MessageOctets?
    /// The envelope's sender, empty for the null reverse-path.
    public var envelopeFrom: [UInt8]?
    /// The envelope's recipient.
    public var envelopeTo: [UInt8]?
    /// The recipient before any rewriting.
    public var envelopeOriginalTo: [UInt8]?
    /// The name the sender logged in with.
    public var envelopeAuth: [UInt8]?
    /// What stands between user and detail in a local part (RFC 5233 section 4).
    public var addressSeparator = Self.plus
    /// Items for the environment test by name, beside those that the engine knows by itself (RFC 5183).
    public var environment: [String: String] = [:]
    /// The current time in seconds since 1970, for `currentdate` (RFC 5260 section 5).
    public var time: Int64?
    /// The local time zone in minutes east of UTC.
    public var timeZone = 0
    /// Header fields that scripts must not add, in lower case; attempts have no effect (RFC 5293 section 6).
    public var unaddableFields: Set<String> = []
    /// Header fields that scripts must not delete, in lower case; attempts have no effect.
    public var undeletableFields: Set<String> = []
    /// How spamtest and virustest read their scores from header fields.
    public var scores: ScoreSettings {
        get { sharedScores.settings }
        set { sharedScores = SharedScores(settings: newValue) }
    }
    /// What scanners have said already, for this message.
    public var scans: [ScanKind: ScanReport] = [:]

    /// Tells how much processor time has been used, counted from anywhere; without it `Limits.time` is no bound.
    public var processorTime: (@Sendable () -> Duration)?

    /// The same for all messages, and larger than the rest: it is not copied with each.
    private var sharedScores = SharedScores.usual

    private final class SharedScores: Sendable {
        static let usual = SharedScores(settings: ScoreSettings())

        let settings: ScoreSettings

        init(settings: ScoreSettings) { self.settings = settings }
    }

    /// Made once for all messages.
    private static let plus = [UInt8(ascii: "+")]

    /// The field that rules can always add and delete, whatever settings say (RFC 5293 section 6); in lower case.
    public static let alwaysEditableField = "subject"

    /// Nothing is known.
    public init() {}
}

/// The same for all scripts that run on a message: it is larger than much of what they do.
public final class SharedContext: Sendable {
    /// What is known when they begin.
    public let context: MessageContext
    /// What each of them may use; beyond a limit it fails.
    public let limits: Limits

    /// Takes what counts for all of them.
    public init(_ context: MessageContext, limits: Limits = Limits()) {
        self.context = context
        self.limits = limits
    }
}

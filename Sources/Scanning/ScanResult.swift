// What a scanner says of a message.
// Must not turn what is unknown into "clean".

/// What one scanner found. A message that nobody looked at is never `clean`.
public enum ScanResult: Sendable, Equatable {
    /// It was scanned whole, and nothing was found.
    case clean
    /// What was found in it, by the scanner's names; at least one.
    case infected([String])
    /// How much it looks like spam.
    case scored(SpamScore)
    /// It was not scanned, or not whole.
    case unscanned(UnscannedReason)
}

/// How much a message looks like spam, as the scanner counts.
public struct SpamScore: Sendable, Equatable {
    /// The scanner's own points; may be negative.
    public var score: Score
    /// The score that the scanner measures by, if it tells one: spamd's limit, rspamd's lowest one for spam.
    public var threshold: Score?
    /// What the scanner says, which a rule of its own can bring about at any score.
    public var isSpam: Bool
    /// The scanner's rules that matched, with their points if the scanner tells them; cut to a bound.
    public var symbols: [Symbol]
    /// The scanner's explanation for people, if it gives one; cut to a bound.
    public var report: String?

    /// A rule that matched.
    public struct Symbol: Sendable, Equatable {
        /// The rule's name in the scanner's rule set.
        public var name: String
        /// The points that it brought, if the scanner tells them.
        public var score: Score?

        /// A rule by name.
        public init(name: String, score: Score?) {
            self.name = name
            self.score = score
        }
    }

    /// What a scanner said.
    public init(score: Score, threshold: Score?, isSpam: Bool, symbols: [Symbol] = [], report: String? = nil) {
        self.score = score
        self.threshold = threshold
        self.isSpam = isSpam
        self.symbols = symbols
        self.report = report
    }

    /// From 0 to 100 for `spamtest :percent` (RFC 5235 section 2.3): the score's part of the threshold, and 100 for
    /// what the scanner calls spam and for nothing else.
    public var percent: Int {
        if isSpam { return 100 }
        guard let threshold, threshold.thousandths > 0, score.thousandths > 0 else { return 0 }
        let share = score.thousandths.multipliedReportingOverflow(by: 100)
        return share.overflow ? 99 : min(99, share.partialValue / threshold.thousandths)
    }
}

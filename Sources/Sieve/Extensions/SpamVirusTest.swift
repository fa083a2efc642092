// spamtest, spamtestplus, virustest (RFC 5235): the judgement of a scanner, as it tells it or as a header field does.
// Must not believe a field unless settings name it.

import Mail
import Patterns

/// How a score stands in a header field, in the manner of Pigeonhole's settings.
public struct ScoreSource: Sendable {
    /// How the value says the score.
    public enum Kind: String, Sendable, CaseIterable {
        /// It is a number.
        case score
        /// It has as many characters as points.
        case strlen
        /// It is a word for each result.
        case text
    }

    /// The header field.
    public var field: String
    /// A regular expression whose first group is the score; without one the whole value is.
    public var pattern: String? { didSet { compiledPattern = Self.compiled(pattern) } }
    /// How the score is said.
    public var kind = Kind.score
    /// The score that is the worst.
    public var maximum: Double?
    /// A header field that holds the worst score, with a regular expression as above.
    public var maximumField: String?
    /// The regular expression for `maximumField`.
    public var maximumPattern: String? { didSet { compiledMaximumPattern = Self.compiled(maximumPattern) } }
    /// The words for the results of RFC 5235, 0 to 10 or 0 to 5, if the kind is `text`.
    public var words: [Int: String] = [:]

    // Compiled when the settings are read, not for each message.
    private(set) var compiledPattern: Pattern?
    private(set) var compiledMaximumPattern: Pattern?

    /// Reads scores from the header field `field`.
    public init(field: String) { self.field = field }

    private static func compiled(_ pattern: String?) -> Pattern? {
        pattern.flatMap { try? RegularExpression.pattern(Array($0.utf8), ignoringCase: true) }
    }
}

/// Where spamtest and virustest find their scores; nil where there is none.
public struct ScoreSettings: Sendable {
    /// For `spamtest`.
    public var spam: ScoreSource?
    /// For `virustest`.
    public var virus: ScoreSource?
    /// What a scanner is asked for. Its word counts, and no header field's.
    public var scans: Set<ScanKind> = []

    /// No source is known: every test says "not tested".
    public init() {}
}

extension Extension {
    static let spamtest = Extension(capability: "spamtest", definitions: [.spamtest])
    static let spamtestplus = Extension(capability: "spamtestplus")
    static let virustest = Extension(capability: "virustest", definitions: [.virustest])
}

extension Definition {
    fileprivate static let spamtest = Definition(
        name: "spamtest",
        kind: .test,
        capabilities: ["spamtest", "spamtestplus"],
        tags: [TagDefinition("percent", capability: "spamtestplus")] + .matching,
        parameters: [Parameter("value", .string)]
    ) { unit, call throws(CompileError) in
        try unit.emit(scoreTest: call, of: call.has("percent") ? .spamPercent : .spam, .spam)
    }

    fileprivate static let virustest = Definition(
        name: "virustest",
        kind: .test,
        capabilities: ["virustest"],
        tags: .matching,
        parameters: [Parameter("value", .string)]
    ) { unit, call throws(CompileError) in
        try unit.emit(scoreTest: call, of: .virus, .virus)
    }
}

extension CompilationUnit {
    fileprivate mutating func emit(
        scoreTest call: Call,
        of subject: ScoreTest.Subject,
        _ kind: ScanKind
    ) throws(CompileError) {
        let comparison = try Comparison(call, keys: call.positional[0], in: &self)
        let asksScanner = options.scans.contains(kind)
        if asksScanner { demands.scans.insert(kind) }
        emit(ScoreTest(subject: subject, asksScanner: asksScanner, comparison: comparison))
    }
}

private struct ScoreTest: Condition {
    enum Subject: Sendable {
        case spam
        case spamPercent
        case virus
    }

    let subject: Subject
    /// Whether a scanner tells the score; else a header field does.
    let asksScanner: Bool
    let comparison: Comparison

    var depth: Depth { asksScanner ? .scan : .header }

    func holds(in machine: inout Machine) throws(Interruption) -> Bool {
        let score = asksScanner ? try reportedScore(in: &machine) : try fieldScore(in: &machine)
        if comparison.counts { return try comparison.matches(count: score == nil ? 0 : 1, in: &machine) }
        return try comparison.matches(Array(String(value(of: score)).utf8), in: &machine)
    }

    private func reportedScore(in machine: inout Machine) throws(Interruption) -> Score? {
        switch try machine.report(of: subject == .virus ? .virus : .spam) {
        case .unscanned: nil
        case .virus(let level, _): .result(level.rawValue)
        case .spam(_, _, isSpam: true?, _): .result(10)
        case .spam(let points, let worst, let isSpam, _):
            // What is no number above 0 is 0 points: the report was checked.
            worst.flatMap(Points.init).map { worst in
                isSpam == nil
                    ? .share(Points(points) ?? Points(0), of: worst) : .ham(Points(points) ?? Points(0), of: worst)
            } ?? .result(1)
        }
    }

    private func fieldScore(in machine: inout Machine) throws(Interruption) -> Score? {
        let source = subject == .virus ? machine.context.scores.virus : machine.context.scores.spam
        return try source.flatMap { source throws(Interruption) in try machine.score(from: source, of: subject) }
    }

    /// The value that RFC 5235 gives for a score between 0 and 1; 0 if nothing was tested.
    private func value(of score: Score?) -> Int {
        switch (score, subject) {
        case (nil, _): 0
        case (.result(let result), .spamPercent): result == 0 ? 0 : (result - 1) * 100 / 9
        case (.result(let result), _): result
        case (.share(let points, let worst), .spamPercent): points.share(of: worst, in: 100)
        case (.share(let points, let worst), .spam): points.share(of: worst, in: 9) + 1
        case (.share(let points, let worst), .virus): points.share(of: worst, in: 4) + 1
        case (.ham(let points, let worst), .spamPercent): min(99, points.share(of: worst, in: 100))
        case (.ham(let points, let worst), _): min(9, points.share(of: worst, in: 9) + 1)
        }
    }
}

private enum Score {
    /// A share of the worst score.
    case share(Points, of: Points)
    /// The same where the scanner says that it is not the worst.
    case ham(Points, of: Points)
    /// A result of RFC 5235 itself.
    case result(Int)
}

extension Machine {
    /// The score that a header field tells; nil if it tells none.
    fileprivate mutating func score(
        from source: ScoreSource,
        of subject: ScoreTest.Subject
    ) throws(Interruption) -> Score? {
        guard let value = try capture(source.field, source.pattern, source.compiledPattern) else { return nil }
        if source.kind == .text {
            let word = source.words.first { Array($0.value.utf8).isSameIgnoringCase(as: value) }
            return word.map { .result($0.key) }
        }
        let maximum = try source.maximumField.flatMap { field throws(Interruption) in
            try capture(field, source.maximumPattern, source.compiledMaximumPattern).flatMap(Points.init)
        }
        guard let worst = maximum ?? source.maximum.flatMap(Points.init), worst.isPositive else { return nil }
        let points = source.kind == .strlen ? Points(value.count) : Points(value)
        return points.map { .share($0, of: worst) }
    }

    /// The first group of a pattern in the first field of a name, or its whole value.
    private mutating func capture(
        _ name: String,
        _ pattern: String?,
        _ compiled: Pattern?
    ) throws(Interruption) -> [UInt8]? {
        let octets = Array(name.utf8)
        guard let field = header.fields.first(where: { header.hasName(octets, $0) }) else { return nil }
        let value = header.decodedValue(of: field)
        if pattern == nil { return value }
        guard let compiled else { throw .failed("the regular expression of the score in '\(name)' is invalid") }
        guard let groups = try firstMatch(of: compiled, in: value) else { return nil }
        return Array(value[groups.count > 1 ? groups[1] : groups[0]])
    }
}

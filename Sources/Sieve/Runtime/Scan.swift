// What a scanner says of a message, and how scripts see it.
// Must not ask a scanner: whoever runs the script does, and answers.

/// What a message is looked at for.
public enum ScanKind: String, Sendable, Hashable, CaseIterable {
    case spam
    case virus
}

/// The results of virustest (RFC 5235 section 3.3) of a message that was tested.
public enum VirusLevel: Int, Sendable, CaseIterable {
    case clean = 1
    /// There was one; harmless content is in its place.
    case replaced = 2
    /// There was one; it is harmless now.
    case cured = 3
    /// There may be one.
    case suspected = 4
    case infected = 5
}

/// The answer to `Need.scan`.
public enum ScanReport: Sendable, Equatable {
    /// So many points, and the names of what they were given for. `isSpam` is the scanner's word, if it gives one, and counts
    /// whatever the points are; else `worst` or more of them make the worst result. Nil for `worst`: the scanner has none.
    case spam(points: Double, worst: Double?, isSpam: Bool? = nil, symbols: [String])
    /// What was found, by the names that the scanner gives to it.
    case virus(VirusLevel, names: [String])
    /// Nobody looked, and why. No test takes it for clean.
    case unscanned(ScanKind, reason: String)

    /// What it is the answer to.
    public var kind: ScanKind {
        switch self {
        case .spam: .spam
        case .virus: .virus
        case .unscanned(let kind, _): kind
        }
    }

    /// Why nobody looked; nil if somebody did.
    public var reasonUnscanned: String? {
        if case .unscanned(_, let reason) = self { reason } else { nil }
    }

    /// The same, if it says something: a score that is no number says nothing.
    var checked: ScanReport {
        guard case .spam(let points, let worst, let isSpam, _) = self else { return self }
        let isNumber = points.isFinite && worst.map { $0.isFinite && $0 > 0 } ?? (isSpam != nil)
        return isNumber ? self : .unscanned(.spam, reason: "the scanner's score is no number")
    }
}

/// An item of the environment that a scan gives.
enum ScanItem: String, CaseIterable, Sendable {
    case spamScore = "vnd.popsieve.spam-score"
    case spamThreshold = "vnd.popsieve.spam-threshold"
    case spamSymbols = "vnd.popsieve.spam-symbols"
    case spamUnscanned = "vnd.popsieve.spam-unscanned"
    case virus = "vnd.popsieve.virus"
    case virusUnscanned = "vnd.popsieve.virus-unscanned"

    /// The item that a script calls `name`; in the name of a variable, an underscore stands for a hyphen.
    init?(name: String) { self.init(rawValue: name.lowercased().replacing("_", with: "-")) }

    /// The scan that it is of.
    var kind: ScanKind {
        switch self {
        case .spamScore, .spamThreshold, .spamSymbols, .spamUnscanned: .spam
        case .virus, .virusUnscanned: .virus
        }
    }

    /// Its text, as it may stand in a header field; nil if the report has none.
    func text(of report: ScanReport) -> String? {
        switch (self, report) {
        case (.spamScore, .spam(let points, _, _, _)): Self.decimal(points)
        case (.spamThreshold, .spam(_, let worst, _, _)): worst.map(Self.decimal)
        case (.spamSymbols, .spam(_, _, _, let symbols)): Self.line(symbols)
        case (.virus, .virus(_, let names)): names.isEmpty ? nil : Self.line(names)
        case (.spamUnscanned, .unscanned(_, let reason)), (.virusUnscanned, .unscanned(_, let reason)):
            Self.line([reason])
        case (.spamScore, _), (.spamThreshold, _), (.spamSymbols, _), (.spamUnscanned, _), (.virus, _),
            (.virusUnscanned, _):
            nil
        }
    }

    /// A number with three digits behind the point at most.
    private static func decimal(_ number: Double) -> String {
        let rounded = (number * 1_000).rounded() / 1_000
        return rounded == rounded.rounded() && abs(rounded) < 1e15 ? "\(Int(rounded))" : "\(rounded)"
    }

    /// Names in one line; what a scanner took from a hostile message begins no other.
    private static func line(_ names: [String]) -> String {
        let whole = names.prefix(Limits.scanNames).joined(separator: ", ").utf8
        let line = Array(whole.prefix(Limits.scanTextLength)).map { $0 < 0x20 || $0 == 0x7F ? .space : $0 }
        return line.wholeCharacters(upTo: Limits.scanTextLength - 1).text
    }
}

extension Machine {
    /// What a scanner says; asks if it has not been asked for this message.
    mutating func report(of kind: ScanKind) throws(Interruption) -> ScanReport {
        guard let report = scans[kind] else { throw .needs(.scan(kind)) }
        askedScans.insert(kind)
        return report
    }

    /// The scans that this script asked for in vain, and why.
    var unscanned: [ScanKind: String] {
        if askedScans.isEmpty { return [:] }
        var reasons: [ScanKind: String] = [:]
        for kind in askedScans { reasons[kind] = scans[kind]?.reasonUnscanned }
        return reasons
    }
}

// What all scanners together found in one message.
// Must not let one that is clean outweigh one that did not look.

/// What a scanner looks for.
public enum ScanSubject: Sendable, Hashable, CaseIterable {
    /// Viruses, for `virustest`.
    case viruses
    /// Spam, for `spamtest`.
    case spam
}

/// The results of scanners by name, and what they come to.
public struct Findings: Sendable, Equatable {
    /// One scanner's result.
    public struct Finding: Sendable, Equatable {
        /// The scanner's name.
        public var scanner: String
        /// What it was asked for.
        public var subjects: Set<ScanSubject>
        /// What it said.
        public var result: ScanResult

        /// One scanner's result.
        public init(scanner: String, subjects: Set<ScanSubject>, result: ScanResult) {
            self.scanner = scanner
            self.subjects = subjects
            self.result = result
        }
    }

    /// In the order of the settings; each scanner once.
    public private(set) var all: [Finding]

    /// No scanner was asked yet, or these were.
    public init(_ all: [Finding] = []) { self.all = all }

    /// What a scanner said, if it was asked.
    public func result(of scanner: String) -> ScanResult? { all.first { $0.scanner == scanner }?.result }

    /// Adds those of scanners that are not in it.
    public mutating func add(_ more: Findings) {
        all += more.all.filter { finding in result(of: finding.scanner) == nil }
    }

    /// Viruses: what the first that found some found; else why one did not look; else clean. Nil if nobody was asked.
    public var viruses: ScanResult? {
        let asked = all.filter { $0.subjects.contains(.viruses) }.map(\.result)
        let infected = asked.first { if case .infected = $0 { true } else { false } }
        return infected ?? asked.first(where: \.isUnscanned) ?? (asked.isEmpty ? nil : .clean)
    }

    /// Spam: of those that call it spam, and else of all, the one nearest to its threshold, or beyond it; but why one did not
    /// look, if none calls it spam. Nil if nobody was asked.
    public var spam: ScanResult? {
        let asked = all.filter { $0.subjects.contains(.spam) }.map(\.result)
        let scores = asked.compactMap(\.score).sorted { left, right in
            (left.percent, left.score) > (right.percent, right.score)
        }
        if let highest = scores.first, highest.isSpam { return .scored(highest) }
        return asked.first(where: \.isUnscanned) ?? scores.first.map { .scored($0) } ?? (asked.isEmpty ? nil : .clean)
    }

    /// Environment items for rules (RFC 5183), as in `vnd.popsieve.scan.clamd.names`; each is one line.
    ///
    /// | item | value |
    /// | --- | --- |
    /// | `result` | `clean`, `infected`, `spam`, `ham` or `unscanned` |
    /// | `names` | what was found, or the rules that matched, as a list with commas |
    /// | `score`, `threshold` | points |
    /// | `symbols` | rules with their points, as in `GTUBE=1000.0,OTHER` |
    /// | `reason` | why it was not scanned |
    public var environment: [String: String] {
        var items: [String: String] = [:]
        for finding in all {
            for (item, value) in finding.result.items { items["vnd.popsieve.scan.\(finding.scanner).\(item)"] = value }
        }
        return items
    }
}

extension ScanResult {
    /// Whether nobody looked.
    public var isUnscanned: Bool { if case .unscanned = self { true } else { false } }

    /// The score, if there is one.
    public var score: SpamScore? { if case .scored(let score) = self { score } else { nil } }

    /// Whether something was found: a virus, or spam.
    public var isPositive: Bool {
        switch self {
        case .infected: true
        case .scored(let score): score.isSpam
        case .clean, .unscanned: false
        }
    }

    fileprivate var items: [String: String] {
        switch self {
        case .clean: ["result": "clean"]
        case .infected(let names): ["result": "infected", "names": names.joined(separator: ",")]
        case .unscanned(let reason): ["result": "unscanned", "reason": reason.description]
        case .scored(let score):
            [
                "result": score.isSpam ? "spam" : "ham", "score": score.score.description,
                "threshold": score.threshold?.description, "names": score.symbols.map(\.name).joined(separator: ","),
                "symbols": score.symbols.map(\.description).joined(separator: ","),
            ].compactMapValues(\.self)
        }
    }
}

extension SpamScore.Symbol: CustomStringConvertible {
    /// `GTUBE=1000.0`, or the name alone.
    public var description: String { score.map { "\(name)=\($0)" } ?? name }
}

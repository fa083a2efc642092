// A verdict as it is remembered from one session to the next, in a form that outlives the program.
// Must not be taken for a verdict on another message, nor hold one that came about without a look at all of it.

import FoundationEssentials
package import Sieve

/// What was found out about a message that rules wanted to see whole.
package struct RememberedVerdict: Codable, Hashable, Sendable {
    /// Of this form; others are not understood, and the message is judged anew.
    private static let format = 2

    private var format = Self.format
    /// A digest of the header block as it came: servers give a UIDL to another message sometimes.
    private var header: Data
    /// A digest of all of it: a verdict is carried out on a message that is the same to the last octet, but for TOP. Nil
    /// if it is for TOP only.
    private var message: Data?
    private var outcome: Outcome
    private var reason: String?
    private var depth: Int
    /// What the rules have made of the header block; nil if no octet is another.
    private var edited: HeaderDifference?
    /// The message was rewritten as a whole, which is done again whenever it is fetched.
    private var isRewritten: Bool
    /// What the client got in its place.
    private var notice: Data?
    private var matches: [Match]
    private var edits: [String]
    private var defects: [String]
    private var folders: [String]
    private var placed: [Copy]
    fileprivate var scans: [Report]

    private enum Outcome: String, Codable { case keep, discard, reject }

    private struct Match: Codable, Hashable {
        var file: String
        var line: Int
        var action: String
    }

    private struct Copy: Codable, Hashable {
        var folder: String
        var identifier: String
    }

    fileprivate struct Report: Codable, Hashable {
        var points: Double?
        var worst: Double?
        var isSpam: Bool?
        var level: Int?
        var names: [String]
    }

    /// - Parameters:
    ///   - verdict: what the rules said
    ///   - depth: how deep they looked for it
    ///   - copies: where the original is
    ///   - reports: what scanners said
    ///   - notice: what the client got in the message's place
    ///   - header: the header block as it came
    ///   - digests: of `header`, and of the whole message where that is to be known again
    /// - Returns: nil for what must be judged anew: a rule failed, or nobody could look at the message.
    package init?(
        _ verdict: Verdict,
        depth: Depth,
        copies: [QuarantinedCopy],
        reports: [ScanKind: ScanReport],
        notice: [UInt8]?,
        header: [UInt8],
        digests: (header: [UInt8], message: [UInt8]?)
    ) {
        guard verdict.failure == nil, verdict.unscanned.isEmpty, !verdict.isReleased else { return nil }
        self.header = Data(digests.header)
        message = digests.message.map { Data($0) }
        switch verdict.outcome {
        case .keep: outcome = .keep
        case .discard: outcome = .discard
        case .reject(let reason):
            outcome = .reject
            self.reason = reason
        }
        self.depth = depth.rawValue
        if let edited = verdict.header {
            guard let difference = HeaderDifference(from: header, to: edited) else { return nil }
            self.edited = difference
        }
        isRewritten = verdict.message != nil
        self.notice = notice.map { Data($0) }
        matches = verdict.matches.map { Match(file: $0.file, line: $0.line, action: $0.action) }
        edits = verdict.edits
        defects = verdict.defects
        folders = verdict.quarantine
        placed = copies.map { Copy(folder: $0.folder, identifier: $0.identifier) }
        scans = reports.values.compactMap { Report($0) }
    }

    // MARK: Its lasting form

    /// Nil where it has none.
    package var payload: [UInt8]? {
        guard let data = try? JSONEncoder().encode(self) else { return nil }
        return [UInt8](data)
    }

    /// Nil where it is not understood.
    package init?(payload: [UInt8]) {
        guard let read = try? JSONDecoder().decode(Self.self, from: Data(payload)), read.format == Self.format else {
            return nil
        }
        self = read
    }

    // MARK: What it says

    /// Whether it is about a message with this digest of its header block.
    package func isAbout(header digest: [UInt8]) -> Bool { header == Data(digest) }

    /// Whether it is about the message with this digest.
    package func isAbout(message digest: [UInt8]) -> Bool { message == Data(digest) }

    /// Where the original is.
    package var copies: [QuarantinedCopy] {
        placed.map { QuarantinedCopy(folder: $0.folder, identifier: $0.identifier) }
    }

    /// What scanners said, so that they need not be asked again.
    package var reports: [ScanKind: ScanReport] {
        scans.reduce(into: [:]) { reports, scan in
            if let report = scan.report { reports[report.kind] = report }
        }
    }

    /// How deep the rules looked.
    package var judgedDepth: Depth { Depth(rawValue: depth) ?? .body }

    /// The verdict on a message with this header block; nil where the whole message is needed to carry it out.
    package func verdict(on header: [UInt8]) -> Verdict? {
        if isRewritten { return nil }
        var verdict = Verdict()
        switch outcome {
        case .keep: break
        case .discard: verdict.outcome = .discard
        case .reject: verdict.outcome = .reject(reason ?? "")
        }
        if outcome != .keep {
            guard let notice else { return nil }
            verdict.rememberedNotice = [UInt8](notice)
        }
        if let edited {
            guard let header = edited.applied(to: header) else { return nil }
            verdict.header = header
        }
        verdict.matches = matches.map { RuleMatch(file: $0.file, line: $0.line, action: $0.action) }
        verdict.edits = edits
        verdict.defects = defects
        verdict.quarantine = folders
        return verdict
    }
}

extension RememberedVerdict.Report {
    /// Nil for what nobody has looked at.
    fileprivate init?(_ report: ScanReport) {
        switch report {
        case .spam(let points, let worst, let isSpam, let symbols):
            guard points.isFinite, worst?.isFinite ?? true else { return nil }
            self.init(points: points, worst: worst, isSpam: isSpam, names: symbols)
        case .virus(let level, let names): self.init(level: level.rawValue, names: names)
        case .unscanned: return nil
        }
    }

    fileprivate var report: ScanReport? {
        if let points { return .spam(points: points, worst: worst, isSpam: isSpam, symbols: names) }
        return level.flatMap { VirusLevel(rawValue: $0) }.map { .virus($0, names: names) }
    }
}

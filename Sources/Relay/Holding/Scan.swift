// Scanners' findings as rules see them, and held messages as scanners read them.
// Must not take what is unknown for clean.

import Mail
import NIOCore
package import Scanning
package import Sieve

extension ScanKind {
    package var subject: ScanSubject {
        switch self {
        case .spam: .spam
        case .virus: .viruses
        }
    }
}

extension Findings {
    /// What becomes of a message of which rules wanted to know `kinds` in vain; the strictest policy counts.
    ///
    /// - Parameter policies: by the scanner's name
    package func policy(
        unscanned kinds: some Collection<ScanKind>,
        _ policies: [String: RelayConfiguration.Unscanned]
    ) -> RelayConfiguration.Unscanned {
        let subjects = Set(kinds.map(\.subject))
        let missing = all.filter { $0.result.isUnscanned && !$0.subjects.isDisjoint(with: subjects) }
        let named = missing.compactMap { policies[$0.scanner] }
        return [.postpone, .notice].first(where: named.contains) ?? .pass
    }

    /// What all scanners together say.
    package func report(_ kind: ScanKind) -> ScanReport {
        switch kind == .virus ? viruses : spam {
        case nil: .unscanned(kind, reason: "no scanner is set up")
        case .unscanned: .unscanned(kind, reason: reasons(kind))
        case .infected(let names): kind == .virus ? .virus(.infected, names: names) : Self.certain(names)
        case .clean: kind == .virus ? .virus(.clean, names: []) : .spam(points: 0, worst: 1, symbols: [])
        case .scored(let score): Self.report(score, kind)
        }
    }

    /// Who did not look, and why.
    private func reasons(_ kind: ScanKind) -> String {
        let reasons = all.compactMap { finding -> String? in
            guard case .unscanned(let reason) = finding.result, finding.subjects.contains(kind.subject) else {
                return nil
            }
            return "\(finding.scanner): \(reason)"
        }
        return reasons.joined(separator: "; ")
    }

    private static func report(_ score: SpamScore, _ kind: ScanKind) -> ScanReport {
        let names = score.symbols.map(\.name)
        if kind == .virus { return .virus(score.isSpam ? .suspected : .clean, names: names) }
        let threshold = score.threshold.flatMap { $0.thousandths > 0 ? $0.number : nil }
        // Some rules make a message spam at any score: rules see that score, and the scanner's word.
        return .spam(points: score.score.number, worst: threshold, isSpam: score.isSpam, symbols: names)
    }

    private static func certain(_ names: [String]) -> ScanReport { .spam(points: 1, worst: 1, symbols: names) }
}

extension Score {
    fileprivate var number: Double { Double(thousandths) / 1000 }
}

extension HeldMessage.Source: ScanSource {
    var count: Int {
        switch self {
        case .memory(let buffer): buffer.readableBytes
        case .file(_, let count): count
        }
    }

    func octets(in range: Range<Int>) throws -> ByteBuffer {
        switch self {
        case .memory(let buffer): buffer.octets(in: range)
        case .file(let file, _): try file.read(at: range.lowerBound, count: range.count)
        }
    }
}

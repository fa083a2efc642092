// rspamd's answer to /checkv2.
// Must not take for clean what it does not know.

import Foundation

/// The answer's JSON, as far as we read it.
struct RspamdReply: Decodable {
    struct Symbol: Decodable {
        let score: Double?
    }

    let action: String
    let score: Double
    let isSkipped: Bool?
    /// The score for "reject".
    let requiredScore: Double?
    /// The scores for all actions; newer versions tell them.
    let thresholds: [String: Double?]?
    let symbols: [String: Symbol]?

    enum CodingKeys: String, CodingKey, CaseIterable {
        case action
        case score
        case isSkipped = "is_skipped"
        case requiredScore = "required_score"
        case thresholds
        case symbols
    }

    /// What it says when it could not scan.
    private struct Failure: Decodable {
        let error: String
    }

    /// What these actions ask for is for spam; the others (greylisting, a soft rejection) make no sense once a message was
    /// delivered.
    private static let spamActions: Set = ["reject", "add header", "rewrite subject", "quarantine", "discard"]

    static func result(status: Int, body: some Sequence<UInt8>) throws(UnscannedReason) -> ScanResult {
        let data = Data(body)
        guard status == 200 else {
            if status == 413 { return .unscanned(.tooLarge(limit: nil)) }
            let words = (try? JSONDecoder().decode(Failure.self, from: data))?.error ?? ""
            throw .failed(PlainText.line("HTTP \(status) \(words)"))
        }
        let reply = try decoded(data)
        guard let score = Score(reply.score) else { throw .garbage("a score that is no number") }
        return try reply.result(score)
    }

    private static func decoded(_ data: Data) throws(UnscannedReason) -> RspamdReply {
        do {
            return try JSONDecoder.answer(RspamdReply.self, data, read: Set(CodingKeys.allCases.map(\.rawValue)))
        } catch .repeatedKey(let key) {
            throw .garbage("\"\(PlainText.name(key))\" stands there twice")
        } catch {
            throw .garbage(PlainText.line(String(decoding: data.prefix(Limits.words), as: UTF8.self)))
        }
    }

    private func result(_ score: Score) throws(UnscannedReason) -> ScanResult {
        let isSpam = Self.spamActions.contains(action)
        // Skipped and no spam: a user's settings say that it is not to be looked at.
        if isSkipped == true, !isSpam { return .unscanned(.skipped) }
        let lowest = thresholds?.filter { Self.spamActions.contains($0.key) }.values.compactMap(\.self).min()
        return .scored(
            SpamScore(
                score: score,
                threshold: (lowest ?? requiredScore).flatMap { Score($0) },
                isSpam: isSpam,
                symbols: named
            )
        )
    }

    /// Those that weigh most first.
    private var named: [SpamScore.Symbol] {
        let all = (symbols ?? [:]).map { name, symbol in
            SpamScore.Symbol(name: PlainText.name(name), score: symbol.score.flatMap { Score($0) })
        }
        let sorted = all.sorted { left, right in
            let weights = [left, right].map { ($0.score ?? Score(thousandths: 0)).thousandths.magnitude }
            return weights[0] == weights[1] ? left.name < right.name : weights[0] > weights[1]
        }
        return Array(sorted.prefix(Limits.names))
    }
}

// The line in which a command says what it found.
// Must not take for clean what it does not know.

import Foundation

/// The JSON of a command.
struct CommandReply: Decodable {
    enum Verdict: String, Decodable, CaseIterable {
        case clean
        case infected
        case spam
    }

    let verdict: Verdict
    let names: [String]?
    let score: Double?
    let threshold: Double?
    /// Rules by name, with their points or null.
    let symbols: [String: Double?]?
    let report: String?

    enum CodingKeys: String, CodingKey, CaseIterable {
        case verdict
        case names
        case score
        case threshold
        case symbols
        case report
    }

    static func result(_ output: [UInt8]) throws(UnscannedReason) -> ScanResult {
        let reply = try decoded(output)
        switch reply.verdict {
        case .infected:
            guard let names = reply.names, !names.isEmpty else { throw .badAnswer("\"infected\" without \"names\"") }
            return .infected(names.prefix(Limits.names).map { PlainText.name($0) })
        case .spam: return .scored(try reply.spamScore(isSpam: true))
        case .clean: return reply.score == nil ? .clean : .scored(try reply.spamScore(isSpam: false))
        }
    }

    private static func decoded(_ output: [UInt8]) throws(UnscannedReason) -> CommandReply {
        do {
            return try JSONDecoder.answer(CommandReply.self, output, read: Set(CodingKeys.allCases.map(\.rawValue)))
        } catch {
            throw .badAnswer(fault(of: output, error))
        }
    }

    /// What its author has to look at.
    private static func fault(of output: [UInt8], _ fault: JSONDecoder.AnswerFault) -> String {
        let begin = PlainText.line(String(decoding: output.prefix(Limits.words), as: UTF8.self))
        switch fault {
        case .repeatedKey(let key): return "\"\(PlainText.name(key))\" stands there twice"
        case .noJSON where begin.isEmpty: return "there is none"
        case .noJSON: return "it is no JSON object: \"\(begin)\""
        case .missing(let key): return "it has no \"\(key)\""
        case .unfit("verdict"):
            return "\"verdict\" is none of \(Verdict.allCases.map(\.rawValue).joined(separator: ", "))"
        case .unfit(let key): return "\"\(PlainText.name(key))\" has a value of another kind"
        }
    }

    private func spamScore(isSpam: Bool) throws(UnscannedReason) -> SpamScore {
        // A command that only says "spam" counts in ones.
        guard let points = Score(score ?? 1) else { throw .badAnswer("\"score\" is out of range") }
        let named = (symbols ?? [:]).sorted { $0.key < $1.key }.prefix(Limits.names).map { name, score in
            SpamScore.Symbol(name: PlainText.name(name), score: score.flatMap { Score($0) })
        }
        let limit = (threshold ?? (score == nil ? 1 : nil)).flatMap { Score($0) }
        return SpamScore(
            score: points,
            threshold: limit,
            isSpam: isSpam,
            symbols: named,
            report: report.map { PlainText.lines($0) }
        )
    }
}

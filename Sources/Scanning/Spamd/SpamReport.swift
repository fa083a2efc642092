// The table in SpamAssassin's report for people: which rules matched, with their points.
// Must not decide anything by it: the verdict stands in the reply's header, and a site can word its reports as it likes.

enum SpamReport {
    /// The rules of the table, in its order; none where a site's template has no table.
    ///
    ///      pts rule name              description
    ///     ---- ---------------------- --------------------------------------------------
    ///     -0.0 NO_RECEIVED            Informational: message has no Received headers
    static func symbols(_ report: String) -> [SpamScore.Symbol] {
        let lines = report.split(separator: "\n", omittingEmptySubsequences: false)
        // The last one that begins a line: what the report quotes from the message is indented.
        guard let rule = lines.lastIndex(where: { $0.hasPrefix("---- ---") }) else { return [] }
        return lines[lines.index(after: rule)...].compactMap(symbol).prefix(Limits.names).map(\.self)
    }

    private static func symbol(_ line: Substring) -> SpamScore.Symbol? {
        // The points begin within the first four columns; a description goes on far to the right.
        let words = line.split(separator: " ", maxSplits: 2)
        guard line.prefix(4).contains(where: { $0 != " " }), words.count >= 2, let score = Score(words[0]) else {
            return nil
        }
        return .init(name: PlainText.name(words[1]), score: score)
    }
}

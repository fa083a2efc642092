// Did you mean: the known word nearest to a misspelt one.
// Must not guess wildly: a word that differs in more than a third of its letters is another word.

package enum Suggestion {
    /// The word among `known` that is nearest to `word`, if one is near enough.
    package static func best(for word: String, among known: [String]) -> String? {
        let most = max(1, word.utf8.count / 3)
        let ranked = known.map { (word: $0, distance: distance(Array(word.utf8), Array($0.utf8))) }
        let near = ranked.filter { $0.distance <= most }
        // Of two that are as near, the one that begins more like it.
        return near.min { ($0.distance, -common($0.word, word)) < ($1.distance, -common($1.word, word)) }?.word
    }

    /// The best one, or those that hold `word` or are held by it; none for a word of one or two letters.
    static func near(to word: String, among known: [String]) -> [String] {
        if let best = best(for: word, among: known) { return [best] }
        return word.utf8.count < 3 ? [] : known.filter { $0.contains(word) || word.contains($0) }.sorted()
    }

    /// Letters with which both begin.
    private static func common(_ left: String, _ right: String) -> Int {
        zip(left.utf8, right.utf8).prefix { $0 == $1 }.count
    }

    /// Letters to insert, delete, replace or swap with their neighbour (restricted Damerau-Levenshtein).
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        // Words are short; what is not is no misspelling of one.
        guard abs(left.count - right.count) <= Limits.suggestibleDifference, left.count < Limits.suggestibleLength
        else { return Int.max }
        var rows = [[Int](repeating: 0, count: right.count + 1), Array(0...right.count)]
        for i in 1..<(left.count + 1) {
            var row = [i]
            for j in 1..<(right.count + 1) {
                let same = left[i - 1] == right[j - 1]
                var cost = min(rows[1][j] + 1, row[j - 1] + 1, rows[1][j - 1] + (same ? 0 : 1))
                if i > 1, j > 1, left[i - 1] == right[j - 2], left[i - 2] == right[j - 1] {
                    cost = min(cost, rows[0][j - 2] + 1)
                }
                row.append(cost)
            }
            rows = [rows[1], row]
        }
        return rows[1][right.count]
    }
}

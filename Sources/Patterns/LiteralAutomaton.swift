// Looks for the literals of many patterns at once: one step for each octet, however many there are (Aho and Corasick).
// Must not tell that a pattern matches: it tells which cannot.

/// The literals of numbered patterns, and the scan for them. Immutable, free to share between threads.
///
/// It is a table with a row for each beginning of a literal (a state) and a column for each octet that stands in any
/// literal; an entry is the row to go to. Rows are numbered so that those where literals end come last: a step is one
/// look-up and one comparison.
package final class LiteralAutomaton: Sendable {
    /// How many patterns there are.
    package let count: Int
    /// Those of which nothing is known: they are candidates whatever a scan finds.
    package let always: CandidateSet
    private let tables: Tables

    /// An automaton for patterns numbered from 0 on; nil requires nothing, and is no cost.
    package convenience init(_ patterns: [RequiredLiterals?]) { self.init(patterns, tableSize: LiteralLimits.table) }

    /// - Parameter tableSize: Octets of the table; patterns whose literals find no room in it are always candidates.
    init(_ patterns: [RequiredLiterals?], tableSize: Int) {
        var trie = LiteralTrie(for: patterns, limit: tableSize)
        var always = CandidateSet(count: patterns.count)
        for (number, pattern) in patterns.enumerated() {
            guard let pattern, trie.insert(pattern, of: number) else {
                always.insert(number)
                continue
            }
        }
        count = patterns.count
        self.always = always
        trie.link()
        tables = Tables(trie)
    }

    /// The same automaton, nothing built again, whose uses count references of their own (see `Pattern.copy`).
    package var copy: LiteralAutomaton { LiteralAutomaton(sharing: self) }

    private init(sharing other: LiteralAutomaton) {
        count = other.count
        always = other.always
        tables = Tables(sharing: other.tables)
    }

    /// Adds the patterns that may match `subject` to `candidates`; one that is not in it then cannot match.
    package func scan(_ subject: [UInt8], into candidates: inout CandidateSet) {
        guard tables.scan(subject, into: &candidates) else { return }
        // With letters in another form: the same again in the usual one.
        _ = tables.scan(Folding.folded(subject), into: &candidates)
    }
}

// An automaton of literals while it is being built.
// Must not be kept: the tables made of it are smaller and faster.

/// All beginnings of all literals, each a state; where each leads to with the next octet.
struct LiteralTrie {
    /// The column of each octet; 0 for those in no literal. Capital letters have the small ones' columns.
    private(set) var columns = [UInt8](repeating: 0, count: 256)
    /// Columns of a row.
    private(set) var width = 1
    /// The rows, one behind the other; 0, the state of no octet, where nothing is known yet.
    private(set) var rows: [UInt32]
    /// What ends at each state: a place in `owners`, or -1.
    private(set) var endings: [Int] = [-1]
    /// The patterns that require each literal.
    private(set) var owners: [[Int]] = []
    /// The state of the longest end of each state's text that is a beginning, too; and of the longest that is a literal.
    private(set) var suffixes: [UInt32] = []
    private(set) var literalSuffixes: [UInt32] = []
    private(set) var longest = 0
    private let limit: Int

    /// The owner of letters in another form: not a pattern, but a reason to look at the folded subject.
    static let otherForms = -1

    var stateCount: Int { endings.count }

    /// - Parameter limit: Octets that the rows may take.
    init(for patterns: [RequiredLiterals?], limit: Int) {
        self.limit = limit
        var isUsed = [Bool](repeating: false, count: 256)
        for octet in Folding.longS + Folding.kelvin { isUsed[Int(octet)] = true }
        for case let pattern? in patterns {
            for literal in pattern.alternatives { for octet in literal { isUsed[Int(octet)] = true } }
        }
        for octet in UInt8.min...UInt8.max where isUsed[Int(octet)] {
            columns[Int(octet)] = UInt8(width)
            width += 1
        }
        for octet in UInt8(ascii: "A")...UInt8(ascii: "Z") { columns[Int(octet)] = columns[Int(octet.asciiLowercased)] }
        rows = Array(repeating: 0, count: width)
        insert(Folding.longS, of: Self.otherForms)
        insert(Folding.kelvin, of: Self.otherForms)
    }

    /// Whether there was room; if not, some of its literals may be in it, and are found for nothing.
    mutating func insert(_ pattern: RequiredLiterals, of owner: Int) -> Bool {
        for literal in pattern.alternatives {
            let size = (rows.count + literal.count * width) * MemoryLayout<UInt32>.size
            if size > limit { return false }
            insert(literal, of: owner)
        }
        return true
    }

    private mutating func insert(_ literal: [UInt8], of owner: Int) {
        var state = 0
        for octet in literal {
            let entry = state * width + Int(columns[Int(octet)])
            if rows[entry] == 0 {
                rows[entry] = UInt32(stateCount)
                rows.append(contentsOf: repeatElement(0, count: width))
                endings.append(-1)
            }
            state = Int(rows[entry])
        }
        longest = max(longest, literal.count)
        if endings[state] < 0 {
            endings[state] = owners.count
            owners.append([])
        }
        owners[endings[state]].append(owner)
    }

    /// Fills in where each state leads to when its text goes on as no literal does: to the state of the longest end of
    /// it that is the beginning of one. States nearer to the first come first, so that those are complete.
    mutating func link() {
        suffixes = Array(repeating: 0, count: stateCount)
        literalSuffixes = suffixes
        var order: [Int] = [0]
        order.reserveCapacity(stateCount)
        var next = 0
        while next < order.count {
            let state = order[next]
            next += 1
            let suffix = Int(suffixes[state])
            literalSuffixes[state] = endings[suffix] >= 0 ? UInt32(suffix) : literalSuffixes[suffix]
            for column in 0..<width {
                let child = Int(rows[state * width + column])
                let other = state == 0 ? 0 : rows[suffix * width + column]
                if child == 0 {
                    rows[state * width + column] = other
                } else {
                    suffixes[child] = other
                    order.append(child)
                }
            }
        }
    }
}

// The tables that a scan for literals reads, in memory that is not counted by reference.
// Must not be written to once they are made.

extension LiteralAutomaton {
    /// The automaton's octets.
    ///
    /// Invariant of `@unchecked Sendable`: all memory is written by the initialiser, before anyone else has it, and freed
    /// with the last who shares it.
    @safe final class Tables: @unchecked Sendable {
        /// Whose memory it is, if not its own. A scan does not touch it.
        private let owner: Tables?
        private let columns: UnsafeMutablePointer<UInt8>
        /// Where to go from each state with each column. A state is the place of its row.
        private let rows: UnsafeMutablePointer<UInt32>
        private let width: Int
        /// The first state at which a literal ends; it and all behind it.
        private let firstEnding: UInt32
        private let endingCount: Int
        /// For each such state, where its owners begin in `owners`, which end where those of the next begin; and the next
        /// of the states at which shorter literals end at the same octet, counted from the first, or -1.
        private let firstOwners: UnsafeMutablePointer<Int32>
        private let shorter: UnsafeMutablePointer<Int32>
        private let owners: UnsafeMutablePointer<Int32>
        private let longest: Int

        init(sharing other: Tables) {
            owner = other.owner ?? other
            unsafe columns = other.columns
            unsafe rows = other.rows
            width = other.width
            firstEnding = other.firstEnding
            endingCount = other.endingCount
            unsafe firstOwners = other.firstOwners
            unsafe shorter = other.shorter
            unsafe owners = other.owners
            longest = other.longest
        }

        init(_ trie: LiteralTrie) {
            owner = nil
            width = trie.width
            longest = trie.longest
            unsafe columns = Self.memory(trie.columns)
            let isEnding = (0..<trie.stateCount).map { trie.endings[$0] >= 0 || trie.literalSuffixes[$0] != 0 }
            let plain = isEnding.count { !$0 }
            endingCount = trie.stateCount - plain
            firstEnding = UInt32(plain * trie.width)
            // The new number of each state: those where nothing ends first.
            var numbers: [UInt32] = []
            var next = (plain: UInt32(0), ending: UInt32(plain))
            for isEnding in isEnding {
                numbers.append(isEnding ? next.ending : next.plain)
                if isEnding { next.ending += 1 } else { next.plain += 1 }
            }
            unsafe rows = .allocate(capacity: trie.rows.count)
            for state in 0..<trie.stateCount {
                let (from, to) = (state * trie.width, Int(numbers[state]) * trie.width)
                for column in 0..<trie.width {
                    let target = numbers[Int(trie.rows[from + column])] * UInt32(trie.width)
                    unsafe (rows + to + column).initialize(to: target)
                }
            }
            var firsts: [Int32] = []
            var shorter: [Int32] = []
            var owners: [Int32] = []
            for state in 0..<trie.stateCount where isEnding[state] {
                firsts.append(Int32(owners.count))
                if trie.endings[state] >= 0 { owners += trie.owners[trie.endings[state]].map(Int32.init) }
                let suffix = Int(trie.literalSuffixes[state])
                shorter.append(suffix == 0 ? -1 : Int32(Int(numbers[suffix]) - plain))
            }
            firsts.append(Int32(owners.count))
            unsafe firstOwners = Self.memory(firsts)
            unsafe self.shorter = Self.memory(shorter)
            unsafe self.owners = Self.memory(owners)
        }

        deinit {
            if owner != nil { return }
            unsafe columns.deallocate()
            unsafe rows.deallocate()
            unsafe firstOwners.deallocate()
            unsafe shorter.deallocate()
            unsafe owners.deallocate()
        }

        private static func memory<Element>(_ elements: [Element]) -> UnsafeMutablePointer<Element> {
            let memory = UnsafeMutablePointer<Element>.allocate(capacity: max(elements.count, 1))
            for (index, element) in elements.enumerated() { unsafe (memory + index).initialize(to: element) }
            return unsafe memory
        }

        // MARK: The scan

        /// What was found so far.
        private struct Findings {
            /// Endings that were met: what belongs to them is known. Made when there is one.
            var met: [Bool] = []
            var candidates: CandidateSet
            var hasOtherForms = false
        }

        /// Adds the owners of all literals in `subject`; true if it has letters in other forms (`Folding`).
        func scan(_ subject: [UInt8], into candidates: inout CandidateSet) -> Bool {
            var findings = Findings(candidates: candidates)
            unsafe subject.withUnsafeBufferPointer { octets in
                guard let start = octets.baseAddress else { return }
                if octets.count >= max(LiteralLimits.lanes, 8 * longest) {
                    unsafe scanAtFourPlaces(start, octets.count, &findings)
                } else {
                    _ = unsafe scan(start, octets.count, from: 0, &findings)
                }
            }
            candidates = findings.candidates
            return findings.hasOtherForms
        }

        /// From a state through some octets to the state behind them. Invariant: `count` octets stand at `octets`.
        private func scan(
            _ octets: UnsafePointer<UInt8>,
            _ count: Int,
            from first: UInt32,
            _ findings: inout Findings
        ) -> UInt32 {
            var state = first
            for index in 0..<count {
                state = unsafe rows[Int(state) &+ Int(columns[Int(octets[index])])]
                if state >= firstEnding { note(state, &findings) }
            }
            return state
        }

        /// Each quarter by itself, in step: a step waits for the one before it, those of others go on meanwhile. A
        /// quarter begins with the end of the one before it, for literals that stand across. Invariant: as above, and a
        /// quarter is longer than any literal.
        private func scanAtFourPlaces(_ octets: UnsafePointer<UInt8>, _ count: Int, _ findings: inout Findings) {
            let quarter = count / 4
            let overlap = longest - 1
            let begin = { [self] (lane: Int, findings: inout Findings) in
                unsafe scan(octets + (lane * quarter - overlap), overlap, from: 0, &findings)
            }
            var a: UInt32 = 0
            var b = begin(1, &findings)
            var c = begin(2, &findings)
            var d = begin(3, &findings)
            let (second, third, fourth) = unsafe (octets + quarter, octets + 2 * quarter, octets + 3 * quarter)
            for index in 0..<quarter {
                a = unsafe rows[Int(a) &+ Int(columns[Int(octets[index])])]
                b = unsafe rows[Int(b) &+ Int(columns[Int(second[index])])]
                c = unsafe rows[Int(c) &+ Int(columns[Int(third[index])])]
                d = unsafe rows[Int(d) &+ Int(columns[Int(fourth[index])])]
                if a >= firstEnding { note(a, &findings) }
                if b >= firstEnding { note(b, &findings) }
                if c >= firstEnding { note(c, &findings) }
                if d >= firstEnding { note(d, &findings) }
            }
            _ = unsafe scan(octets + 4 * quarter, count - 4 * quarter, from: d, &findings)
        }

        /// Adds the owners of the literals that end at a state.
        @inline(never)
        private func note(_ state: UInt32, _ findings: inout Findings) {
            if findings.met.isEmpty { findings.met = Array(repeating: false, count: endingCount) }
            var ending = Int(state - firstEnding) / width
            // Where one was met, so were the shorter ones.
            while ending >= 0, !findings.met[ending] {
                findings.met[ending] = true
                // Invariant: `ending` is below `endingCount`, and there is one more in `firstOwners`.
                for place in unsafe firstOwners[ending]..<firstOwners[ending + 1] {
                    let owner = unsafe Int(owners[Int(place)])
                    if owner == LiteralTrie.otherForms {
                        findings.hasOtherForms = true
                    } else {
                        findings.candidates.insert(owner)
                    }
                }
                ending = unsafe Int(shorter[ending])
            }
        }
    }
}

// Two header blocks line by line: what went, what came, what stayed.

/// The difference of two header blocks.
struct HeaderChanges {
    enum Line: Equatable {
        case same(String)
        case removed(String)
        case added(String)
    }

    /// All lines of both, in their order, without the empty line.
    let lines: [Line]

    init(from before: [UInt8], to after: [UInt8]) {
        self.init(Self.lines(before), Self.lines(after))
    }

    init(_ old: [String], _ new: [String]) {
        // Header blocks are long where they are hostile, and edits are few and in order: the shortest difference of all
        // would take time with the square of what has changed.
        var (before, after) = (Self.counts(old), Self.counts(new))
        var lines: [Line] = []
        var (left, right) = (0, 0)
        while left < old.count || right < new.count {
            if left < old.count, right < new.count, old[left] == new[right] {
                lines.append(.same(old[left]))
                before[old[left], default: 0] -= 1
                after[new[right], default: 0] -= 1
                left += 1
                right += 1
            } else if left < old.count, right == new.count || Self.isSurplus(old[left], before, after) {
                lines.append(.removed(old[left]))
                before[old[left], default: 0] -= 1
                left += 1
            } else if right < new.count, left == old.count || Self.isSurplus(new[right], after, before) {
                lines.append(.added(new[right]))
                after[new[right], default: 0] -= 1
                right += 1
            } else {
                // It stands elsewhere now.
                lines.append(.removed(old[left]))
                before[old[left], default: 0] -= 1
                left += 1
            }
        }
        self.lines = lines
    }

    private static func counts(_ lines: [String]) -> [String: Int] {
        lines.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    }

    /// Whether there are more of a line still to come here than there.
    private static func isSurplus(_ line: String, _ here: [String: Int], _ there: [String: Int]) -> Bool {
        here[line, default: 0] > there[line, default: 0]
    }

    var removed: [String] { lines.compactMap { if case .removed(let line) = $0 { line } else { nil } } }
    var added: [String] { lines.compactMap { if case .added(let line) = $0 { line } else { nil } } }
    var isEmpty: Bool { removed.isEmpty && added.isEmpty }

    /// What changed, each place with a line before and after it; nil stands for lines left out.
    var excerpt: [Line?] {
        let changed = lines.map { if case .same = $0 { false } else { true } }
        var excerpt: [Line?] = []
        var last = -1
        for index in lines.indices where changed[max(0, index - 1)...min(lines.count - 1, index + 1)].contains(true) {
            if index > last + 1 { excerpt.append(nil) }
            excerpt.append(lines[index])
            last = index
        }
        return last < lines.count - 1 && last >= 0 ? excerpt + [nil] : excerpt
    }

    private static func lines(_ octets: [UInt8]) -> [String] {
        octets.split(separator: 0x0A, omittingEmptySubsequences: true)
            .map { String(decoding: $0.last == 0x0D ? $0.dropLast() : $0, as: UTF8.self) }
            .filter { !$0.isEmpty }
    }
}

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
        let difference = new.difference(from: old)
        let gone = Set(difference.removals.map(\.offset))
        let came = Set(difference.insertions.map(\.offset))
        var lines: [Line] = []
        var (left, right) = (0, 0)
        while left < old.count || right < new.count {
            if gone.contains(left) {
                lines.append(.removed(old[left]))
                left += 1
            } else if came.contains(right) {
                lines.append(.added(new[right]))
                right += 1
            } else {
                lines.append(.same(old[left]))
                left += 1
                right += 1
            }
        }
        self.lines = lines
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

extension CollectionDifference.Change {
    fileprivate var offset: Int {
        switch self {
        case .insert(let offset, _, _), .remove(let offset, _, _): offset
        }
    }
}

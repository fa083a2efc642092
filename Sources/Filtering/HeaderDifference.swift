// What edits have made of a header block, as a difference to what came: most of it is the same.
// Must not trust that what it is applied to is what it was made from.

/// How one header block becomes another, line by line.
struct HeaderDifference: Codable, Hashable, Sendable {
    /// Octets that are left out, octets that stay, and a text behind them.
    struct Step: Codable, Hashable, Sendable {
        var skipped = 0
        var kept = 0
        var inserted = ""
    }

    private(set) var steps: [Step] = []
    /// Lines among which one is looked for that stayed.
    private static let window = 256

    /// Nil where a line that was put in is no UTF-8, which no edit makes.
    init?(from old: [UInt8], to new: [UInt8]) {
        let oldLines = Self.lines(old)
        var next = 0
        var step = Step()
        for line in Self.lines(new) {
            let octets = new[line]
            let bound = min(oldLines.count, next + Self.window)
            if let place = (next..<bound).first(where: { old[oldLines[$0]] == octets }) {
                let skipped = place > next ? oldLines[place].lowerBound - oldLines[next].lowerBound : 0
                if skipped > 0 || !step.inserted.isEmpty { step = end(step) }
                if skipped > 0 { step.skipped = skipped }
                step.kept += octets.count
                next = place + 1
            } else {
                guard let text = String(validating: octets, as: UTF8.self) else { return nil }
                step.inserted += text
            }
        }
        steps.append(step)
    }

    private mutating func end(_ step: Step) -> Step {
        steps.append(step)
        return Step()
    }

    private static func lines(_ octets: [UInt8]) -> [Range<Int>] {
        var lines: [Range<Int>] = []
        var start = 0
        while start < octets.count {
            let end = octets[start...].firstIndex(of: 0x0A).map { $0 + 1 } ?? octets.count
            lines.append(start..<end)
            start = end
        }
        return lines
    }

    /// The other header block; nil where this is no difference to `old`.
    func applied(to old: [UInt8]) -> [UInt8]? {
        var new: [UInt8] = []
        var position = 0
        for step in steps {
            guard step.skipped >= 0, step.kept >= 0, step.skipped <= old.count - position,
                step.kept <= old.count - position - step.skipped
            else { return nil }
            position += step.skipped
            new += old[position..<position + step.kept]
            position += step.kept
            new += Array(step.inserted.utf8)
        }
        return new
    }
}

// The steps of a trace as a tree: what ran within what, once for each time it ran.
// Must not lose a step, nor be misled by loops and includes.

/// One time that a command or a test ran.
final class Occurrence {
    let script: String
    /// Its place in the script's outline.
    let node: Int
    /// The last step that stands for it; nil for what only holds others.
    var step: TraceStep?
    var children: [Occurrence] = []

    init(script: String, node: Int) {
        self.script = script
        self.node = node
    }
}

/// Sorts steps into a tree.
struct OccurrenceTree {
    /// What ran at the top of a rule file.
    private(set) var roots: [Occurrence] = []
    private let outlines: [String: ScriptOutline]
    /// What is open, the innermost last.
    private var open: [Occurrence] = []

    init(_ steps: [TraceStep], _ outlines: [String: ScriptOutline]) {
        self.outlines = outlines
        for step in steps { add(step) }
    }

    private mutating func add(_ step: TraceStep) {
        guard let outline = outlines[step.script] else { return }
        let path = outline.path(to: step.position)
        guard let last = path.last else { return }
        if outline.nodes[last].name == "foreverypart", step.subject == nil { return }
        close(to: path, step, outline.nodes[last])
        for node in path.dropFirst(openCount(of: step.script)) { begin(node, of: step.script) }
        open.last?.step = step
    }

    /// How many of the open ones, from the innermost script's first on, are of this script.
    private func openCount(of script: String) -> Int {
        open.reversed().prefix { $0.script == script }.count
    }

    /// Closes what the step does not stand in.
    private mutating func close(to path: [Int], _ step: TraceStep, _ node: ScriptOutline.Node) {
        // Back from an included script, unless this is one.
        let isIncluded = step.script.utf8.contains(.slash)
        if open.last?.script != step.script, !(isIncluded && isInclude(open.last)) {
            while let last = open.last, last.script != step.script { open.removeLast() }
        }
        let count = openCount(of: step.script)
        let mine = open.suffix(count).map(\.node)
        let shared = zip(mine, path).prefix { $0 == $1 }.count
        // A test of tests gets its own step when those within have theirs; everything else begins anew.
        let isAwaited = shared == path.count && open[open.count - count + shared - 1].step == nil && node.isTest
        open.removeLast(count - (shared == path.count && !isAwaited ? shared - 1 : shared))
    }

    private func isInclude(_ occurrence: Occurrence?) -> Bool {
        guard let occurrence else { return false }
        return outlines[occurrence.script]?.nodes[occurrence.node].name == "include"
    }

    private mutating func begin(_ node: Int, of script: String) {
        let occurrence = Occurrence(script: script, node: node)
        if let parent = open.last { parent.children.append(occurrence) } else { roots.append(occurrence) }
        open.append(occurrence)
    }
}

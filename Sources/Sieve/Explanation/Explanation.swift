// An evaluation as a person wants to see it: each test with its value, each branch taken or not, nested as written.
// Must not evaluate anything: it tells what a trace tells.

/// What happened when scripts ran, line by line.
package struct Explanation: Sendable {
    /// What a line is about.
    package enum Kind: String, Sendable {
        /// A test, or a branch with its test.
        case test
        /// A branch that has no test of its own, or a loop.
        case block
        /// A command that ran.
        case command
        /// A branch that was not looked at, since one before it was taken.
        case skipped
    }

    /// One line.
    package struct Line: Sendable, Equatable {
        package var script: String
        package var position: SourcePosition
        /// How deep it stands in others, from 0.
        package var depth: Int
        package var kind: Kind
        /// The source in one line.
        package var text: String
        /// The value of a test; nil if it was not asked to the end.
        package var value: Bool?
        /// The header field that matched, or the part that a loop looks at.
        package var subject: String?
        /// The text that matched.
        package var matched: String?
        /// If nothing matched: texts that were compared, the first few.
        package var compared: [String]
    }

    package private(set) var lines: [Line] = []
    private let outlines: [String: ScriptOutline]

    /// - Parameters:
    ///   - trace: the steps of all scripts, in order
    ///   - sources: the scripts by name, included ones too
    package init(_ trace: [TraceStep], sources: [String: [UInt8]]) {
        let traced = Set(trace.map(\.script))
        outlines = sources.filter { traced.contains($0.key) }.mapValues { ScriptOutline($0) }
        for root in OccurrenceTree(trace, outlines).roots { add(root, depth: 0) }
    }

    private func node(_ occurrence: Occurrence) -> ScriptOutline.Node? {
        outlines[occurrence.script]?.nodes[occurrence.node]
    }

    // MARK: Lines

    private mutating func add(_ occurrence: Occurrence, depth: Int, prefix: String = "") {
        guard let node = node(occurrence) else { return }
        switch node.name {
        case "if", "elsif": addBranch(occurrence, node, depth)
        case "not" where occurrence.children.count == 1 && isLeaf(occurrence.children[0]):
            let inner = occurrence.children[0]
            addLine(inner, depth, prefix + "not ", .test, value: value(of: occurrence))
        default:
            let kind: Kind = node.isTest ? .test : node.statement.block == nil ? .command : .block
            addLine(occurrence, depth, prefix, kind, value: node.isTest ? value(of: occurrence) : nil)
            for child in occurrence.children { add(child, depth: depth + 1) }
        }
    }

    /// The test in the line of its branch, then what ran, then what was passed over.
    private mutating func addBranch(_ occurrence: Occurrence, _ node: ScriptOutline.Node, _ depth: Int) {
        let tests = occurrence.children.filter { self.node($0)?.isTest ?? false }
        for test in tests { add(test, depth: depth, prefix: "\(node.name) ") }
        if tests.isEmpty { addLine(occurrence, depth, "", .test, value: nil) }
        for child in occurrence.children where !(self.node(child)?.isTest ?? false) { add(child, depth: depth + 1) }
        guard tests.last.flatMap(value) == true else { return }
        var next = node.nextBranch
        while let skipped = next, let outline = outlines[occurrence.script] {
            let branch = Occurrence(script: occurrence.script, node: skipped)
            let test = outline.nodes[skipped].statement.tests.all.first.map { " \($0.headline)" } ?? ""
            addLine(branch, depth, "", .skipped, value: nil, suffix: test)
            next = outline.nodes[skipped].nextBranch
        }
    }

    private mutating func addLine(
        _ occurrence: Occurrence,
        _ depth: Int,
        _ prefix: String,
        _ kind: Kind,
        value: Bool?,
        suffix: String = ""
    ) {
        guard let node = node(occurrence) else { return }
        lines.append(
            Line(
                script: occurrence.script,
                position: node.statement.position,
                depth: depth,
                kind: kind,
                text: prefix + node.statement.headline + suffix,
                value: value,
                subject: occurrence.step?.matched == nil && kind != .block ? nil : occurrence.step?.subject,
                matched: occurrence.step?.matched,
                compared: occurrence.step?.compared ?? []
            )
        )
    }

    private func isLeaf(_ occurrence: Occurrence) -> Bool {
        occurrence.children.isEmpty && node(occurrence)?.name != "not"
    }

    // MARK: Values

    /// What a test came to; of tests of tests, what those within say.
    private func value(of occurrence: Occurrence) -> Bool? {
        if case .test(let value)? = occurrence.step?.kind { return value }
        guard let node = node(occurrence) else { return nil }
        let values = occurrence.children.map(value)
        let isComplete = values.count == node.statement.tests.all.count && !values.contains(nil)
        switch node.name {
        case "allof": return values.contains(false) ? false : isComplete ? true : nil
        case "anyof": return values.contains(true) ? true : isComplete ? false : nil
        case "not": return values.first?.map { !$0 }
        default: return nil
        }
    }
}

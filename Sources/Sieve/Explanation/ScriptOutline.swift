// Where each command and test of a script stands: within what, and how it reads.
// Must not know what happened when it ran.

/// The commands and tests of a script, the outer before the inner, in the order of the source.
struct ScriptOutline {
    struct Node {
        let statement: Statement
        let isTest: Bool
        /// The node it stands in.
        let parent: Int?
        /// The `elsif` or `else` behind a branch.
        var nextBranch: Int?

        var name: String { statement.name.lowercased() }
    }

    private(set) var nodes: [Node] = []
    private var byPosition: [SourcePosition: Int] = [:]

    init(_ source: [UInt8], limits: Limits = Limits()) {
        var parser = Parser(source: source, limits: limits)
        add(parser.parse().commands, parent: nil)
    }

    /// The nodes from the outermost to the one that stands at a place.
    func path(to position: SourcePosition) -> [Int] {
        var path: [Int] = []
        var next = byPosition[position]
        while let node = next {
            path.append(node)
            next = nodes[node].parent
        }
        return path.reversed()
    }

    private mutating func add(_ block: [Statement], parent: Int?) {
        var branch: Int?
        for statement in block {
            let node = add(statement, isTest: false, parent: parent)
            let name = statement.name.lowercased()
            if name == "elsif" || name == "else", let branch { nodes[branch].nextBranch = node }
            branch = name == "if" || name == "elsif" ? node : nil
        }
    }

    private mutating func add(_ statement: Statement, isTest: Bool, parent: Int?) -> Int {
        let index = nodes.count
        nodes.append(Node(statement: statement, isTest: isTest, parent: parent))
        byPosition[statement.position] = index
        for test in statement.tests.all { _ = add(test, isTest: true, parent: index) }
        add(statement.block ?? [], parent: index)
        return index
    }
}

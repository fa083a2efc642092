// The state of one evaluation: the message, the variables, the actions so far.
// Must not read a clock or a file; what is missing is thrown as a need.

import Mail
import Patterns

/// What tests read and actions write.
struct Machine {
    let limits: Limits
    let context: MessageContext
    /// The header as the script sees it, edits included.
    var header: HeaderBlock
    var headerEdits = 0
    var addedHeaderSize = 0
    var size: Int?
    var actions = ActionList()
    var budget: ComparisonBudget
    /// The memory of regular expressions, made when the first is matched.
    var matcher: Matcher?
    var variables: [[UInt8]]
    /// The last successful match: the value, and what stands for each wildcard; the whole first.
    private(set) var matched: (value: [UInt8], captures: [Range<Int>]) = ([], [])
    /// The name of the running script, and the place of the running instruction.
    var scriptName: String
    var position = SourcePosition(line: 1, column: 1)
    /// What is told to `Evaluation.trace`.
    var trace: Trace?

    init(script: Script, header: HeaderBlock, context: MessageContext, limits: Limits) {
        self.limits = limits
        self.context = context
        self.header = header
        size = context.size
        budget = ComparisonBudget(limits.comparedOctets)
        variables = Array(repeating: [], count: script.variableCount)
        scriptName = script.name
    }

    // MARK: Strings

    /// A string with its variables put in.
    func expand(_ text: Text) throws(Interruption) -> [UInt8] {
        switch text {
        case .constant(let octets): return octets
        case .template(let pieces):
            var result: [UInt8] = []
            for piece in pieces {
                result += value(of: piece)
                if result.count > limits.expandedLength { throw .failed("string too long (expandedLength)") }
            }
            return result
        }
    }

    /// The strings of a list, each with its variables put in.
    func expand(_ list: TextList) throws(Interruption) -> [[UInt8]] {
        if let constants = list.constants { return constants }
        var strings: [[UInt8]] = []
        for text in list.texts { strings.append(try expand(text)) }
        return strings
    }

    private func value(of piece: Text.Piece) -> [UInt8] {
        switch piece {
        case .octets(let octets): octets
        case .variable(let slot): variables[slot]
        case .match(let index): matchVariable(index)
        case .named: []
        }
    }

    private func matchVariable(_ index: Int) -> [UInt8] {
        index < matched.captures.count ? Array(matched.value[matched.captures[index]]) : []
    }

    mutating func setMatchVariables(_ value: [UInt8], _ captures: [Range<Int>]) {
        matched = (value, Array(captures.prefix(limits.matchVariables + 1)))
    }

    // MARK: Actions

    /// Collects an action of the running instruction.
    mutating func add(_ kind: Action.Kind) throws(Interruption) {
        let edited = kind.delivers && header.isEdited ? header.rendered() : nil
        let action = Action(kind: kind, script: scriptName, position: position, header: edited)
        try actions.add(action, limits: limits)
    }
}

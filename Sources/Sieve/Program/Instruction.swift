// A compiled script: flat instructions with jumps, shared by all evaluations.
// Must not refer back to the syntax tree, nor hold anything that changes.

import Mail

/// How much of a message a script looks at.
public enum Depth: Int, Sendable, Comparable {
    /// Nothing.
    case none
    /// The header block, the size, the envelope, the environment.
    case header
    /// The whole message.
    case body
    /// The whole message and a scanner's answer.
    case scan

    /// Orders depths from the shallowest.
    public static func < (left: Depth, right: Depth) -> Bool { left.rawValue < right.rawValue }
}

/// A test, compiled: it reads, and answers. Asked again after an interruption, it must have changed nothing.
protocol Condition: Sendable {
    var depth: Depth { get }
    /// Messages for which it is known not to hold; nil if nothing is known.
    var idle: Idle? { get }
    func holds(in machine: inout Machine) throws(Interruption) -> Bool
}

/// An action or control command, compiled. It asks for all it needs before it changes anything.
protocol Operation: Sendable {
    var depth: Depth { get }
    func perform(in machine: inout Machine) throws(Interruption)
}

extension Condition {
    var depth: Depth { .header }
    var idle: Idle? { nil }
}

extension Operation {
    var depth: Depth { .header }
}

/// One step of a program. The machine has one flag, which tests set and jumps read.
enum Instruction: Sendable {
    case test(any Condition)
    /// Goes round the next test, and others behind it, where they are known to be false.
    case gate(Gate)
    case perform(any Operation)
    /// Sets the flag.
    case set(Bool)
    case negate
    case jump(to: Int)
    case jumpIfTrue(to: Int)
    case jumpIfFalse(to: Int)
    case stop
}

/// A script, compiled: immutable, and shared by every evaluation. A class, so that nothing of it is copied for one.
public final class Script: Sendable {
    /// The name it was compiled under.
    public let name: String
    /// The deepest that any of its tests looks.
    public var depth: Depth { demands.depth }
    /// Whether a `size` test stands in it.
    public var asksSize: Bool { demands.asksSize }
    /// What its tests may ask scanners for.
    public var scans: Set<ScanKind> { demands.scans }
    /// Whether an action stands in it that withholds the message: `discard`, `reject`, `ereject`.
    public var mayWithhold: Bool { demands.mayWithhold }
    /// What whoever runs it has to be ready for.
    package let demands: Demands
    /// The extensions it requires, those of included scripts among them.
    public let capabilities: [String]
    /// Whether nothing is in it that could ever have an effect.
    public var isEmpty: Bool { instructions.isEmpty }

    /// Messages with which the script is known to do nothing; nil if nothing is known.
    package let idle: Idle?

    let instructions: [Instruction]
    /// Where each instruction comes from.
    let positions: [SourcePosition]
    let variableCount: Int
    /// Which of the texts that its tests number are read by more than one.
    let textsReadAgain: [Bool]
    /// What tells which of its regular expressions may match; nil if it has too few.
    let scan: PatternScan?

    init(
        name: String,
        demands: Demands,
        capabilities: [String],
        instructions: [Instruction],
        positions: [SourcePosition],
        variableCount: Int,
        textsReadAgain: [Bool],
        scan: PatternScan?
    ) {
        self.name = name
        self.demands = demands
        self.capabilities = capabilities
        self.instructions = instructions
        idle = instructions.idle
        self.positions = positions
        self.variableCount = variableCount
        self.textsReadAgain = textsReadAgain
        self.scan = scan
    }
}

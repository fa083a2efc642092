// A compiled script: flat instructions with jumps, shared by all evaluations.
// Must not refer back to the syntax tree, nor hold anything that changes.

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
    func holds(in machine: inout Machine) throws(Interruption) -> Bool
}

/// An action or control command, compiled. It asks for all it needs before it changes anything.
protocol Operation: Sendable {
    var depth: Depth { get }
    func perform(in machine: inout Machine) throws(Interruption)
}

extension Condition {
    var depth: Depth { .header }
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

/// A script, compiled: immutable, and shared by every evaluation.
public struct Script: Sendable {
    /// The name it was compiled under.
    public let name: String
    /// The deepest that any of its tests looks.
    public let depth: Depth
    /// Whether a `size` test stands in it.
    public let asksSize: Bool
    /// What its tests may ask scanners for.
    public let scans: Set<ScanKind>
    /// Whether an action stands in it that withholds the message: `discard`, `reject`, `ereject`.
    public let mayWithhold: Bool
    /// The extensions it requires, those of included scripts among them.
    public let capabilities: [String]
    /// Whether nothing is in it that could ever have an effect.
    public var isEmpty: Bool { instructions.isEmpty }

    let instructions: [Instruction]
    /// Where each instruction comes from.
    let positions: [SourcePosition]
    let variableCount: Int
    /// Which of the texts that its tests number are read by more than one.
    let textsReadAgain: [Bool]
    /// What tells which of its regular expressions may match; nil if it has too few.
    let scan: PatternScan?
}

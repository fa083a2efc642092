// What people want to see of an evaluation: each test with its answer, each action, each with its place.
// Must not cost anything when nobody looks.

/// One step of a traced evaluation.
public struct TraceStep: Sendable, Equatable {
    /// What the step was.
    public enum Kind: Sendable, Equatable {
        /// A test and its answer.
        case test(Bool)
        /// An action or a control command.
        case command
    }

    /// The script.
    public var script: String
    /// Where the test or command stands.
    public var position: SourcePosition
    /// What it was.
    public var kind: Kind
    /// What the test matched, if it compares.
    public var matched: String?
}

/// The steps so far.
struct Trace {
    private(set) var steps: [TraceStep] = []

    mutating func add(_ step: TraceStep) { steps.append(step) }
}

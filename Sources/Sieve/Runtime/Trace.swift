// What people want to see of an evaluation: each test with its answer, each action, each with its place.
// Must not cost anything when nobody looks.

import Mail

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
    /// The header field that matched, or what else the step was about.
    public var subject: String?
    /// The text that matched; of a long one what surrounds the match.
    public var matched: String?
    /// If nothing matched: texts that were compared, the first few.
    public var compared: [String] = []
}

/// What the running step has seen so far.
struct Observation {
    /// The header field that is looked at.
    var subject: String?
    var matched: String?
    var compared: [String] = []
    /// Where in the value the match begins, if it is known.
    var place = 0

    mutating func see(_ value: [UInt8], isMatch: Bool) {
        if isMatch {
            matched = Self.excerpt(value, around: place)
        } else if compared.count < Limits.tracedTexts {
            compared.append(Self.excerpt(value, around: 0))
        }
    }

    private static func excerpt(_ value: [UInt8], around place: Int) -> String {
        let length = Limits.tracedTextLength
        let start = value.count <= length ? 0 : max(0, min(place - length / 4, value.count - length))
        let piece = value[start..<min(value.count, start + length)].text
        return "\(start > 0 ? "…" : "")\(piece)\(start + length < value.count ? "…" : "")"
    }
}

extension Machine {
    /// Tells whoever looks which header field is compared.
    mutating func look(at field: HeaderField, of header: HeaderBlock) {
        if trace != nil { observed.subject = header.name(of: field).text }
    }
}

/// The steps so far.
struct Trace {
    private(set) var steps: [TraceStep] = []

    mutating func add(_ step: TraceStep) { steps.append(step) }
}

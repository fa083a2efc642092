// How a scanner does, for logins and for people.
// Must not be more than a copy of what is known.

/// What is known of a scanner without asking it.
public struct ScannerHealth: Sendable, Equatable {
    /// It is left alone, since it failed too often in a row, or a check did not find it.
    public var isDown: Bool
    /// For how long it has been so.
    public var duration: Duration
    /// Why it failed last, however long ago.
    public var lastFailure: UnscannedReason?
}

/// What a check at start found.
public enum ProbeResult: Sendable, Equatable, CustomStringConvertible {
    /// The scanner answers, by this name and version.
    case answers(String)
    /// It does not, or something else does.
    case fails(UnscannedReason)

    /// A sentence without a full stop, to stand behind the scanner's name and address.
    public var description: String {
        switch self {
        case .answers(let name): "\(name) answers"
        case .fails(let reason): reason.description
        }
    }
}

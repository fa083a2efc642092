// Why a message was not scanned, for people and for what follows from it.
// Must not decide what becomes of the message.

/// Why there is no finding. Each has a sentence.
public enum UnscannedReason: Error, Sendable, Equatable {
    /// No answer in this time.
    case timedOut(Duration)
    /// Nobody listens there, or the program can't be started; the system's reason.
    case unreachable(String)
    /// The connection ended before the answer.
    case closed
    /// What answers is not this scanner; the beginning of what it said.
    case garbage(String)
    /// A command has answered, and nobody can do anything with its answer; what is wrong with it.
    case badAnswer(String)
    /// More than the scanner takes: octets that it takes, where they are known.
    case tooLarge(limit: Int?)
    /// The scanner's own settings exempt this message.
    case skipped
    /// The scanner itself says that it could not scan.
    case failed(String)
    /// As many scans as are allowed were running, and nobody left in time.
    case busy
    /// It has failed too often in a row and is left alone for a while; why it failed last.
    indirect case down(because: UnscannedReason)
    /// The command's exit status.
    case exited(Int)
    /// The command was ended by this signal; 9 is what a limit of memory or time often looks like.
    case killed(signal: Int)
    /// The message can't be read; the system's reason.
    case unreadable(String)
    /// Whoever asked has left.
    case cancelled
}

extension UnscannedReason: CustomStringConvertible {
    /// A sentence without a full stop, for logs and header fields.
    public var description: String {
        switch self {
        case .timedOut(let time): "no answer within \(PlainText.seconds(time))"
        case .unreachable(let reason): "it can't be reached: \(reason)"
        case .closed: "it closed the connection before it answered"
        case .garbage(let words): "what answers there is no scanner of this kind: \"\(words)\""
        case .badAnswer(let fault): "the command's answer can't be used: \(fault)"
        case .tooLarge(let limit?): "the message is larger than the \(limit) octets that it takes"
        case .tooLarge(nil): "the message, or what is packed in it, is larger than it takes"
        case .skipped: "its own settings exempt the message"
        case .failed(let words): "it says that it failed: \"\(words)\""
        case .busy: "too many scans at once"
        // Somebody else's mail has brought it down.
        case .down(let reason): "it is down (\(reason.withoutWords))"
        case .exited(let status): "the command ended with status \(status)"
        case .killed(let signal): "the command was ended by signal \(signal)"
        case .unreadable(let reason): "the message can't be read: \(reason)"
        case .cancelled: "whoever asked has left"
        }
    }

    /// Whether this tells something of the scanner's health: a message that is too large, or a client that left, does not.
    /// The operator hears of it.
    public var isScannersFault: Bool {
        switch self {
        case .timedOut, .unreachable, .closed, .garbage, .badAnswer, .failed, .exited, .killed: true
        case .tooLarge, .skipped, .busy, .down, .unreadable, .cancelled: false
        }
    }

    /// The same without what it has answered, which may be what it has read, and is for nobody but the message's owner.
    public var withoutWords: String {
        switch self {
        case .badAnswer: "the command's answer can't be used; the audit log tells more"
        case .garbage: "what answers there is no scanner of this kind; the audit log tells more"
        case .failed: "it says that it failed; the audit log tells more"
        default: description
        }
    }

    /// Whether it may be the fault of this one message: the scanner is there, and others have nothing to wait for.
    var mayBeMessagesFault: Bool {
        switch self {
        case .badAnswer, .failed, .exited, .killed: true
        case .timedOut, .unreachable, .closed, .garbage, .tooLarge, .skipped, .busy, .down, .unreadable, .cancelled:
            false
        }
    }

    /// Whether nothing was judged, and asking once more can help.
    var isWorthARetry: Bool {
        switch self {
        case .unreachable, .closed: true
        case .timedOut, .garbage, .badAnswer, .tooLarge, .skipped, .failed, .busy, .down, .exited, .killed, .unreadable,
            .cancelled:
            false
        }
    }
}

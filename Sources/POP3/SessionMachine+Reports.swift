// Which reports of the owner make sense when. A report out of turn is a mistake of ours, at which debug builds stop.
// Must not look at what is reported, only at whether it can be.

extension SessionMachine {
    /// What the owner reports of connections and replies.
    package enum Report: Sendable {
        case clientSecured
        case upstreamConnected
        case upstreamSecured
        /// A status line.
        case line
        /// A part of a listing.
        case listing
        /// A list that was read whole.
        case collected
        case replyEnded
        case messageShown
    }

    /// Whether it can be now. Of a session that is closed nothing is expected any more, and it may still come.
    package func expects(_ report: Report) -> Bool {
        switch report {
        case .clientSecured: if case .securingClient = state { true } else { false }
        case .upstreamConnected: opening == .dialling
        case .upstreamSecured: opening == .securingFirst || opening == .securing
        case .line: opening != nil || replyPart == .status || replyPart == .none
        case .listing: if case .listing = replyPart { true } else { false }
        case .collected: replyPart == .collected
        case .replyEnded:
            switch replyPart {
            case .list, .listing, .heldMessage, .message: true
            case .status, .collected, .none: false
            }
        case .messageShown: replyPart == .heldMessage
        }
    }

    /// The same, where only a closed session may be told in vain.
    func accepts(_ report: Report) -> Bool {
        let isExpected = expects(report)
        assert(isExpected || isClosed, "\(report) is reported out of turn")
        return isExpected
    }
}

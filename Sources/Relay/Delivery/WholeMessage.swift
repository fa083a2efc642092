// A message whose header does not decide: what is held of it, whom rules have asked about it, and what came of it.
// Must not judge, nor wait: its owner has it judged, and sends it.

import Filtering
import NIOCore
import Scanning
import Sieve

/// A message from the moment on in which all of it is held back. A class, so that others have no room for it.
final class WholeMessage {
    /// Its header block, as the rules were shown it first.
    let header: [UInt8]
    /// What the rules say by the header alone, where only the original has to be kept before the client sees it.
    let pending: Verdict?
    /// What an earlier session said of a message with this header.
    var remembered: RememberedVerdict?
    /// Where it is held; nil before its first octet, and when nobody needs it any more.
    var held: HeldMessage?
    /// What scanners have said.
    var findings = Findings()
    /// What rules are told when they ask.
    var answers: Judgement.Answers
    /// The question to scanners that is open.
    var scan: Task<Void, Never>?
    /// When its first octet was held back.
    let begin = ContinuousClock.now
    /// When a scanner was asked last, and what all took so far.
    var scanBegin: ContinuousClock.Instant?
    var scanDuration: Duration?
    /// When the client last got something while it waits.
    var waitsSince: NIODeadline?
    /// Where the body begins in what the client gets.
    var bodyStart = 0
    /// What the client got of it.
    var releasedOctets = 0
    /// What becomes of the part that is not held, where it is too large to be judged and not refused; nil where all of it is
    /// held.
    var rest: Rest?
    /// Of the body, as many as the client gets; nil: all.
    var lines: UInt64?

    enum Rest {
        case follows
        case leftOut
    }

    init(header: [UInt8], pending: Verdict?, remembered: RememberedVerdict?) {
        self.header = header
        self.pending = pending
        self.remembered = remembered
        answers = Judgement.Answers()
    }
}

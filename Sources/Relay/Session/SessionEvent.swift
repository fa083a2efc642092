// What happens to a session, in the past tense; whatever transport brings it.
// Must not hold anything that can call back.

import Filtering
import NIOCore
import Scanning
import Sieve
import TLS
import Transport

/// One thing that happened. Events are taken one at a time, in the order in which they happened.
///
/// What is rare and large is kept elsewhere: all events are as large as the largest.
enum SessionEvent {
    case clientAccepted
    case clientSecured(TLSHandshakeCompleted)
    case clientReceived(ByteBuffer)
    /// It will say nothing more, and may still listen.
    case clientInputEnded
    case clientFailed(any Error)
    case clientClosed
    /// A TCP connection to the upstream stands, and has no owner yet.
    case upstreamConnected(Connection)
    case upstreamUnreachable(any Error)
    case upstreamSecured(TLSHandshakeCompleted)
    case upstreamReceived(ByteBuffer)
    case upstreamFailed(any Error)
    case upstreamClosed
    /// More of a held message may be sent.
    case turnCame
    /// One of the two connections takes octets again, or takes no more.
    case writabilityChanged
    /// Some of what is held has been written to its file.
    case heldMessageWentOn
    /// All of a message is held, or can't be.
    indirect case messageHeld(MessageDelivery, Result<Void, HoldingError>)
    /// The rules have looked at all of a message.
    indirect case messageJudged(MessageDelivery, Result<Judgement.Step, HoldingError>)
    /// Scanners have looked at it.
    indirect case messageScanned(MessageDelivery, ScanKind, Findings)
    /// An earlier session's verdict on it was looked up.
    indirect case verdictRecalled(MessageDelivery, RememberedVerdict?)
    /// Whether it came before was looked up.
    indirect case duplicateAnswered(MessageDelivery, TrackedID, Bool)
    /// The sizes that earlier sessions found out were looked up, by UIDL.
    case sizesRecalled([[UInt8]: Int])
    /// The UIDLs of messages that earlier sessions did not deliver were looked up.
    case undeliveredRecalled([[UInt8]: Int])
    /// The original of a message is in the quarantine, or can't be.
    indirect case messageCopied(MessageDelivery, Judgement.Judged, Result<Copying.Outcome, HoldingError>)
    /// A part of a held message can go to the client.
    indirect case heldOctetsRead(Release, Result<ByteBuffer, HoldingError>)
    /// A second has passed.
    case timePassed(NIODeadline)
    /// It is time to look again whether the client has taken what deletions wait for.
    case takingIsDue
    /// It is this login's turn.
    case loginMayGoOn
    /// So many logins were with the servers that this one's was put off.
    case loginAsksAgain([UInt8]?, since: NIODeadline)
    /// A password was compared with what is known of it.
    case passwordChecked(LoginAttempt, Bool?)
    /// What a directory says of a login, or why it says nothing.
    indirect case directoryAnswered(LoginAttempt, Result<DirectoryAnswer, any Error>)
    /// A token, or why there is none.
    indirect case tokenCame(LoginAttempt, Result<HeldSecret, any Error>)
    /// An answer to the upstream was computed.
    indirect case challengeSolved(LoginAttempt, SolvedChallenge)
    /// The upstream has room for one more session.
    case upstreamTurnCame
    /// It may be dialled: the one before was long enough ago.
    case upstreamMayBeDialled
    /// Others have no room.
    case evicted
    /// The same, where the client has logged in and takes nothing.
    case evictedWhileStalled
    /// The relay ends: now, or as soon as nothing is owed to the client.
    case shutdownRequested(isFinal: Bool)
    /// Whoever may has ended it, by this name.
    case endedByOperator(String)
}

// One client's session: two connections and the machine between them. Events come in by `take`, one at a time.
// Must not decide what POP3 or the rules decide: it performs the machine's actions and tells the ledger.

import DequeModule
import Filtering
import NIOCore
import POP3
import ProxyProtocol
import TLS
import Transport

/// A client's connection, its upstream's, and everything in between. Belongs to one event loop.
final class Session {
    /// What the session was opened with.
    struct Origin {
        let id: String
        /// For STLS; the one that was in force when the session was opened.
        let serverContext: ServerContext?
        let listenerAddress: String
        let clientAddress: String
        let clientPort: Int
        /// The address of the proxy that has passed it on.
        var proxy: String?
        /// What it has connected to, as its proxy says.
        var destination: IPEndpoint?
        /// What is counted for it; nil where it is trusted.
        var addressBlock: AddressBlock?
        /// What is set for this listener.
        var sizePolicy: SizePolicy?
    }

    /// The rest of a multi-line reply that is being read.
    enum Reading {
        case nothing
        case list(ListReading)
        case message(MessageDelivery)
    }

    /// The upstream that was dialled last: the attempt, and its events once it is connected.
    struct Upstream {
        var configuration: RelayConfiguration.Upstream?
        var dial: Dial?
        /// Which of its places has answered.
        var server: Endpoint?
        /// Its place among the upstream's sessions, where these are counted.
        var place: UpstreamQueue.Place?
        /// Until it is its turn, or has waited for too long.
        var timer: LoopTimer?
        var events: UpstreamEvents?
    }

    let loop: LoopContext
    let origin: Origin
    var machine: SessionMachine
    let client: Wire
    var upstream: Wire
    var dialled = Upstream()
    /// The TLS version that the client speaks.
    var clientTLSVersion: String?
    var ledger: Ledger
    var reading = Reading.nothing
    /// What this session has put into the quarantine: a message is put there once, however often it is fetched.
    var copiesMade: [MessageNumber: [QuarantinedCopy]] = [:]
    /// A message that was held, on its way to the client.
    var releasing: Release?
    var rulesInUse = RulesInUse()
    /// It has not logged in.
    var isNewcomer = true
    /// A login waits for its turn.
    var loginTimer: LoopTimer?
    /// One has had its turn, and no answer yet.
    var loginTry: LoginTry?
    /// The login that the relay carries out.
    var attempt: LoginAttempt?
    let openedAt: NIODeadline
    var closedAt: NIODeadline?
    /// Since when the upstream owes a reply.
    var upstreamOwesSince: NIODeadline?
    /// When the last message had come to its end: what the upstream owes behind it, it owes since then.
    var messageEndedAt: NIODeadline?
    /// A line of the client waits until the client has taken what was sent to it.
    var taking: LoopTimer?
    /// How long it waited the last time.
    var takingDelay: TimeAmount?
    /// Events that came while another was being taken: writing and closing tell about themselves before they return.
    private var waiting = Deque<SessionEvent>()
    private var isTaking = false
    /// Something was done in this turn of the loop that nobody has seen yet.
    private var isDue = false

    init(loop: LoopContext, origin: Origin, policy: SessionMachine.Policy) {
        let now = loop.now
        self.loop = loop
        self.origin = origin
        openedAt = now
        client = Wire(now: now)
        upstream = Wire(now: now)
        ledger = Ledger(origin, loop: loop, now: now)
        machine = SessionMachine(policy: policy, limits: loop.limits.protocolLimits)
        loop.add(self)
    }

    // MARK: Events

    /// Takes one event, and then those that it caused. Nothing that is done on the way gets in here again.
    func take(_ event: SessionEvent) {
        guard !isTaking else { return waiting.append(event) }
        isTaking = true
        work(on: event)
        repeat {
            while let next = waiting.popFirst() { work(on: next) }
            leaveIfClientHasSaidAll()
            recordVerdict()
            // Sessions of the same turn share the write of the audit log, and whoever reads what they send is woken up
            // once. What is much goes at once, as long as it is in the processor's cache.
            if client.unflushed + upstream.unflushed > Self.much { settle() }
        } while !waiting.isEmpty
        isTaking = false
        guard !isDue else { return }
        isDue = true
        loop.eventLoop.atEndOfTurn(self)
    }

    /// Octets that don't wait for the end of the turn.
    private static let much = 16_384

    private func work(on event: SessionEvent) {
        if machine.holdsSecrets { loop.eventLoop.isGivenSecrets() }
        act(on: event)
        perform()
        takeReplies()
        checkDropped()
        if upstream.inputHasEnded, !isHeldUp { upstreamFailed(.closed(machine.upstreamPhase)) }
        perform()
        takeClientLines()
    }

    private func act(on event: SessionEvent) {
        switch event {
        case .clientAccepted: clientAccepted()
        case .clientSecured(let handshake): clientSecured(handshake)
        case .clientReceived(let buffer): if !machine.isClosed { client.received(buffer, at: loop.now, rate: nil) }
        case .clientInputEnded: client.inputHasEnded = true
        case .clientFailed(let error): clientFailed(error)
        case .clientClosed: clientClosed()
        case .upstreamConnected(let connection): upstreamConnected(connection)
        case .upstreamUnreachable(let error): upstreamUnreachable(error)
        case .upstreamSecured(let handshake): upstreamSecured(handshake)
        case .upstreamReceived(let buffer): upstreamReceived(buffer)
        case .upstreamFailed(let error):
            // What is held is whole, and the client's all the same; the connection's end follows.
            guard !isHeldUp else { break }
            if let failure = UpstreamFailure(error, at: machine.upstreamPhase) { upstreamFailed(failure) }
        // What it has sent before is looked at first.
        case .upstreamClosed: upstream.inputHasEnded = true
        case .heldMessageWentOn: break
        case .messageHeld(let delivery, let result): messageHeld(delivery, result)
        case .messageJudged(let delivery, let result): messageJudged(delivery, result)
        case .messageScanned(let delivery, let kind, let findings): messageScanned(delivery, kind, findings)
        case .verdictRecalled(let delivery, let verdict): verdictRecalled(delivery, verdict)
        case .duplicateAnswered(let delivery, let id, let isDuplicate): duplicateAnswered(delivery, id, isDuplicate)
        case .sizesRecalled(let sizes): machine.sizesRecalled(sizes)
        case .undeliveredRecalled(let marks): machine.undeliveredRecalled(marks.keys)
        case .messageCopied(let delivery, let judged, let result): messageCopied(delivery, judged, result)
        case .heldOctetsRead(let release, let result): heldOctetsRead(release, result)
        case .writabilityChanged, .turnCame: sendHeld()
        case .timePassed(let now):
            checkDeadlines(now)
            letClientWait(now)
        case .takingIsDue: taking = nil
        case .loginMayGoOn: loginMayGoOn()
        case .loginAsksAgain(let user, let since): loginAsksAgain(user, since: since)
        case .passwordChecked(let attempt, let isRight): passwordChecked(attempt, isRight)
        case .directoryAnswered(let attempt, let result): directoryAnswered(attempt, result)
        case .tokenCame(let attempt, let result): tokenCame(attempt, result)
        case .challengeSolved(let attempt, let solved): challengeSolved(attempt, solved)
        case .upstreamTurnCame: upstreamTurnCame()
        case .upstreamMayBeDialled: dialUpstream()
        case .evicted: machine.evicted()
        case .evictedWhileStalled: cutClient("the client takes nothing, and others had no room")
        case .shutdownRequested(let isFinal): if isFinal || owesNothing { machine.shutDown() }
        case .endedByOperator(let name): machine.endedByOperator(name)
        }
    }

    // MARK: The client's connection

    private func clientAccepted() {
        ledger.opened(origin)
        client.isSecuring = machine.policy.clientEncryption == .implicit
        machine.clientAccepted()
    }

    private func clientSecured(_ handshake: TLSHandshakeCompleted) {
        client.isSecuring = false
        clientTLSVersion = handshake.version
        ledger.clientSecured(handshake)
        machine.clientSecured()
    }

    private func clientFailed(_ error: any Error) { cutClient(NetworkReason(error).description) }

    /// What it has not taken is not waited for.
    private func cutClient(_ reason: String) {
        machine.clientLeft(failure: reason)
        perform()
        client.abort()
    }

    private func clientClosed() {
        machine.clientLeft()
        perform()
        end()
    }

    // MARK: Actions

    /// Performs what the machine asks for, in order; what is performed may make it ask for more.
    ///
    /// - Parameter line: whose arrival it follows from.
    func perform(_ line: ReceivedLine? = nil) {
        guard !machine.actions.isEmpty else { return }
        var next = 0
        while next < machine.actions.count {
            run(machine.actions[next], line)
            next += 1
        }
        machine.actions.removeAll(keepingCapacity: true)
    }

    private func run(_ action: SessionAction, _ line: ReceivedLine?) {
        switch action {
        case .sendToClient(let octets): client.write(octets)
        case .sendUpstream(let octets): upstream.write(octets)
        case .passLineToClient: if let line { client.pass(line, of: upstream.input) }
        case .passLineUpstream: if let line { upstream.pass(line, of: client.input) }
        case .dialUpstream(let user): dial(user: user)
        case .askForLogin(let user): askForLogin(user)
        case .resolveLogin(let query): resolveLogin(query)
        case .chooseLogin(let offer): chooseLogin(offer)
        case .answerChallenge(let challenge): answerChallenge(challenge)
        case .closeUpstream: closeUpstream()
        case .secureClient: secureClient()
        case .secureUpstream: secureUpstream()
        case .deliverMessage(let request): beginMessage(request, line, purpose: .delivery)
        case .judgeHeader(let request, let isForDeletion):
            beginMessage(request, line, purpose: isForDeletion ? .deletion : .judgement)
        case .record(let record):
            ledger.record(record) { uidl($0) }
            noteLogin(record)
            if case .loginSucceeded = record, loop.configuration.store != nil {
                (machine.trueSizes, machine.undeliveredBefore) = (.unasked, .unasked)
            }
        case .recallSizes: recallSizes()
        case .recallUndelivered: recallUndelivered()
        case .close(let closing): close(closing)
        }
    }

    func uidl(_ number: MessageNumber) -> [UInt8]? {
        machine.uidls[number].map { Array($0.utf8) }
    }

    /// What was done becomes visible: first in the audit log, then to the peers.
    private func settle() {
        loop.writeAudit()
        upstream.flush(at: loop.now)
        loop.counts.octetsToClients += client.unflushed
        client.flush(at: loop.now)
        noteWhatUpstreamOwes()
        client.compactInput()
        upstream.compactInput()
        if case .message(let delivery) = reading { delivery.statusLine?.compact() }
        guard !machine.isClosed else { return }
        upstream.pause(isHeldUp || isHeldBehind || !client.isWritable, at: loop.now)
        // It is read also while a message is judged: if it leaves, nobody needs the verdict.
        client.pause(
            !upstream.isWritable || client.input.readableBytes > loop.limits.upstreamBacklog,
            at: loop.now
        )
    }

    /// A client that has closed its half of the connection gets the replies that are due to it, and no more.
    private func leaveIfClientHasSaidAll() {
        guard client.inputHasEnded, !machine.isClosed, taking == nil else { return }
        let isThought = machine.awaitsLoginTurn || machine.awaitsOwner
        let isOwed = machine.awaitsUpstream || machine.awaitsEarlierSessions || isThought
        guard !isOwed || isDroppingMessage else { return }
        machine.clientLeft()
        perform()
    }

    // MARK: TLS in mid-session

    private func secureClient() {
        guard let connection = client.connection, let serverContext = origin.serverContext else { return }
        // The reply to STLS is the last that goes out in plain text.
        loop.writeAudit()
        client.flush(at: loop.now)
        client.isSecuring = true
        do {
            connection.secure(with: try TLSConnection(server: serverContext))
        } catch {
            clientFailed(error)
        }
    }

    // MARK: The end

    private func close(_ closing: Closing) {
        guard closedAt == nil else { return }
        let now = loop.now
        closedAt = now
        recordInterruption()
        // A client that has left needs no verdict.
        if case .message(let delivery) = reading { delivery.whole?.scan?.cancel() }
        reading = .nothing
        releasing = nil
        taking?.cancel()
        taking = nil
        loginTimer?.cancel()
        loginTimer = nil
        noteUnansweredLogin(closing)
        ledger.closed(
            closing,
            quitIsUnanswered: machine.quitIsUnanswered,
            octetsOut: client.written,
            now: now
        )
        loop.writeAudit()
        if closing == .quit { forgetDeleted() }
        closeUpstream()
        loop.counts.octetsToClients += client.unflushed
        client.close()
        if client.connection == nil { end() }
    }

    func end() {
        closeUpstream()
        loop.remove(self)
    }
}

extension Session: TurnEnder {
    /// The first session of a turn writes the audit lines of all: nobody else has sent anything yet.
    func turnEnds() {
        isDue = false
        isTaking = true
        settle()
        isTaking = false
        if let next = waiting.popFirst() { take(next) }
    }
}

// One client's session: two connections and the machine between them.
// Must not decide what POP3 or the rules decide: it performs the machine's actions and reports what happened.

import Audit
import Filtering
import NIOCore
import POP3
import TLS

/// A client's connection, its upstream's, and everything in between. Belongs to one event loop.
final class Session {
    /// What the session was opened with.
    struct Origin {
        let id: String
        let listenerAddress: String
        /// For STLS; the one that was in force when the session was opened.
        let serverContext: ServerContext?
        let clientAddress: String
        let clientPort: Int
    }

    let loop: LoopContext
    let origin: Origin
    var machine: SessionMachine
    let client: Wire
    var upstream: Wire
    var upstreamHandler: UpstreamHandler?
    /// Tells the dial that is waited for from those that were given up.
    var dials = 0
    /// The upstream that was dialled last.
    var upstreamConfiguration: RelayConfiguration.Upstream?
    /// The TLS version that the client speaks.
    var clientTLSVersion: String?
    /// Who logged in.
    var user: [UInt8]?
    var totals = SessionTotals()
    let openedAt: NIODeadline
    /// The line that the machine is looking at: the octets to pass on, without the line end, in its wire's input.
    var line = 0..<0
    var lineHasCRLF = true
    var isPerforming = false
    /// Input is being taken apart: it must not be given up in the middle.
    var isTaking = false
    var clientInputHasEnded = false
    /// Contiguous octets of the upstream's input that go to the client together.
    var passing = 0..<0
    /// The input as it was when they began: what was taken from it since is still there.
    var passingInput = ByteBuffer()
    var list: ListReading?
    var delivery: MessageDelivery?
    private var closedAt: NIODeadline?

    init(loop: LoopContext, origin: Origin, policy: SessionMachine.Policy) {
        let now = NIODeadline.now()
        self.loop = loop
        self.origin = origin
        openedAt = now
        client = Wire(now: now)
        upstream = Wire(now: now)
        machine = SessionMachine(policy: policy, limits: loop.limits.protocolLimits)
        loop.add(self)
    }

    // MARK: The client

    func clientAccepted() {
        recordOpened()
        machine.clientAccepted()
        settle()
    }

    func clientSecured(_ handshake: TLSHandshakeCompleted) {
        clientTLSVersion = handshake.version
        recordSecured(handshake)
        machine.clientSecured()
        settle()
    }

    func clientRead(_ buffer: ByteBuffer) {
        guard !machine.isClosed else { return }
        client.lastActivity = .now()
        client.received(buffer)
        takeClientLines()
    }

    func clientInputEnded() {
        clientInputHasEnded = true
        takeClientLines()
        settle()
    }

    func clientLeft() {
        machine.clientLeft()
        settle()
        end()
    }

    func clientFailed(_ error: any Error) {
        machine.clientLeft(failure: NetworkReason(error).description)
        settle()
        client.abort()
    }

    func takeClientLines() {
        isTaking = true
        defer { isTaking = false }
        while machine.acceptsClientLine, client.input.readableBytes > 0 {
            let received = client.input
            let input = received.readableBytesUInt8Span
            guard let end = input.firstOffset(of: 0x0A) else {
                if input.count >= machine.clientLineLimit { machine.clientLineTooLong() }
                break
            }
            lineHasCRLF = end > 0 && input[end - 1] == 0x0D
            line = 0..<(lineHasCRLF ? end - 1 : end)
            machine.asksSizes = loop.ruleSet.needsSize
            let disposition = machine.clientLineReceived(input.extracting(line), octetsBehind: end + 1 < input.count)
            if disposition == .deferred {
                perform()
                break
            }
            perform()
            client.take(end + 1)
        }
        perform()
        if client.input.readableBytes > 0, !machine.acceptsClientLine {
            machine.clientLineWaits()
            perform()
        }
    }

    // MARK: The upstream

    func upstreamConnected(startsTLS: Bool) {
        upstream.lastActivity = .now()
        recordConnected(handshake: nil)
        machine.upstreamConnected(startsTLS: startsTLS)
        settle()
    }

    func upstreamSecured(_ handshake: TLSHandshakeCompleted) {
        recordConnected(handshake: handshake)
        if upstreamConfiguration?.encryption == .implicit {
            upstream.lastActivity = .now()
            machine.upstreamConnected(startsTLS: false)
        } else {
            machine.upstreamSecured()
        }
        settle()
    }

    func upstreamRead(_ buffer: ByteBuffer) {
        upstream.lastActivity = .now()
        guard !machine.isClosed else { return }
        totals.octetsIn += buffer.readableBytes
        upstream.received(buffer)
        takeReplies()
        takeClientLines()
    }

    func upstreamLeft() {
        machine.upstreamLeft()
        settle()
    }

    /// It can't be dialled, or its connection broke.
    func upstreamFailed(_ error: any Error) {
        guard let failure = UpstreamFailure(error, at: machine.upstreamPhase) else { return }
        upstreamFailed(failure)
    }

    func upstreamFailed(_ failure: UpstreamFailure) {
        machine.upstreamFailed(failure)
        // While a line of the client is acted upon, whoever took it goes on with the next.
        guard !isPerforming else { return }
        perform()
        // Before it is settled whether anything is owed to the client: its next lines may be here already.
        takeClientLines()
        settle()
    }

    // MARK: Actions

    /// Performs what the machine asks for. What happens on the way may ask for more; it is done in order.
    func perform() {
        guard !isPerforming, !machine.actions.isEmpty else { return }
        isPerforming = true
        var next = 0
        while next < machine.actions.count {
            run(machine.actions[next])
            next += 1
        }
        machine.actions.removeAll(keepingCapacity: true)
        isPerforming = false
    }

    private func run(_ action: SessionAction) {
        switch action {
        case .sendToClient(let octets): sendToClient(octets)
        case .sendUpstream(let octets): upstream.write(octets)
        case .passLineToClient: passLine(toClient: true)
        case .passLineUpstream: passLine(toClient: false)
        case .dialUpstream(let user): dial(user: user)
        case .closeUpstream: closeUpstream()
        case .secureClient: secureClient()
        case .secureUpstream: secureUpstream()
        case .deliverMessage(let request): beginMessage(request)
        case .record(let record): self.record(record)
        case .close(let closing): close(closing)
        }
    }

    private func passLine(toClient: Bool) {
        let input = toClient ? upstream.input : client.input
        if toClient, lineHasCRLF { return pass(line.lowerBound..<line.upperBound + 2) }
        let start = input.readerIndex + line.lowerBound
        guard var slice = input.getSlice(at: start, length: line.count + (lineHasCRLF ? 2 : 0)) else { return }
        if !lineHasCRLF { slice.writeImmutableBuffer(Self.lineEnd) }
        if toClient { sendToClient(slice) } else { upstream.write(slice) }
    }

    static let lineEnd = ByteBuffer(bytes: [0x0D, 0x0A])

    private func beginMessage(_ request: MessageRequest) {
        let delivery = MessageDelivery(
            request,
            isJudged: !loop.ruleSet.isEmpty,
            lineEndings: loop.configuration.lineEndings
        )
        self.delivery = delivery
        guard delivery.holdsStatusLine else { return passLine(toClient: true) }
        var status = upstream.input.getSlice(at: upstream.input.readerIndex, length: line.count) ?? ByteBuffer()
        status.writeImmutableBuffer(Self.lineEnd)
        delivery.heldStatusLine = status
    }

    /// Does what is to be done. What was said becomes visible: first in the audit log, then to the peers.
    func settle() {
        perform()
        // A client that has closed its half of the connection gets the replies that are due to it, and no more.
        if clientInputHasEnded, !machine.awaitsUpstream || delivery?.isDropped == true {
            machine.clientLeft()
            perform()
        }
        loop.writeAudit()
        upstream.flush()
        client.flush()
        guard !machine.isClosed else { return }
        upstream.pause(!client.isWritable)
        client.pause(!upstream.isWritable || client.input.readableBytes > loop.limits.upstreamBacklog)
    }

    func writabilityChanged() {
        // Writing calls back from within; whoever took the octets settles when all of them are taken.
        guard !isTaking else { return }
        settle()
    }

    // MARK: TLS in mid-session

    private func secureClient() {
        guard let context = client.context, let serverContext = serverContext else { return }
        // The reply to STLS is the last that goes out in plain text.
        loop.writeAudit()
        client.flush()
        do {
            let handler = try TLSHandler(server: serverContext)
            try context.channel.pipeline.syncOperations.addHandler(handler, position: .first)
        } catch {
            clientFailed(error)
        }
    }

    private func secureUpstream() {
        guard let context = upstream.context, let configuration = upstreamConfiguration,
            let clientContext = configuration.clientContext, let serverName = configuration.serverName
        else { return }
        do {
            let handler = try TLSHandler(client: clientContext, serverName: serverName)
            try context.channel.pipeline.syncOperations.addHandler(handler, position: .first)
        } catch {
            upstreamFailed(error)
        }
    }

    private var serverContext: ServerContext? {
        origin.serverContext
    }

    // MARK: Time and the end

    func checkDeadlines(_ now: NIODeadline) {
        client.lookAtProgress(now)
        if let closedAt {
            checkFarewell(since: closedAt, now)
        } else {
            checkPhase(now)
            settle()
        }
    }

    /// Every end is reported with its reason; a peer that moves, however slowly, is not late.
    private func checkPhase(_ now: NIODeadline) {
        let times = loop.configuration.timeouts
        let silence = now - max(upstream.lastActivity, client.lastActivity)
        if loop.isDraining, !machine.awaitsUpstream {
            machine.shutDown()
        } else if !machine.isLoggedIn, now > openedAt + times.login {
            if machine.awaitsUpstream { machine.upstreamTimedOut() } else { machine.clientTimedOut("no login in time") }
        } else if !client.isWritable {
            if silence > times.stall { machine.clientLeft(failure: "the client takes nothing") }
        } else if machine.awaitsUpstream {
            if silence > replyTime { machine.upstreamTimedOut() }
        } else if machine.isLoggedIn, silence > times.idle {
            machine.clientTimedOut("idle for too long")
        }
    }

    /// How long the upstream may be silent now.
    private var replyTime: TimeAmount {
        switch machine.upstreamPhase {
        case .connect, .tls, .greeting, .stls: loop.configuration.timeouts.greeting
        case .login, .command, .message: loop.configuration.timeouts.reply
        }
    }

    /// What the client is still to get is not cut off as long as it takes some of it.
    private func checkFarewell(since closedAt: NIODeadline, _ now: NIODeadline) {
        let limit = client.hasUnsent ? loop.configuration.timeouts.stall : .seconds(5)
        guard now - max(closedAt, client.lastActivity) > limit else { return }
        client.abort()
        end()
    }

    func shutDown() {
        machine.shutDown()
        settle()
    }

    func closeUpstream() {
        dials += 1
        upstreamHandler?.detach()
        upstreamHandler = nil
        // Nothing that it has not taken yet matters any more, and it may never take it.
        upstream.abort()
        upstream = Wire(now: .now())
    }

    private func close(_ closing: Closing) {
        guard closedAt == nil else { return }
        closedAt = .now()
        if let delivery { recordInterrupted(delivery) }
        delivery = nil
        recordClosed(closing)
        loop.writeAudit()
        passOn()
        closeUpstream()
        client.close()
        if client.context == nil { end() }
    }

    private func end() {
        closeUpstream()
        loop.remove(self)
    }
}

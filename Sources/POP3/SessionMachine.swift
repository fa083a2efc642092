// The state of one session: what each side may say next, whose turn it is, and what follows from what was said.
// Must not touch a connection: events come in, actions come out, in the order in which they must be performed.

import DequeModule

/// One client's session with its upstream, from the first byte to the last (RFC 1939, 2449, 2595, 5034).
///
/// The owner reports what happened through the functions named in the past tense and performs `actions` in order. It
/// reads as much as `replyPart` says from the upstream, and hands over a client's line when one is there.
package struct SessionMachine: ~Copyable, Sendable {
    /// What the settings and the connection say about this session.
    package struct Policy: Sendable {
        /// The upstream depends on the user, so it is dialled when the user is known.
        package var isRouted: Bool
        package var clientEncryption: ClientEncryption
        /// The client's address is a loopback one, or the settings allow a login in plain text.
        package var allowsPlaintextLogin: Bool
        package var passThrough: Set<String> = []

        package enum ClientEncryption: Sendable {
            case none
            case implicit
            case starttls
        }

        package init(
            isRouted: Bool,
            clientEncryption: ClientEncryption,
            allowsPlaintextLogin: Bool,
            passThrough: Set<String> = []
        ) {
            self.isRouted = isRouted
            self.clientEncryption = clientEncryption
            self.allowsPlaintextLogin = allowsPlaintextLogin
            self.passThrough = passThrough
        }
    }

    /// Where the session stands.
    enum State {
        /// A TLS handshake with the client is under way. Next: opening, authorization.
        case securingClient
        /// The only upstream has been dialled; the client waits for its greeting. Next: authorization.
        case opening(UpstreamOpening)
        /// The client may log in; at most one command is outstanding. Next: all below.
        case authorization(user: [UInt8]?)
        /// A SASL exchange with the upstream; the client owes a line. Next: itself, authorization, transaction.
        case relayingSASL(SASLRelay)
        /// A SASL exchange with Popsieve; the client owes a line. Next: itself, authorization, loggingIn.
        case answeringSASL(SASLDialogue)
        /// The user is known and the upstream is being opened for it. Next: authorization, transaction.
        case loggingIn(UpstreamOpening, Credentials, mechanism: String)
        /// Logged in (RFC 1939 section 5). Next: closed.
        case transaction(user: [UInt8]?)
        /// Nothing more is done.
        case closed
    }

    /// Whether the upstream takes commands before it has answered the last one.
    enum Pipelining: Equatable {
        case unknown
        /// The client sends commands ahead: CAPA is asked as soon as no reply is due.
        case wanted
        case asked
        case supported
        case unsupported
    }

    package let policy: Policy
    package let limits: Limits
    var state: State
    var clientIsSecure: Bool
    /// Commands sent upstream whose replies are due, oldest first.
    var exchanges = Deque<Exchange>()
    package internal(set) var replyPart = ReplyPart.none
    var pipelining = Pipelining.unknown
    /// Whether rules want to know a message's size before it comes.
    package var asksSizes = false
    /// Messages whose content the rules withheld; none of them may be deleted.
    var rejected: Set<MessageNumber> = []
    package internal(set) var uidls: UIDLListing
    var badCommandsInARow = 0
    var failedLogins = 0
    var isInUTF8Mode = false
    /// What to do now. The owner takes them all before it reports the next event.
    package var actions: [SessionAction] = []

    package init(policy: Policy, limits: Limits = Limits()) {
        self.policy = policy
        self.limits = limits
        state = .securingClient
        clientIsSecure = policy.clientEncryption == .implicit
        uidls = UIDLListing(limit: limits.uidlListing)
    }

    // MARK: What the owner asks

    /// Whether a line of the client can be taken now. If not, it stays where it is until the next event.
    package var acceptsClientLine: Bool {
        switch state {
        case .securingClient, .opening, .loggingIn, .closed: false
        case .authorization: exchanges.isEmpty
        case .relayingSASL: replyPart == .none
        case .answeringSASL: true
        case .transaction:
            exchanges.isEmpty
                || (pipelining == .supported && exchanges.count < limits.pipelinedCommands && exchanges.last != .quit)
        }
    }

    /// How long a line of the client may be now, with its line end.
    package var clientLineLimit: Int {
        switch state {
        case .securingClient, .opening, .loggingIn, .closed, .authorization, .relayingSASL, .answeringSASL:
            limits.saslLine
        case .transaction: isInUTF8Mode ? limits.utf8CommandLine : limits.commandLine
        }
    }

    /// How long the upstream's status line may be.
    package var statusLineLimit: Int {
        switch state {
        case .opening, .loggingIn: limits.greetingLine
        default: limits.replyLine
        }
    }

    package var isLoggedIn: Bool {
        if case .transaction = state { true } else { false }
    }

    package var isClosed: Bool {
        if case .closed = state { true } else { false }
    }

    /// Whether the upstream owes something.
    package var awaitsUpstream: Bool {
        switch state {
        case .opening, .loggingIn: true
        default: !exchanges.isEmpty && replyPart != .none
        }
    }

    /// The name that the client gave, verified or not.
    package var user: [UInt8]? {
        switch state {
        case .authorization(let user), .transaction(let user): user
        case .loggingIn(_, let credentials, _): credentials.user
        case .relayingSASL(let relay): relay.user
        default: nil
        }
    }

    // MARK: The client's connection

    package mutating func clientAccepted() {
        if policy.clientEncryption != .implicit { clientReady() }
    }

    /// A TLS handshake with the client, at the start or behind STLS, is complete.
    package mutating func clientSecured() {
        guard case .securingClient = state else { return }
        clientIsSecure = true
        if policy.clientEncryption == .implicit {
            clientReady()
        } else {
            state = .authorization(user: nil)
        }
    }

    private mutating func clientReady() {
        if policy.isRouted {
            state = .authorization(user: nil)
            actions.append(.sendToClient(OwnReply.ok("Popsieve ready.").octets))
        } else {
            state = .opening(.dialling)
            actions.append(.dialUpstream(user: nil))
        }
    }

    /// The client's connection is gone, or will say nothing more and nothing is owed to it.
    package mutating func clientLeft(failure: String? = nil) {
        close(failure.map { .clientFailed($0) } ?? .clientLeft)
    }

    package mutating func clientTimedOut(_ phase: String) {
        tellClient(.error(.systemTemporary, "Closing the connection: \(phase)"))
        close(.clientTimedOut(phase))
    }

    /// No line end within the limit.
    package mutating func clientLineTooLong() {
        tellClient(.error(nil, "Line too long"))
        violate(.lineTooLong(.client))
    }

    package mutating func shutDown() {
        tellClient(.error(.systemTemporary, "The relay is shutting down"))
        close(.shutdown)
    }

    // MARK: Ends

    /// The last thing that the client is told, unless it would be taken for a part of something else: a TLS handshake, a
    /// list, a message.
    mutating func tellClient(_ reply: OwnReply) {
        switch state {
        case .securingClient, .closed: return
        case .opening, .authorization, .relayingSASL, .answeringSASL, .loggingIn, .transaction: break
        }
        switch replyPart {
        case .status, .none: actions.append(.sendToClient(reply.octets))
        case .collected where exchanges.first == .capabilitiesProbe: actions.append(.sendToClient(reply.octets))
        case .list, .uidlListing, .collected, .message: break
        }
    }

    mutating func close(_ closing: Closing) {
        guard !isClosed else { return }
        state = .closed
        exchanges.removeAll()
        replyPart = .none
        actions.append(.close(closing))
    }

    mutating func violate(_ violation: Violation) {
        guard !isClosed else { return }
        actions.append(.record(.violation(violation)))
        close(.violation(violation))
    }

    // MARK: Sending and queueing

    /// The client's line goes upstream, and its reply is due.
    mutating func forward(_ exchange: Exchange) {
        actions.append(.passLineUpstream)
        enqueue(exchange)
    }

    mutating func enqueue(_ exchange: Exchange) {
        if exchanges.isEmpty { replyPart = .status }
        exchanges.append(exchange)
    }

    /// An answer of Popsieve's own, in its turn.
    mutating func answer(_ reply: OwnReply) {
        if exchanges.isEmpty {
            actions.append(.sendToClient(reply.octets))
        } else {
            exchanges.append(.own(reply.octets))
        }
    }

    /// The oldest exchange is over: what waited behind it is next.
    mutating func finishExchange() {
        exchanges.removeFirst()
        while case .own(let octets) = exchanges.first {
            actions.append(.sendToClient(octets))
            exchanges.removeFirst()
        }
        replyPart = exchanges.isEmpty ? .none : .status
        if exchanges.isEmpty, pipelining == .wanted { probeCapabilities() }
        if case .message(let request, let unsent?) = exchanges.first {
            actions.append(.sendUpstream(unsent))
            exchanges[exchanges.startIndex] = .message(request, unsent: nil)
        }
    }
}

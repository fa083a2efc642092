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
        /// The upstream is dialled when the user is known; if not, at once. Needs `logsInItself`.
        package var choosesUpstreamByUser: Bool
        /// The client gets Popsieve's greeting; if not, the upstream's, with which APOP works.
        package var greetsItself: Bool
        /// Popsieve takes the credentials and logs in upstream; if not, the exchange passes line by line.
        package var logsInItself: Bool
        package var clientEncryption: ClientEncryption
        /// What CAPA offers where Popsieve takes the credentials; what else it can lead is taken, too.
        package var mechanisms = ["PLAIN", "LOGIN"]
        /// The client's address is a loopback one, or the settings allow a login in plain text.
        package var allowsPlaintextLogin: Bool
        /// Logins may have to wait, and the owner is asked about each.
        package var countsLogins: Bool
        package var passThrough: Set<String>
        /// What the client gets for a message that the rules reject.
        package var rejected: Rejected

        package enum ClientEncryption: Sendable {
            case none
            case implicit
            case starttls
        }

        package enum Rejected: Sendable {
            /// A notice in its place, which can be deleted; the message itself stays.
            case notice
            /// An error, at every poll again.
            case error
        }

        package init(
            choosesUpstreamByUser: Bool,
            greetsItself: Bool,
            logsInItself: Bool,
            clientEncryption: ClientEncryption,
            allowsPlaintextLogin: Bool,
            countsLogins: Bool = true,
            passThrough: Set<String> = [],
            rejected: Rejected = .notice
        ) {
            precondition(logsInItself || !choosesUpstreamByUser, "nobody else knows the user")
            self.choosesUpstreamByUser = choosesUpstreamByUser
            self.greetsItself = greetsItself
            self.logsInItself = logsInItself
            self.clientEncryption = clientEncryption
            self.allowsPlaintextLogin = allowsPlaintextLogin
            self.countsLogins = countsLogins
            self.passThrough = passThrough
            self.rejected = rejected
        }
    }

    /// What the rules that judge the next message want; one rule set judges a message from its command to its end.
    package struct Judging: Equatable, Sendable {
        /// Tells rule sets apart; the owner finds it again in `MessageRequest`.
        package var version: Int
        /// There are rules, and each message is judged by them.
        package var looksAtMessages: Bool
        /// The rules may ask for a message's size.
        package var asksSizes: Bool
        /// The rules may put something else in a message's place.
        package var mayWithhold: Bool
        /// The rules may reject a message, which then must not be deleted.
        package var mayReject: Bool
        /// The rules may want more of a message than its header.
        package var mayWantBody: Bool
        /// Octets beyond which they can't have it, and refuse it if they do.
        package var mostHeld: Int?
        /// A message is to be known again.
        package var wantsUIDLs: Bool
        /// What is done about messages that are too large, whatever the rules say.
        package var oversize: Oversize?
        /// Octets by which each message is announced larger than the server has it, for what rules put into its header.
        package var reserve: Int

        package init(
            version: Int = 0,
            looksAtMessages: Bool = false,
            asksSizes: Bool = false,
            mayWithhold: Bool = false,
            mayReject: Bool = false,
            mayWantBody: Bool = false,
            mostHeld: Int? = nil,
            wantsUIDLs: Bool = false,
            reserve: Int = 0
        ) {
            self.version = version
            self.looksAtMessages = looksAtMessages
            self.asksSizes = asksSizes
            self.mayWithhold = mayWithhold
            self.mayReject = mayReject
            self.mayWantBody = mayWantBody
            self.mostHeld = mostHeld
            self.wantsUIDLs = wantsUIDLs
            self.reserve = reserve
        }
    }

    /// What is done about messages that the server lists as too large.
    package struct Oversize: Equatable, Sendable {
        /// How much of such a message is asked for.
        package enum Fetch: Equatable, Sendable {
            case header
            /// With so many lines of the body.
            case lines(Int)
            case whole
        }

        /// What is larger is too large.
        package var octets: Int
        package var fetch: Fetch
        /// DELE is answered and not passed on.
        package var staysOnServer: Bool

        package init(octets: Int, fetch: Fetch, staysOnServer: Bool) {
            self.octets = octets
            self.fetch = fetch
            self.staysOnServer = staysOnServer
        }
    }

    /// Where the session stands.
    enum State {
        /// A TLS handshake with the client is under way. Next: opening, authorization.
        case securingClient
        /// The upstream has been dialled at once; the client's lines wait until it is there. Next: authorization.
        case opening(UpstreamOpening)
        /// The client may log in; at most one command is outstanding. Next: all below.
        case authorization(user: [UInt8]?)
        /// A SASL exchange with the upstream; the client owes a line. Next: itself, authorization, transaction.
        case relayingSASL(SASLRelay)
        /// A SASL exchange with Popsieve; the client owes a line. Next: itself, authorization, loggingIn.
        case answeringSASL(SASLDialogue)
        /// Popsieve knows the client's name and logs in upstream. Next: authorization, transaction.
        indirect case loggingIn(OwnLogin)
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
    /// Who the client is, as long as the upstream may have to be told.
    var announcement: [UInt8]?
    /// Commands sent upstream whose replies are due, oldest first.
    var exchanges = Deque<Exchange>()
    package internal(set) var replyPart = ReplyPart.none
    var pipelining = Pipelining.unknown
    /// Whether the upstream offers UTF8; nil where nobody has asked for its capabilities.
    var takesUTF8: Bool?
    /// What judges the messages that are asked for from now on.
    package var judging = Judging()
    /// Why nobody can log in for now, in words for the audit log; nil: everybody can. A matter of the relay's own, told before
    /// the upstream hears of the login.
    package var loginObstacle: String?
    /// Large messages are judged by the header that TOP brings; until the upstream shows that it has no TOP.
    var asksHeadersFirst = true
    /// Messages that the rules rejected; none of them may be deleted.
    var rejected: Set<MessageNumber> = []
    /// Messages of which the client has a part, or a notice in their place. TOP makes that no better.
    var undelivered: Set<MessageNumber> = []
    /// Messages that the client has whole.
    var retrieved = MessageSet()
    /// Messages that could not be judged when they were asked for; they are not deleted before the client has got them.
    var postponed: Set<MessageNumber> = []
    /// Messages that the rules let through in this session; the client may delete them.
    var delivered = MessageSet()
    /// The client was sent a message and may not have all of it yet.
    var messageIsUntaken = false
    package internal(set) var uidls: UIDLListing
    /// The message whose UIDL was asked for last: a server that does not tell is not asked again for the same request.
    var askedUIDL: MessageNumber?
    var sizes: SizeListing
    /// What LIST and STAT say instead, where that is known.
    package var trueSizes = TrueSizes.unknown
    /// Messages of which an earlier session's client has a part or a notice in their place, and not the message.
    package var undeliveredBefore = Undelivered.unknown
    /// The start of a line of LIST's answer that is corrected on its way.
    var correctedLines = ListingLines()
    /// Messages that are marked as deleted; those that are, once the server has answered QUIT.
    package internal(set) var marked = MessageSet()
    /// What must not be quoted: the secrets of the login that is under way or was the last thing that happened.
    var secrets = Secrets()
    /// Passwords have come, or may come next.
    package var holdsSecrets: Bool { !isLoggedIn || !secrets.isEmpty }
    var badCommandsInARow = 0
    /// Line ends that the upstream has sent in a row where a reply was due.
    var blankLines = 0
    /// Lines of the client that were commands, or were to be.
    var commands = 0
    /// Whether the login that the client wants may go on.
    var loginTurn = LoginTurn.unasked
    package internal(set) var failedLogins = 0
    var isInUTF8Mode = false
    /// The session ended between QUIT and its answer: what was marked as deleted may be deleted, or not.
    package private(set) var quitIsUnanswered = false
    /// The session ended while the server was asked about a user: nobody knows what it would have said.
    package private(set) var loginIsUnanswered = false
    /// The user of that login, as far as it is known.
    package var unansweredUser: [UInt8]? {
        switch loginTurn {
        case .asked(let user), .granted(let user), .refused(let user, _): user
        case .unasked: nil
        }
    }
    /// What to do now. The owner takes them all before it reports the next event.
    package var actions: [SessionAction] = []

    package init(policy: Policy, limits: Limits = Limits()) {
        self.policy = policy
        self.limits = limits
        state = .securingClient
        clientIsSecure = policy.clientEncryption == .implicit
        uidls = UIDLListing(limit: limits.uidlListing)
        sizes = SizeListing(limit: limits.sizes)
    }

    // MARK: What the owner asks

    /// Whether a line of the client can be taken now. If not, it stays where it is until the next event.
    package var acceptsClientLine: Bool {
        switch state {
        case .securingClient, .opening, .closed: false
        case .loggingIn(let login): login.isLedByClient && login.stage != .resolving && !login.awaitsUpstream
        case .authorization: exchanges.isEmpty
        case .relayingSASL: replyPart == .none
        case .answeringSASL: true
        case .transaction:
            exchanges.isEmpty
                || (pipelining == .supported && exchanges.count < limits.pipelinedCommands
                    && exchanges.last?.holdsBackOthers == false)
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
        case .opening: limits.greetingLine
        case .loggingIn(let login): if case .exchange = login.stage { limits.replyLine } else { limits.greetingLine }
        default: limits.replyLine
        }
    }

    package var isLoggedIn: Bool {
        if case .transaction = state { true } else { false }
    }

    /// Whether a message was asked for that has not come to its end.
    package var messageIsDue: Bool { exchanges.contains(where: \.isMessage) }

    package var isClosed: Bool {
        if case .closed = state { true } else { false }
    }

    /// Whether the upstream owes something. Nothing that Popsieve still thinks about counts.
    package var awaitsUpstream: Bool {
        switch state {
        case .opening: true
        case .loggingIn(let login): login.awaitsUpstream
        default: !exchanges.isEmpty && replyPart != .none
        }
    }

    /// The name that the client gave, verified or not.
    package var user: [UInt8]? {
        switch state {
        case .authorization(let user), .transaction(let user): user
        case .loggingIn(let login): login.user
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
        guard accepts(.clientSecured) else { return }
        clientIsSecure = true
        if policy.clientEncryption == .implicit {
            clientReady()
        } else {
            state = .authorization(user: nil)
        }
    }

    private mutating func clientReady() {
        if policy.greetsItself { actions.append(.sendToClient(OwnReply.ready.octets)) }
        if policy.choosesUpstreamByUser {
            state = .authorization(user: nil)
        } else {
            state = .opening(.dialling)
            actions.append(.dialUpstream(user: nil))
        }
    }

    /// The client has taken all that was sent to it: what deletes may go upstream.
    package mutating func clientTookEverything() {
        messageIsUntaken = false
    }

    /// The client's connection is gone, or will say nothing more and nothing is owed to it.
    package mutating func clientLeft(failure: String? = nil) {
        close(failure.map { .clientFailed($0) } ?? .clientLeft)
    }

    package mutating func clientTimedOut(_ phase: String) {
        tellClient(.error(.systemTemporary, "Closing the connection: \(phase)"))
        close(.clientTimedOut(phase))
    }

    /// The beginning of a line whose end has not come yet.
    package mutating func clientLineBegan(_ octets: Span<UInt8>) {
        if Command.isTLS(octets) {
            // There may be none in all of a handshake.
            violate(.foreignProtocol)
        } else if octets.count >= clientLineLimit {
            clientLineTooLong()
        }
    }

    /// No line end within the limit.
    package mutating func clientLineTooLong() {
        tellClient(.error(nil, "Line too long"))
        violate(.lineTooLong(.client))
    }

    /// Others have no room, and nobody has logged in here.
    package mutating func evicted() {
        tellClient(.error(.systemTemporary, "Others are waiting; log in sooner"))
        close(.evicted)
    }

    package mutating func shutDown() {
        tellClient(.error(.systemTemporary, "The relay is shutting down"))
        close(.shutdown)
    }

    /// A message that was held back can't go on to the client, which has a part of it and must not take that for all.
    package mutating func heldMessageLost(_ reason: String) {
        close(.heldMessageLost(reason))
    }

    // MARK: Ends

    /// The last thing that the client is told, unless it would be taken for a part of something else: a TLS handshake, a
    /// list, a message.
    mutating func tellClient(_ reply: OwnReply) {
        switch state {
        case .securingClient, .closed: return
        // Of what the upstream says meanwhile the client sees nothing.
        case .loggingIn: return actions.append(.sendToClient(reply.octets))
        case .opening, .authorization, .relayingSASL, .answeringSASL, .transaction: break
        }
        switch replyPart {
        case .status, .none, .heldMessage: actions.append(.sendToClient(reply.octets))
        case .list, .listing, .collected:
            if exchanges.first?.isOwn == true { actions.append(.sendToClient(reply.octets)) }
        case .message: break
        }
    }

    mutating func close(_ closing: Closing) {
        guard !isClosed else { return }
        loginIsUnanswered = loginIsUnderWay && loginTurn != .unasked
        state = .closed
        quitIsUnanswered = exchanges.contains(.quit) && closing != .quit && closing != .quitRefused
        exchanges.removeAll()
        replyPart = .none
        secrets.forget()
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
        let finished = exchanges.removeFirst()
        if isLoggedIn, !finished.isLogin { secrets.forget() }
        while case .own(let octets) = exchanges.first {
            actions.append(.sendToClient(octets))
            exchanges.removeFirst()
        }
        replyPart = exchanges.isEmpty ? .none : .status
        if exchanges.isEmpty, pipelining == .wanted { probeCapabilities() }
    }
}

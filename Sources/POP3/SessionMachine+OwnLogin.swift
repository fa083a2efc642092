// A login that Popsieve carries out: whose mailbox it is, opening the upstream, choosing how, line by line to the end.
// Must not know passwords, tokens or mechanisms beyond what the client said itself: the owner answers for them.

extension SessionMachine {
    /// What is known of it so far.
    struct OwnLogin {
        enum Stage: Equatable {
            /// The owner finds out where to, and whether it may be. Next: opening.
            case resolving
            case opening(UpstreamOpening)
            /// CAPA was sent. Next: choosing.
            case asking
            /// The owner chooses how. Next: exchange.
            case choosing
            case exchange(UpstreamLogin)
        }

        /// What the client has said.
        enum Source {
            case credentials(Credentials)
            case begun(FirstResponse)
        }

        var stage = Stage.resolving
        let user: [UInt8]
        /// The client's.
        let mechanism: String
        let source: Source
        var plan = LoginPlan()
        /// Of the greeting.
        var stamp: [UInt8]?
        var method: LoginMethod?
        var mayRetry = false
        /// What was wrong with the credentials, as far as it was told before the refusal.
        var complaint: String?

        /// The client leads the exchange, through Popsieve.
        var isLedByClient: Bool {
            if case .begun = source { plan.voice == .client } else { false }
        }

        /// Whether it is the server's turn.
        var awaitsUpstream: Bool {
            switch stage {
            case .resolving, .choosing: false
            case .opening, .asking: true
            case .exchange(let exchange): exchange.awaitsReply
            }
        }

        /// Nil where it is as the client said.
        var upstreamIdentity: UpstreamIdentity? {
            let name = method?.name
            let differs = UpstreamIdentity(
                user: plan.user == user ? nil : plan.user,
                mechanism: name == mechanism ? nil : name
            )
            return differs == UpstreamIdentity() ? nil : differs
        }

        func failure(_ side: LoginFailure.Side, code: ResponseCode? = nil, _ reason: String) -> LoginFailure {
            var failure = LoginFailure(user: user, mechanism: mechanism, side: side, code: code, reason: reason)
            failure.upstream = upstreamIdentity
            failure.concernsClient = plan.voice != .owner
            return failure
        }
    }

    /// A reason to give a login up that is not the server's refusal.
    package struct LoginDenial: Equatable, Sendable {
        package var code: ResponseCode
        /// Where the fault is.
        package var side: LoginFailure.Side
        /// For the audit log.
        package var reason: String
        /// For the client; nil: Popsieve's own.
        private var words: String?

        package init(_ code: ResponseCode, side: LoginFailure.Side = .relay, _ reason: String) {
            self.code = code
            self.side = side
            self.reason = reason
        }

        /// A directory's refusal, with the response code (RFC 2449) that it may begin with.
        package init(words: String) {
            let line = Array("-ERR \(words)".utf8)
            let code = ResponseCode(in: line.span)
            self.code = code ?? .auth
            side = .relay
            let rest = code == nil ? words[...] : words.drop { $0 != "]" }.dropFirst().drop { $0 == " " }
            self.words = rest.isEmpty ? nil : String(rest)
            reason = "the directory: \(rest.isEmpty ? "rejected" : rest)"
        }

        fileprivate var reply: OwnReply {
            if let words { return .error(code, words) }
            return switch code {
            case .auth: .error(.auth, "Login failed")
            case .systemPermanent: .error(code, "No login is possible with these settings")
            case .systemTemporary, .inUse, .loginDelay: .error(code, "No login is possible for now; try again later")
            }
        }
    }

    /// Whether the owner still thinks about a login, or fetches something for it.
    package var awaitsOwner: Bool {
        guard case .loggingIn(let login) = state else { return false }
        return !login.awaitsUpstream && !login.isLedByClient || login.stage == .resolving
    }

    /// What APOP's digest is of, of the upstream that is being logged in to.
    package var upstreamStamp: [UInt8]? {
        if case .loggingIn(let login) = state { login.stamp } else { nil }
    }

    // MARK: Whose mailbox, and where

    mutating func resolve(_ source: OwnLogin.Source, user: [UInt8], mechanism: String) {
        state = .loggingIn(OwnLogin(user: user, mechanism: mechanism, source: source))
        replyPart = .none
        let credentials: Credentials? = if case .credentials(let credentials) = source { credentials } else { nil }
        let isBound = if case .begun(let first) = source { first.renamed([0x78]) == nil } else { false }
        let query = LoginQuery(user: user, mechanism: mechanism, credentials: credentials, isBound: isBound)
        actions.append(.resolveLogin(query))
    }

    /// It may go on, in this way.
    package mutating func loginResolved(_ plan: LoginPlan) {
        guard case .loggingIn(var login) = state, login.stage == .resolving else { return }
        login.plan = plan
        guard policy.choosesUpstreamByUser else { return begin(login) }
        login.stage = .opening(.dialling)
        state = .loggingIn(login)
        actions.append(.dialUpstream(user: login.user))
    }

    /// It may not, or does not go on. The client may try again.
    package mutating func loginDenied(_ denial: LoginDenial) {
        guard case .loggingIn(let login) = state else { return }
        // A directory could quote what it was asked.
        let reason = excerpt(Array(denial.reason.utf8).span)
        endLogin(login.failure(denial.side, code: denial.code, reason), denial.reply)
    }

    private mutating func endLogin(_ failure: LoginFailure, _ reply: OwnReply) {
        state = .authorization(user: nil)
        replyPart = .none
        actions.append(.record(.loginFailed(failure)))
        if policy.choosesUpstreamByUser { actions.append(.closeUpstream) }
        actions.append(.sendToClient(reply.octets))
        countFailedLogin()
    }

    // MARK: How

    /// The upstream is open.
    mutating func begin(_ login: OwnLogin) {
        switch (login.plan.voice, login.source) {
        case (.client, .credentials): start(login, .user)
        case (.client, .begun(let first)):
            guard let octets = login.plan.user.map(first.renamed) ?? first.octets else {
                state = .loggingIn(login)
                return loginDenied(LoginDenial(.auth, "\(login.mechanism) is bound to the name that the client gave"))
            }
            start(login, .sasl(mechanism: first.mechanism.rawValue, first: octets, decides: true))
        case (.ownerForClient, _), (.owner, _):
            setStage(.asking, of: login)
            replyPart = .status
            actions.append(.sendUpstream(Array("CAPA\r\n".utf8)))
        }
    }

    private mutating func setStage(_ stage: OwnLogin.Stage, of login: OwnLogin) {
        var login = login
        login.stage = stage
        state = .loggingIn(login)
    }

    /// The status line of CAPA's answer.
    mutating func askedLine(_ login: OwnLogin, _ line: Span<UInt8>) {
        switch ReplyStatus(line) {
        case .ok: replyPart = .collected
        case .error: choose(login, nil)
        case .challenge, .invalid: upstreamFailed(.violation(.notAReply(excerpt(line))))
        }
    }

    /// - Parameter capabilities: nil where the server tells none
    mutating func choose(_ login: OwnLogin, _ capabilities: Capabilities?) {
        setStage(.choosing, of: login)
        replyPart = .none
        let offer = LoginOffer(
            mechanisms: capabilities?.mechanisms,
            takesUser: capabilities?.takesUser ?? true,
            stamp: login.stamp
        )
        actions.append(.chooseLogin(offer))
    }

    /// A server could quote it, whether it was sent or only used.
    package mutating func keepsQuiet(about secret: [UInt8]) { secrets.add(secret) }

    /// - Parameter mayRetry: with other credentials, if the server refuses these
    package mutating func loginChosen(_ method: LoginMethod, mayRetry: Bool = false) {
        guard case .loggingIn(var login) = state, login.stage == .choosing else { return }
        login.mayRetry = mayRetry
        start(login, method)
    }

    private mutating func start(_ login: OwnLogin, _ method: LoginMethod) {
        let (exchange, command) = UpstreamLogin.begin(method, user: login.plan.user ?? login.user)
        var login = login
        login.method = method
        if case .sasl(_, let first?, _) = method { secrets.add(response: Base64.encode(first)) }
        if case .apop(let digest) = method { secrets.add(digest) }
        setStage(.exchange(exchange), of: login)
        replyPart = .status
        actions.append(.sendUpstream(command))
    }

    // MARK: Line by line

    mutating func loginLine(_ exchange: UpstreamLogin, of login: OwnLogin, _ line: Span<UInt8>) {
        var exchange = exchange
        var step = exchange.replyReceived(ReplyStatus(line))
        // The client's own password is there at once.
        if step == .needsAnswer, login.method == .user, login.plan.voice != .owner,
            case .credentials(let credentials) = login.source
        {
            step = exchange.answerGiven(credentials.secret, decides: true)
        }
        setStage(.exchange(exchange), of: login)
        switch step {
        case .send(let command): actions.append(.sendUpstream(command))
        case .needsAnswer:
            replyPart = .none
            if login.isLedByClient { return actions.append(.passLineToClient) }
            guard let challenge = exchange.challenge(in: line) else {
                return upstreamFailed(.violation(.notAReply(excerpt(line))))
            }
            actions.append(.answerChallenge(challenge))
        case .succeeded:
            replyPart = .none
            logInSucceeded(user: login.user, mechanism: login.mechanism, login.upstreamIdentity)
        case .refused: loginRefused(login, line)
        case .violated: upstreamFailed(.violation(.notAReply(excerpt(line))))
        }
    }

    private mutating func loginRefused(_ login: OwnLogin, _ line: Span<UInt8>) {
        if login.mayRetry {
            setStage(.choosing, of: login)
            replyPart = .none
            return actions.append(.chooseLogin(LoginOffer(takesUser: false, isRetry: true)))
        }
        let code = ResponseCode(in: line)
        var reason = words(of: line)
        if let complaint = login.complaint { reason += " (\(complaint))" }
        // The upstream's words could tell which users exist; its code is passed on.
        endLogin(login.failure(.upstream, code: code, reason), .error(code ?? .auth, "Login failed"))
    }

    /// The line that was asked for: a password, or what a response decodes to.
    ///
    /// - Parameters:
    ///   - decides: the server's `+OK` means then that the login has succeeded
    ///   - complaint: what the challenge said was wrong
    package mutating func challengeAnswered(_ answer: [UInt8], decides: Bool, complaint: String? = nil) {
        guard case .loggingIn(var login) = state, case .exchange(var exchange) = login.stage, !exchange.awaitsReply
        else {
            return
        }
        let isPassword = login.method == .user
        let line = isPassword ? answer : Base64.encode(answer)
        if isPassword { secrets.add(line) } else { secrets.add(response: line) }
        login.complaint = complaint ?? login.complaint
        say(line, in: &exchange, of: login, decides: decides)
    }

    /// The client's line, for the upstream.
    mutating func passAnswer(_ line: Span<UInt8>, _ exchange: UpstreamLogin, of login: OwnLogin) {
        for index in line.indices where line[index] < 0x20 || line[index] == 0x7F {
            tellClient(.error(nil, CommandError.controlOctet.text))
            return violate(.controlOctetInResponse)
        }
        let line = [UInt8](copying: line)
        if line != [0x2A] { secrets.add(response: line) }
        var exchange = exchange
        say(line, in: &exchange, of: login, decides: true)
    }

    private mutating func say(
        _ line: [UInt8],
        in exchange: inout UpstreamLogin,
        of login: OwnLogin,
        decides: Bool
    ) {
        guard case .send(let command) = exchange.answerGiven(line, decides: decides) else { return }
        setStage(.exchange(exchange), of: login)
        replyPart = .status
        actions.append(.sendUpstream(command))
    }
}

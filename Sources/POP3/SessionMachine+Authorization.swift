// The client's lines before it is logged in: commands, and the lines of a SASL exchange (RFC 1939 section 4, RFC 5034).
// Must not read replies, nor carry a login out; see SessionMachine+Opening.

extension SessionMachine {
    /// Whether there is an upstream before the login.
    var hasUpstream: Bool { !policy.choosesUpstreamByUser }

    var allowsLogin: Bool { clientIsSecure || policy.allowsPlaintextLogin }

    mutating func authorize(_ line: Span<UInt8>, user: [UInt8]?, octetsBehind: Bool) -> LineDisposition {
        guard let command = parse(line) else { return .taken }
        switch command {
        case .user, .pass, .apop, .rpop, .auth:
            badCommandsInARow = 0
            guard allowsLogin else {
                let way = policy.clientEncryption == .starttls ? "after STLS" : "with TLS"
                answer(.error(.auth, "Log in \(way) only: this connection is not encrypted"))
                return .taken
            }
            if let loginObstacle, postponeLogin(command, line, user: user, loginObstacle) { return .taken }
            return policy.logsInItself
                ? loginHere(command, line, user: user) : loginUpstream(command, line, user: user)
        case .stls: startTLS(octetsBehind: octetsBehind)
        case .capa:
            badCommandsInARow = 0
            if policy.logsInItself {
                let own = Capabilities.own(mechanisms: policy.mechanisms)
                answer(OwnReply(octets: own.offered(under: conditions).reply))
            } else {
                forward(.capabilities)
            }
        case .quit where !hasUpstream:
            answer(.ok("Bye"))
            close(.quit)
        case .quit: forward(.quit)
        case .utf8 where hasUpstream: forward(.utf8)
        case .lang(let hasArgument) where hasUpstream: forward(hasArgument ? .line : .list)
        case .unknown(let keyword): refuseUnknown(line, keyword)
        case .stat, .list, .uidl, .retr, .top, .dele, .noop, .rset, .utf8, .lang:
            refuse(.error(nil, "Log in first"))
        }
        return .taken
    }

    /// Refuses a login for now (RFC 3206). An error at each message would stop a mail program in the middle, at every poll.
    ///
    /// - Returns: false for what is no login yet
    private mutating func postponeLogin(
        _ command: Command,
        _ line: Span<UInt8>,
        user: [UInt8]?,
        _ reason: String
    ) -> Bool {
        var failure = LoginFailure(mechanism: "USER", side: .relay, code: .systemTemporary, reason: reason)
        switch command {
        case .pass where user != nil: failure.user = user
        case .rpop where user != nil: (failure.user, failure.mechanism) = (user, "RPOP")
        case .apop(let name): (failure.user, failure.mechanism) = ([UInt8](copying: line.extracting(name)), "APOP")
        case .auth(let mechanism?, _): failure.mechanism = String(copying: line.extracting(mechanism)).uppercased()
        default: return false
        }
        state = .authorization(user: nil)
        actions.append(.record(.loginFailed(failure)))
        answer(.error(.systemTemporary, "Mail can't be scanned for now; try again later"))
        countFailedLogin()
        return true
    }

    /// What CAPA may promise now.
    var conditions: Capabilities.Conditions {
        Capabilities.Conditions(
            offersSTLS: policy.clientEncryption == .starttls && !clientIsSecure && !isLoggedIn,
            allowsLogin: allowsLogin
        )
    }

    private mutating func startTLS(octetsBehind: Bool) {
        guard policy.clientEncryption == .starttls, !clientIsSecure else {
            return refuse(.error(nil, clientIsSecure ? "TLS is active already" : "TLS is not offered here"))
        }
        // What was asked in plain text can't be taken back at the upstream (RFC 6856 section 2).
        guard !isInUTF8Mode else { return refuse(.error(nil, "STLS comes before UTF8")) }
        guard !octetsBehind else { return violate(.octetsBehindSTLS(.client)) }
        // Whatever the client said in plain text is forgotten (RFC 2595 section 4).
        state = .securingClient
        loginTurn = .unasked
        badCommandsInARow = 0
        actions.append(.sendToClient(OwnReply.ok("Begin TLS").octets))
        actions.append(.secureClient)
    }

    /// The only upstream answers; Popsieve just listens.
    private mutating func loginUpstream(
        _ command: Command,
        _ line: Span<UInt8>,
        user: [UInt8]?
    ) -> LineDisposition {
        guard policy.countsLogins, let attempt = attempt(command, line, user: user) else {
            passLogin(command, line, user: user)
            return .taken
        }
        guard let isGranted = mayLogIn(attempt.user, attempt.mechanism) else { return .deferred }
        if isGranted { passLogin(command, line, user: user) }
        return .taken
    }

    /// Who tries to log in, and how, where the line lets the server decide; already with USER, by which servers tell which
    /// users there are.
    private func attempt(
        _ command: Command,
        _ line: Span<UInt8>,
        user: [UInt8]?
    ) -> (user: [UInt8]?, mechanism: String)? {
        switch command {
        case .user(let name): return ([UInt8](copying: line.extracting(name)), "USER")
        case .pass: return user.map { ($0, "USER") }
        case .rpop: return user.map { ($0, "RPOP") }
        case .apop(let name): return ([UInt8](copying: line.extracting(name)), "APOP")
        case .auth(let mechanism?, let response):
            var relay = SASLRelay(mechanism: String(copying: line.extracting(mechanism)).uppercased())
            if let response { relay.learn(line.extracting(response)) }
            return relay.tellsUser && response == nil ? nil : (relay.user, relay.mechanism)
        default: return nil
        }
    }

    private mutating func passLogin(_ command: Command, _ line: Span<UInt8>, user: [UInt8]?) {
        switch command {
        case .user(let name): forward(.login(.user(name: [UInt8](copying: line.extracting(name)))))
        case .pass(let password):
            guard let user else { return answer(.error(nil, "USER first")) }
            secrets.add([UInt8](copying: line.extracting(password)))
            forward(.login(.final(user: user, mechanism: "USER")))
        case .rpop:
            guard let user else { return answer(.error(nil, "USER first")) }
            forward(.login(.final(user: user, mechanism: "RPOP")))
        case .apop(let name):
            // What is behind the name is a digest of the password.
            let digest = line.extracting(min(name.upperBound + 1, line.count)..<line.count)
            secrets.add([UInt8](copying: digest))
            forward(.login(.final(user: [UInt8](copying: line.extracting(name)), mechanism: "APOP")))
        case .auth(nil, _): forward(.mechanisms)
        case .auth(let mechanism?, let response):
            let mechanism = String(copying: line.extracting(mechanism)).uppercased()
            // EXTERNAL would log the client in with Popsieve's own certificate.
            guard !Capabilities.relayable(mechanisms: [mechanism[...]]).isEmpty else {
                return answer(.error(nil, "Unsupported authentication mechanism"))
            }
            var relay = SASLRelay(mechanism: mechanism)
            if let response { learn(&relay, line.extracting(response)) }
            forward(.login(.sasl(relay)))
        default: break
        }
    }

    mutating func relaySASL(_ line: Span<UInt8>, _ relay: SASLRelay) -> LineDisposition {
        for index in line.indices where line[index] < 0x20 || line[index] == 0x7F {
            // The upstream must not see it, and it still waits for a line.
            tellClient(.error(nil, CommandError.controlOctet.text))
            violate(.controlOctetInResponse)
            return .taken
        }
        var relay = relay
        if !(line.count == 1 && line[0] == 0x2A) {
            if relay.tellsUser, !relay.hasResponse {
                var next = relay
                next.learn(line)
                guard let isGranted = mayLogIn(next.user, relay.mechanism) else { return .deferred }
                guard isGranted else { return .taken }
            }
            learn(&relay, line)
        }
        state = .authorization(user: nil)
        forward(.login(.sasl(relay)))
        return .taken
    }

    private mutating func learn(_ relay: inout SASLRelay, _ response: Span<UInt8>) {
        // LOGIN begins with the name, which is no secret.
        if relay.mechanism != "LOGIN" || relay.hasResponse { secrets.add(response: [UInt8](copying: response)) }
        relay.learn(response)
    }

    /// Popsieve answers, until the user is known.
    private mutating func loginHere(_ command: Command, _ line: Span<UInt8>, user: [UInt8]?) -> LineDisposition {
        switch command {
        case .user(let name):
            state = .authorization(user: [UInt8](copying: line.extracting(name)))
            answer(.ok("Send PASS"))
        case .pass(let password):
            guard let user else {
                answer(.error(nil, "USER first"))
                return .taken
            }
            return logIn(Credentials(user: user, secret: [UInt8](copying: line.extracting(password))), "USER")
        case .auth(nil, _): answer(OwnReply(octets: Capabilities(lines: policy.mechanisms).reply))
        case .auth(let name?, let response):
            guard let mechanism = SASLDialogue.Mechanism(rawValue: String(copying: line.extracting(name)).uppercased())
            else {
                answer(.error(nil, "Unsupported authentication mechanism"))
                return .taken
            }
            let dialogue = SASLDialogue(mechanism: mechanism)
            if let response { return answerSASL(line.extracting(response), dialogue) }
            state = .answeringSASL(dialogue)
            actions.append(.sendToClient(dialogue.challenge))
        default: answer(.error(nil, "Unsupported authentication mechanism"))
        }
        return .taken
    }

    mutating func answerSASL(_ line: Span<UInt8>, _ dialogue: SASLDialogue) -> LineDisposition {
        switch dialogue.responseReceived(line) {
        case .continues(let next):
            state = .answeringSASL(next)
            actions.append(.sendToClient(next.challenge))
        case .complete(let credentials): return logIn(credentials, dialogue.mechanism.rawValue)
        case .begun(let first):
            guard let isGranted = mayLogIn(first.user, dialogue.mechanism.rawValue) else { return .deferred }
            guard isGranted else { return .taken }
            secrets.add(response: [UInt8](copying: line))
            resolve(.begun(first), user: first.user, mechanism: dialogue.mechanism.rawValue)
        case .cancelled:
            state = .authorization(user: nil)
            answer(.error(nil, "Authentication cancelled"))
        case .malformed: return logIn(nil, dialogue.mechanism.rawValue)
        }
        return .taken
    }

    private mutating func logIn(_ credentials: Credentials?, _ mechanism: String) -> LineDisposition {
        guard let credentials else {
            state = .authorization(user: nil)
            actions.append(
                .record(.loginFailed(.init(mechanism: mechanism, side: .relay, reason: "malformed credentials")))
            )
            refuse(.error(.auth, "Authentication failed"))
            return .taken
        }
        guard let isGranted = mayLogIn(credentials.user, mechanism) else { return .deferred }
        guard isGranted else { return .taken }
        secrets.add(credentials.secret)
        resolve(.credentials(credentials), user: credentials.user, mechanism: mechanism)
        return .taken
    }
}

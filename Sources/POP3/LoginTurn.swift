// Whether a login may reach the server now: guesses wait for their turn, and some are refused.
// Must not count or measure time: the owner does.

/// Where the question stands. The client's line stays where it is until it is answered.
enum LoginTurn: Equatable, Sendable {
    /// Nobody wants to log in.
    case unasked
    /// The owner was asked about this user; nil where the exchange does not tell.
    case asked(user: [UInt8]?)
    /// One try.
    case granted(user: [UInt8]?)
    case refused(user: [UInt8]?, reason: String)

    /// What follows for a login of this user.
    enum Permission: Equatable {
        case granted
        case refused(reason: String)
        /// Ask, and hand the line over again.
        case ask
        case wait
    }

    func permission(for user: [UInt8]?) -> Permission {
        switch self {
        case .granted(user): .granted
        case .refused(user, let reason): .refused(reason: reason)
        case .asked(user): .wait
        case .unasked, .asked, .granted, .refused: .ask
        }
    }
}

extension SessionMachine {
    /// Whether the owner still thinks about a login.
    package var awaitsLoginTurn: Bool { if case .asked = loginTurn { true } else { false } }

    /// A try may go on. Whoever asked may have gone.
    package mutating func loginTurnCame() {
        if case .asked(let user) = loginTurn { loginTurn = .granted(user: user) }
    }

    /// It may not, for now; in words for the client and the audit log.
    package mutating func loginTurnRefused(_ reason: String) {
        if case .asked(let user) = loginTurn { loginTurn = .refused(user: user, reason: reason) }
    }

    /// Whether the server is being asked about somebody.
    var loginIsUnderWay: Bool {
        switch state {
        case .loggingIn: true
        case .authorization, .relayingSASL: exchanges.contains(where: \.isLogin)
        case .securingClient, .opening, .answeringSASL, .transaction, .closed: false
        }
    }

    /// Whether it is the client that has to say something, to get its login done.
    package var waitsForClientsLogin: Bool {
        switch state {
        case .securingClient, .answeringSASL: true
        case .authorization, .relayingSASL: exchanges.isEmpty && !awaitsLoginTurn
        case .loggingIn: acceptsClientLine
        case .opening, .transaction, .closed: false
        }
    }

    /// Nil: the line is to be handed over again. False: it is answered, and no login.
    mutating func mayLogIn(_ user: [UInt8]?, _ mechanism: String) -> Bool? {
        guard policy.countsLogins else { return true }
        switch loginTurn.permission(for: user) {
        case .granted: return true
        case .wait: return nil
        case .ask:
            loginTurn = .asked(user: user)
            actions.append(.askForLogin(user: user))
            return nil
        case .refused(let reason):
            refuseLogin(LoginFailure(user: user, mechanism: mechanism, side: .relay, code: .loginDelay, reason: reason))
            return false
        }
    }

    private mutating func refuseLogin(_ failure: LoginFailure) {
        // The server would wait for a response that does not come.
        let isInExchange = if case .relayingSASL = state { true } else { false }
        loginTurn = .unasked
        actions.append(.record(.loginFailed(failure)))
        let reply = OwnReply.error(.loginDelay, failure.reason)
        guard !isInExchange else {
            tellClient(reply)
            return violate(.tooManyFailedLogins)
        }
        state = .authorization(user: nil)
        answer(reply)
        countFailedLogin()
    }
}

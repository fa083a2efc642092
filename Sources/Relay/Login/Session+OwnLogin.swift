// A login that the relay carries out: whose account, which upstream, by what, and each answer to the upstream.
// Must not know lines or replies: the session machine does. What comes late belongs to an attempt, or to nobody.

import NIOCore
import POP3
import Passwords
import SASL
import Transport

extension Session {
    // MARK: Whose mailbox

    func resolveLogin(_ query: LoginQuery) {
        let attempt = LoginAttempt(query)
        self.attempt = attempt
        if let match = loop.configuration.accounts.match(query.user) {
            check(attempt, match)
        } else if let directory = loop.configuration.directory {
            ask(directory, for: attempt)
        } else if let (upstream, name) = loop.configuration.destination(for: query.user) {
            attempt.upstream = upstream
            attempt.name = name ?? query.user
            goOn(attempt)
        } else if let decoy = loop.configuration.accounts.decoy, let credentials = query.credentials {
            // Who is not there takes as long as who is.
            hash(credentials.secret, decoy, for: attempt) { _ in false }
        } else {
            machine.upstreamFailed(.noRoute)
        }
    }

    func goOn(_ attempt: LoginAttempt) {
        guard let upstream = attempt.upstream else { return machine.upstreamFailed(.noRoute) }
        let isClients = attempt.credential == nil
        let isLed = upstream.logins == nil && upstream.isConfidential || attempt.query.credentials == nil
        let name = attempt.name == attempt.query.user ? nil : attempt.name
        machine.loginResolved(LoginPlan(user: name, voice: isClients ? (isLed ? .client : .ownerForClient) : .owner))
    }

    // MARK: The password that is checked here

    private func check(_ attempt: LoginAttempt, _ match: Accounts.Match) {
        guard let credentials = attempt.query.credentials else {
            return deny(.auth, "\(attempt.query.mechanism) can't be checked here: the account has a password")
        }
        attempt.account = match.account
        guard let hash = match.hash ?? loop.configuration.accounts.decoy else { return deny(.auth, Self.wrongPassword) }
        let exists = match.hash != nil
        self.hash(credentials.secret, hash, for: attempt) { $0 && exists }
    }

    private func hash(
        _ password: [UInt8],
        _ hash: PasswordHash,
        for attempt: LoginAttempt,
        _ verdict: @escaping @Sendable (Bool) -> Bool
    ) {
        let checked = loop.shared.checkedPasswords
        let place = SlowHashes.Place(most: loop.limits.slowHashes, isFirst: isKnownLogin)
        guard let result = checked.check(password, hash, place, on: loop.eventLoop, at: loop.now) else {
            return passwordChecked(attempt, nil)
        }
        let this = NIOLoopBound((self, attempt), eventLoop: loop.eventLoop)
        result.hop(to: loop.eventLoop).whenComplete { result in
            let (session, attempt) = this.value
            session.take(.passwordChecked(attempt, (try? result.get()).map(verdict)))
        }
    }

    /// Does something that takes long, and takes the event that it comes to.
    private func beside<Value: Sendable>(
        _ attempt: LoginAttempt,
        _ work: @escaping @Sendable () -> Value,
        event: @escaping (LoginAttempt, Value) -> SessionEvent
    ) {
        let this = NIOLoopBound((self, attempt, event), eventLoop: loop.eventLoop)
        let place = SlowHashes.Place(most: loop.limits.slowHashes, isFirst: isKnownLogin)
        let result = loop.shared.slowProofs.run(place, toldTo: loop.eventLoop, work)
        guard let result else { return deny(.systemTemporary, Self.tooMany) }
        result.whenComplete { result in
            let (session, attempt, event) = this.value
            // It fails when the relay has ended.
            if case .success(let value) = result { session.take(event(attempt, value)) }
        }
    }

    /// - Parameter isRight: nil where it could not be checked
    func passwordChecked(_ attempt: LoginAttempt, _ isRight: Bool?) {
        guard attempt === self.attempt else { return }
        guard let isRight else { return deny(.systemTemporary, Self.tooMany) }
        guard isRight, let account = attempt.account else { return deny(.auth, Self.wrongPassword) }
        let configuration = loop.configuration
        attempt.credential = account.credential
        attempt.upstream = configuration.upstream(of: account, attempt.query.user)
        attempt.name = account.name.map { $0.name(for: attempt.query.user) ?? [] } ?? attempt.query.user
        guard !attempt.name.isEmpty else { return deny(.auth, "nothing is left of the user's name") }
        goOn(attempt)
    }

    private static let wrongPassword = "wrong password"
    private static let tooMany = "too many logins wait (limits.logins-in-check)"

    // MARK: What the upstream hears

    func chooseLogin(_ offer: LoginOffer) {
        guard let attempt, let upstream = attempt.upstream else { return }
        if offer.isRetry {
            attempt.isRetry = true
            return provideSecret(attempt)
        }
        let remote = self.upstream.connection?.remoteAddress
        attempt.mechanism = UpstreamMechanism.choice(
            of: offer,
            upstream.logins,
            withToken: attempt.usesToken,
            isConfidential: upstream.encryption != .none || remote?.isLoopback == true
        )
        guard attempt.mechanism != nil else {
            let offered = offer.mechanisms?.joined(separator: " ") ?? ""
            let isOpen = upstream.encryption == .none && upstream.logins == nil
            let what = isOpen ? ", and the connection is not encrypted: name what is allowed (login)" : ""
            return deny(.systemPermanent, "the server offers nothing that will do (\(offered.prefix(120)))\(what)")
        }
        provideSecret(attempt)
    }

    private func provideSecret(_ attempt: LoginAttempt) {
        switch attempt.credential {
        case nil: start(attempt, attempt.query.credentials.map { HeldSecret($0.secret) })
        case .password(let secret): start(attempt, secret)
        case .token(let account):
            guard let tokens = loop.configuration.tokens else {
                return deny(.systemPermanent, "there are no tokens here")
            }
            let this = NIOLoopBound((self, attempt), eventLoop: loop.eventLoop)
            let refused = attempt.isRetry ? attempt.secret : nil
            tokens.token(of: account, insteadOf: refused, on: loop.eventLoop).hop(to: loop.eventLoop).whenComplete {
                let (session, attempt) = this.value
                session.take(.tokenCame(attempt, $0))
            }
        }
    }

    func tokenCame(_ attempt: LoginAttempt, _ result: Result<HeldSecret, any Error>) {
        guard attempt === self.attempt else { return }
        switch result {
        case .success(let token) where attempt.isRetry && token == attempt.secret:
            deny(.auth, "the server has refused the token, and there is no other")
        case .success(let token): start(attempt, token)
        case .failure(let error as TokenFailure):
            deny(error.isTemporary ? .systemTemporary : .auth, "no token: \(error.reason)")
        case .failure: deny(.systemTemporary, "no token")
        }
    }

    private func start(_ attempt: LoginAttempt, _ secret: HeldSecret?) {
        guard let secret, let mechanism = attempt.mechanism, let upstream = attempt.upstream else { return }
        attempt.secret = secret
        machine.keepsQuiet(about: secret.octets)
        guard let sasl = mechanism.sasl else {
            guard mechanism == .apop else { return machine.loginChosen(.user) }
            guard let stamp = machine.upstreamStamp, let digest = apopDigest(stamp: stamp, secret: secret.octets) else {
                return deny(.systemPermanent, "there is no MD5 here")
            }
            return machine.loginChosen(.apop(digest: digest))
        }
        let (host, port) = (upstream.host, upstream.port)
        attempt.exchange = SASLClient(sasl, user: attempt.name, secret: secret.octets, host: host, port: port)
        guard let exchange = attempt.exchange else { return deny(.systemTemporary, "there is nothing random here") }
        machine.loginChosen(
            .sasl(mechanism: sasl.rawValue, first: exchange.first, decides: exchange.firstDecides),
            mayRetry: attempt.usesToken && !attempt.isRetry
        )
    }

    func answerChallenge(_ challenge: [UInt8]) {
        guard let attempt else { return }
        guard var exchange = attempt.exchange else {
            return machine.challengeAnswered(attempt.secret?.octets ?? [], decides: true)
        }
        guard exchange.answersSlowly else {
            let step = exchange.challenge(challenge)
            attempt.exchange = exchange
            return say(step)
        }
        let before = exchange
        beside(attempt, { Self.answer(challenge, before) }, event: { .challengeSolved($0, $1) })
    }

    private static func answer(_ challenge: [UInt8], _ exchange: SASLClient) -> SolvedChallenge {
        var exchange = exchange
        let step = exchange.challenge(challenge)
        return SolvedChallenge(exchange: exchange, step: step)
    }

    func challengeSolved(_ attempt: LoginAttempt, _ solved: SolvedChallenge) {
        guard attempt === self.attempt else { return }
        attempt.exchange = solved.exchange
        say(solved.step)
    }

    private func say(_ step: SASLClient.Step) {
        switch step {
        case .answer(let octets, let decides, let complaint):
            machine.challengeAnswered(octets, decides: decides, complaint: complaint)
        case .failed(let why): machine.loginDenied(.init(.systemTemporary, side: .upstream, why))
        }
    }

    func deny(_ code: ResponseCode, _ reason: String) {
        machine.loginDenied(.init(code, reason))
    }
}

/// What was said to a challenge, and the exchange behind it.
struct SolvedChallenge: Sendable {
    let exchange: SASLClient
    let step: SASLClient.Step
}

// A login's turn: before the server hears of it, and what came of it.
// Must not count anything: the relay's admission does.

import NIOCore
import POP3
import Transport

extension Session {
    /// Nearly always answered at once.
    func askForLogin(_ user: [UInt8]?) {
        endLoginTry()
        loginTimer?.cancel()
        askForLogin(user, since: loop.now)
    }

    private func askForLogin(_ user: [UInt8]?, since: NIODeadline) {
        guard let block = origin.addressBlock else { return machine.loginTurnCame() }
        let now = loop.now
        switch loop.shared.admission.ask(block, user: user, loop.loginLimits, since: since, at: now) {
        case .now(let isKnown):
            loginTry = LoginTry(user: user, start: now, isKnown: isKnown)
            machine.loginTurnCame()
        case .at(let turn):
            loop.counts.loginsDelayed += 1
            loginTry = LoginTry(user: user, start: turn, isKnown: false)
            loginTimer = loop.eventLoop.after(turn - now) { self.take(.loginMayGoOn) }
        case .askAgain(let turn):
            if since == now { loop.counts.loginsDelayed += 1 }
            loginTimer = loop.eventLoop.after(turn - now) { self.take(.loginAsksAgain(user, since: since)) }
        case .refused(let refusal):
            switch refusal {
            case .tooManyFailures: loop.counts.loginsRefusedForFailures += 1
            case .tooMany: loop.counts.loginsRefusedForNumber += 1
            }
            machine.loginTurnRefused(refusal.words)
        }
    }

    func loginMayGoOn() {
        loginTimer = nil
        machine.loginTurnCame()
    }

    func loginAsksAgain(_ user: [UInt8]?, since: NIODeadline) {
        loginTimer = nil
        askForLogin(user, since: since)
    }

    func noteLogin(_ record: SessionRecord) {
        switch record {
        case .loginSucceeded(let user, _, _):
            attempt = nil
            loop.welcome(self)
            endLoginTry()
            guard let block = origin.addressBlock else { return }
            loop.shared.admission.loginSucceeded(block, user: user, at: loop.now)
        case .loginFailed(let failure):
            if failure.side == .upstream, let question = attempt?.question {
                loop.configuration.directory?.source.forget(question)
            }
            if failure.isGuess { countFailure(of: failure.user) }
            endLoginTry()
        default: break
        }
    }

    /// Whoever leaves before the server has answered has guessed all the same.
    func noteUnansweredLogin(_ closing: Closing) {
        defer { endLoginTry() }
        guard machine.loginIsUnanswered else { return }
        switch closing {
        case .clientLeft, .clientFailed, .clientTimedOut, .violation: countFailure(of: machine.unansweredUser)
        case .quit, .quitRefused, .evicted, .upstreamFailed, .heldMessageLost, .shutdown, .endedByOperator: break
        }
    }

    /// What is trusted has no address that is counted.
    var isKnownLogin: Bool { origin.addressBlock == nil || loginTry?.isKnown == true }

    /// Behind what it has come to: in between another guess would go through.
    private func endLoginTry() {
        guard let loginTry else { return }
        self.loginTry = nil
        guard let block = origin.addressBlock else { return }
        loop.shared.admission.loginEnded(block, user: loginTry.user, start: loginTry.start, at: loop.now)
    }

    private func countFailure(of user: [UInt8]?) {
        guard let block = origin.addressBlock else { return }
        loop.shared.admission.loginFailed(block, user: user, loop.loginLimits, at: loop.now)
    }
}

/// A login that was let through to where it is checked, or will be.
struct LoginTry {
    let user: [UInt8]?
    let start: NIODeadline
    /// This user was let in from there.
    let isKnown: Bool
}

extension LoopContext {
    fileprivate var loginLimits: LoginDelays.Limits {
        LoginDelays.Limits(
            perAddress: limits.loginsPerAddress,
            perUser: limits.loginsPerUser,
            failures: limits.loginFailures,
            longest: configuration.timeouts.loginDelay
        )
    }
}

extension LoginFailure {
    /// Whether a wrong password may be the reason: a server that is busy has refused nobody, nor have we.
    fileprivate var isGuess: Bool {
        guard concernsClient else { return false }
        return switch code {
        case .auth, nil: true
        case .systemTemporary, .systemPermanent, .inUse, .loginDelay: false
        }
    }
}

extension LoginDelays.Refusal {
    fileprivate var words: String {
        switch self {
        case .tooManyFailures(let wait): "Too many failed logins; try again in \(Self.seconds(wait))"
        case .tooMany(let wait): "Too many logins; try again in \(Self.seconds(wait))"
        }
    }

    private static func seconds(_ time: TimeAmount) -> String {
        let seconds = max(1, (time.nanoseconds + 999_999_999) / 1_000_000_000)
        return seconds == 1 ? "a second" : "\(seconds) seconds"
    }
}

// A login's turn: before the server hears of it, and what came of it.
// Must not count anything: the relay's admission does.

import NIOCore
import POP3
import Transport

extension Session {
    /// Nearly always answered at once.
    func askForLogin(_ user: [UInt8]?) {
        guard let block = origin.addressBlock else { return machine.loginTurnCame() }
        let now = loop.now
        switch loop.shared.admission.ask(block, user: user, loop.loginLimits, at: now) {
        case .now: machine.loginTurnCame()
        case .at(let turn):
            loop.counts.loginsDelayed += 1
            loginTimer = loop.eventLoop.after(turn - now) { self.take(.loginMayGoOn) }
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

    func noteLogin(_ record: SessionRecord) {
        switch record {
        case .loginSucceeded(let user, _, _):
            attempt = nil
            loop.welcome(self)
            guard let block = origin.addressBlock else { return }
            loop.shared.admission.loginSucceeded(block, user: user, at: loop.now)
        case .loginFailed(let failure):
            if failure.side == .upstream, let question = attempt?.question {
                loop.configuration.directory?.source.forget(question)
            }
            if failure.isGuess { countFailure(of: failure.user) }
        default: break
        }
    }

    /// Whoever leaves before the server has answered has guessed all the same.
    func noteUnansweredLogin(_ closing: Closing) {
        guard machine.loginIsUnanswered else { return }
        switch closing {
        case .clientLeft, .clientFailed, .clientTimedOut, .violation: countFailure(of: machine.unansweredUser)
        case .quit, .quitRefused, .evicted, .upstreamFailed, .heldMessageLost, .shutdown, .endedByOperator: break
        }
    }

    private func countFailure(of user: [UInt8]?) {
        guard let block = origin.addressBlock else { return }
        loop.shared.admission.loginFailed(block, user: user, loop.loginLimits, at: loop.now)
    }
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

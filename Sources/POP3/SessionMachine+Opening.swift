// The upstream's side up to the login: opening it, logging in, and how it fails.
// Must not read the client's lines, nor replies of a session that is logged in.

import Octets

extension SessionMachine {
    // MARK: Opening

    /// How the upstream's connection is encrypted.
    package enum UpstreamEncryption: Sendable {
        case none
        /// From the first octet.
        case implicit
        /// After STLS.
        case starttls
    }

    /// The connection stands; where TLS is implicit, its handshake is still to come.
    ///
    /// - Parameter announcement: who the client is, for a server that offers XCLIENT: what stands behind that word
    package mutating func upstreamConnected(_ encryption: UpstreamEncryption, announcement: [UInt8]? = nil) {
        guard accepts(.upstreamConnected) else { return }
        self.announcement = announcement
        switch encryption {
        case .none: setOpening(.greeting(startsTLS: false))
        case .implicit: setOpening(.securingFirst)
        case .starttls: setOpening(.greeting(startsTLS: true))
        }
    }

    /// A handshake with the upstream is complete.
    package mutating func upstreamSecured() {
        guard accepts(.upstreamSecured) else { return }
        if opening == .securingFirst { return setOpening(.greeting(startsTLS: false)) }
        // The greeting came in plain text: nothing of it is believed (RFC 2595 section 4), so it is ours.
        if announcement == nil { upstreamReady(greeting: nil) } else { announce(greeting: OwnReply.ready.octets) }
    }

    /// It can't be reached, refuses TLS, or its certificate is wrong; or it is lost, in whatever state.
    package mutating func upstreamFailed(_ failure: UpstreamFailure) {
        let phase = upstreamPhase
        switch state {
        case .closed: return
        case .loggingIn(let login) where policy.choosesUpstreamByUser:
            // The client may try again, another time or as another user.
            state = .authorization(user: nil)
            loginTurn = .unasked
            replyPart = .none
            record(failure, during: phase)
            // A server that is not there has refused nobody.
            if failure == .noRoute { actions.append(.record(.loginFailed(login.failure(.relay, failure.name)))) }
            actions.append(.closeUpstream)
            actions.append(.sendToClient(failure.reply.octets))
            if failure == .noRoute { countFailedLogin() }
        case .answeringSASL where !hasUpstream, .authorization where !hasUpstream, .securingClient where !hasUpstream:
            return
        case .securingClient, .opening, .authorization, .relayingSASL, .answeringSASL, .loggingIn, .transaction:
            tellClient(failure.reply)
            record(failure, during: phase)
            close(.upstreamFailed(failure))
        }
    }

    mutating func record(_ failure: UpstreamFailure, during phase: UpstreamFailure.Phase) {
        if case .violation(let violation) = failure { actions.append(.record(.violation(violation))) }
        actions.append(.record(.upstreamFailed(failure, during: phase)))
    }

    /// The upstream's connection ended.
    package mutating func upstreamLeft() {
        upstreamFailed(.closed(upstreamPhase))
    }

    /// The upstream owes something for too long.
    package mutating func upstreamTimedOut() {
        upstreamFailed(.timedOut(upstreamPhase))
    }

    /// Where the session with the upstream stands, for whoever reports a failure.
    package var upstreamPhase: UpstreamFailure.Phase {
        switch state {
        case .opening(let opening): opening.phase
        case .loggingIn(let login):
            switch login.stage {
            case .resolving: .connect
            case .opening(let opening): opening.phase
            case .asking, .choosing, .exchange: .login
            }
        case .transaction:
            switch replyPart {
            case .message, .heldMessage: .message
            case .status, .list, .listing, .collected, .none: .command
            }
        case .securingClient, .authorization, .relayingSASL, .answeringSASL, .closed: .login
        }
    }

    /// How far the upstream is open; nil where it is open, or not wanted yet.
    var opening: UpstreamOpening? {
        switch state {
        case .opening(let opening): opening
        case .loggingIn(let login): if case .opening(let opening) = login.stage { opening } else { nil }
        case .securingClient, .authorization, .relayingSASL, .answeringSASL, .transaction, .closed: nil
        }
    }

    private mutating func setOpening(_ opening: UpstreamOpening) {
        switch state {
        case .opening: state = .opening(opening)
        case .loggingIn(var login):
            login.stage = .opening(opening)
            state = .loggingIn(login)
        case .securingClient, .authorization, .relayingSASL, .answeringSASL, .transaction, .closed: return
        }
        replyPart = opening.phase == .tls ? .none : .status
    }

    /// The server has greeted, and TLS stands where it is wanted: now it is told who the client is.
    private mutating func announce(greeting: [UInt8]) {
        actions.append(.sendUpstream(Array("XCLIENT ".utf8) + (announcement ?? []) + [0x0D, 0x0A]))
        announcement = nil
        setOpening(.announcing(greeting: greeting))
    }

    private mutating func upstreamReady(greeting: SessionAction?) {
        switch state {
        case .opening:
            state = .authorization(user: nil)
            replyPart = .none
            if !policy.greetsItself { actions.append(greeting ?? .sendToClient(OwnReply.ready.octets)) }
        case .loggingIn(let login): begin(login)
        case .securingClient, .authorization, .relayingSASL, .answeringSASL, .transaction, .closed: break
        }
    }

    mutating func openingLine(_ opening: UpstreamOpening, _ line: Span<UInt8>, octetsBehind: Bool) {
        let status = ReplyStatus(line)
        switch opening {
        case .greeting(let startsTLS):
            guard status == .ok else { return upstreamFailed(refusal(line, status)) }
            // That the greeting came in plain text does no harm here: who forges it has the server asked what it refuses.
            if announcement != nil, !UpstreamOpening.offersXCLIENT(line) { announcement = nil }
            guard startsTLS else {
                if case .loggingIn(var login) = state {
                    login.stamp = LoginOffer.stamp(in: line)
                    state = .loggingIn(login)
                }
                guard announcement != nil else { return upstreamReady(greeting: .passLineToClient) }
                return announce(greeting: UpstreamOpening.withoutOffer(line))
            }
            actions.append(.sendUpstream(Array("STLS\r\n".utf8)))
            setOpening(.starting)
        case .starting:
            guard status == .ok else { return upstreamFailed(status == .error ? .stlsRefused : refusal(line, status)) }
            guard !octetsBehind else { return upstreamFailed(.violation(.octetsBehindSTLS(.upstream))) }
            setOpening(.securing)
            actions.append(.secureUpstream)
        case .announcing(let greeting):
            guard status == .ok else { return upstreamFailed(refusal(line, status)) }
            upstreamReady(greeting: .sendToClient(greeting))
        case .dialling, .securingFirst, .securing: upstreamFailed(.violation(.unsolicitedReply(excerpt(line))))
        }
    }

    private func refusal(_ line: Span<UInt8>, _ status: ReplyStatus) -> UpstreamFailure {
        status == .error ? .refused(excerpt(line), code: ResponseCode(in: line)) : .violation(.notAReply(excerpt(line)))
    }

    mutating func logInSucceeded(user: [UInt8]?, mechanism: String, _ upstream: UpstreamIdentity? = nil) {
        state = .transaction(user: user)
        loginTurn = .unasked
        actions.append(.record(.loginSucceeded(user: user, mechanism: mechanism, upstream: upstream)))
        actions.append(.passLineToClient)
    }

    /// The upstream refused, in these words.
    mutating func recordFailure(user: [UInt8]?, _ mechanism: String, _ line: Span<UInt8>) {
        let code = ResponseCode(in: line)
        let failure = LoginFailure(
            user: user,
            mechanism: mechanism,
            side: .upstream,
            code: code,
            reason: words(of: line)
        )
        actions.append(.record(.loginFailed(failure)))
    }

    /// A refusal's words, without its code.
    func words(of line: Span<UInt8>) -> String {
        let start = ResponseCode(in: line).map { "-ERR [\($0.rawValue)]".utf8.count } ?? 4
        let words = excerpt(line.extracting(min(line.count, start)..<line.count)).drop { $0 == " " }
        return words.isEmpty ? "rejected" : String(words)
    }

    /// Whoever guesses has to connect again, where the address can be seen and stopped.
    mutating func countFailedLogin() {
        loginTurn = .unasked
        failedLogins += 1
        if failedLogins >= limits.failedLogins { violate(.tooManyFailedLogins) }
    }

    /// The start of a line, for a log; never the line of a message, and never with a secret in it.
    func excerpt(_ line: Span<UInt8>) -> String {
        secrets.excerpt(line)
    }
}

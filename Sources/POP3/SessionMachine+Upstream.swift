// The upstream's side: opening it, its replies, and how it fails.
// Must not read the client's lines; see SessionMachine+Client.

import DequeModule

extension SessionMachine {
    // MARK: Opening

    /// The connection stands, TLS included where it is implicit.
    ///
    /// - Parameter startsTLS: whether STLS comes before anything else.
    package mutating func upstreamConnected(startsTLS: Bool) {
        guard opening == .dialling else { return }
        setOpening(.greeting(startsTLS: startsTLS))
    }

    /// The handshake behind STLS is complete.
    package mutating func upstreamSecured() {
        guard opening == .securing else { return }
        // The greeting came in plain text: nothing of it is believed (RFC 2595 section 4), so it is ours.
        upstreamReady(greeting: nil)
    }

    /// It can't be reached, refuses TLS, or its certificate is wrong; or it is lost, in whatever state.
    package mutating func upstreamFailed(_ failure: UpstreamFailure) {
        let phase = upstreamPhase
        switch state {
        case .closed: return
        case .loggingIn(_, let credentials, let mechanism):
            // The client may try again, another time or as another user.
            state = .authorization(user: nil)
            replyPart = .none
            record(failure, during: phase)
            actions.append(
                .record(.loginFailed(user: credentials.user, mechanism: mechanism, reason: failure.name))
            )
            actions.append(.closeUpstream)
            actions.append(.sendToClient(failure.reply.octets))
            if failure == .noRoute { countFailedLogin() }
        case .answeringSASL: return
        // There is no upstream before a login.
        case .securingClient where policy.isRouted, .authorization where policy.isRouted: return
        case .securingClient, .opening, .authorization, .relayingSASL, .transaction:
            tellClient(failure.reply)
            record(failure, during: phase)
            close(.upstreamFailed(failure))
        }
    }

    private mutating func record(_ failure: UpstreamFailure, during phase: UpstreamFailure.Phase) {
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
        case .opening(let opening), .loggingIn(let opening, _, _): opening.phase
        case .transaction: replyPart == .message ? .message : .command
        default: .login
        }
    }

    /// How far the upstream is open; nil where it is open, or not wanted yet.
    private var opening: UpstreamOpening? {
        switch state {
        case .opening(let opening), .loggingIn(let opening, _, _): opening
        case .securingClient, .authorization, .relayingSASL, .answeringSASL, .transaction, .closed: nil
        }
    }

    private mutating func setOpening(_ opening: UpstreamOpening) {
        switch state {
        case .opening: state = .opening(opening)
        case .loggingIn(_, let credentials, let mechanism):
            state = .loggingIn(opening, credentials, mechanism: mechanism)
        case .securingClient, .authorization, .relayingSASL, .answeringSASL, .transaction, .closed: return
        }
        replyPart = opening == .securing ? .none : .status
    }

    private mutating func upstreamReady(greeting: SessionAction?) {
        switch state {
        case .opening:
            state = .authorization(user: nil)
            replyPart = .none
            actions.append(greeting ?? .sendToClient(OwnReply.ok("Popsieve ready.").octets))
        case .loggingIn(_, let credentials, _):
            actions.append(.sendUpstream(Array("USER ".utf8) + credentials.user + [0x0D, 0x0A]))
            setOpening(.userSent)
        default: break
        }
    }

    private mutating func openingLine(_ opening: UpstreamOpening, _ line: Span<UInt8>, octetsBehind: Bool) {
        let status = ReplyStatus(line)
        switch opening {
        case .greeting(let startsTLS):
            guard status == .ok else { return upstreamFailed(refusal(line, status)) }
            guard startsTLS else { return upstreamReady(greeting: .passLineToClient) }
            actions.append(.sendUpstream(Array("STLS\r\n".utf8)))
            setOpening(.starting)
        case .starting:
            guard status == .ok else { return upstreamFailed(status == .error ? .stlsRefused : refusal(line, status)) }
            guard !octetsBehind else { return upstreamFailed(.violation(.octetsBehindSTLS(.upstream))) }
            setOpening(.securing)
            actions.append(.secureUpstream)
        case .userSent, .passwordSent: loginLine(opening, line, status)
        case .dialling, .securing: upstreamFailed(.violation(.unsolicitedReply(excerpt(line))))
        }
    }

    private func refusal(_ line: Span<UInt8>, _ status: ReplyStatus) -> UpstreamFailure {
        status == .error ? .refused(excerpt(line)) : .violation(.notAReply(excerpt(line)))
    }

    /// USER and PASS on behalf of a client whose upstream depends on the user.
    private mutating func loginLine(_ opening: UpstreamOpening, _ line: Span<UInt8>, _ status: ReplyStatus) {
        guard case .loggingIn(_, let credentials, let mechanism) = state else { return }
        switch (status, opening) {
        case (.ok, .userSent):
            actions.append(.sendUpstream(Array("PASS ".utf8) + credentials.secret + [0x0D, 0x0A]))
            setOpening(.passwordSent)
        case (.ok, _):
            replyPart = .none
            logInSucceeded(user: credentials.user, mechanism: mechanism)
        case (.error, _):
            state = .authorization(user: nil)
            replyPart = .none
            recordFailure(user: credentials.user, mechanism, line)
            actions.append(.closeUpstream)
            // The upstream's words could tell which users exist; its code is passed on.
            let code = ResponseCode(in: line) ?? .auth
            actions.append(.sendToClient(OwnReply.error(code, "Login failed").octets))
            countFailedLogin()
        default: upstreamFailed(.violation(.notAReply(excerpt(line))))
        }
    }

    private mutating func logInSucceeded(user: [UInt8]?, mechanism: String) {
        state = .transaction(user: user)
        actions.append(.record(.loginSucceeded(user: user ?? [], mechanism: mechanism)))
        actions.append(.passLineToClient)
    }

    private mutating func recordFailure(user: [UInt8]?, _ mechanism: String, _ line: Span<UInt8>) {
        let reason = ResponseCode(in: line)?.rawValue ?? "rejected"
        actions.append(.record(.loginFailed(user: user, mechanism: mechanism, reason: reason)))
    }

    /// Whoever guesses has to connect again, where the address can be seen and stopped.
    private mutating func countFailedLogin() {
        failedLogins += 1
        if failedLogins >= limits.failedLogins { violate(.tooManyFailedLogins) }
    }

    /// The start of a line, for a log; never the line of a message.
    private func excerpt(_ line: Span<UInt8>) -> String {
        String(copying: line.extracting(0..<min(line.count, 120)))
    }

    // MARK: Replies

    /// A status line, without its line end.
    ///
    /// - Parameter octetsBehind: whether more has been received already.
    package mutating func upstreamLineReceived(_ line: Span<UInt8>, octetsBehind: Bool) {
        switch state {
        case .opening(let opening), .loggingIn(let opening, _, _):
            return openingLine(opening, line, octetsBehind: octetsBehind)
        case .closed: return
        default: break
        }
        switch replyPart {
        case .status, .none: break
        // The owner reads lines only where lines are due.
        case .list, .uidlListing, .collected, .message: return
        }
        guard let exchange = exchanges.first else {
            return upstreamFailed(.violation(.unsolicitedReply(excerpt(line))))
        }
        let status = ReplyStatus(line)
        switch status {
        case .ok: acceptedLine(exchange, line)
        case .error: refusedLine(exchange, line)
        case .challenge: challengeLine(exchange, line)
        case .invalid: upstreamFailed(.violation(.notAReply(excerpt(line))))
        }
    }

    private mutating func acceptedLine(_ exchange: Exchange, _ line: Span<UInt8>) {
        switch exchange {
        case .line, .deletion, .utf8, .uidl:
            actions.append(.passLineToClient)
            if case .deletion(let number) = exchange { actions.append(.record(.deleted(number))) }
            if exchange == .uidl, line.count > 4 { uidls.learn(line: line.extracting(4..<line.count)) }
            if exchange == .utf8 { isInUTF8Mode = true }
            finishExchange()
        case .list: passList(.list)
        case .uidlListing: passList(.uidlListing)
        case .capabilities, .mechanisms: passList(.collected)
        case .capabilitiesProbe: replyPart = .collected
        case .size:
            if exchanges.count > 1, case .message(var request, let unsent) = exchanges[1] {
                request.size = octets(listed: line)
                exchanges[1] = .message(request, unsent: unsent)
            }
            finishExchange()
        case .message(let request, _):
            replyPart = .message
            actions.append(.deliverMessage(request))
        case .login(let step): acceptedLogin(step)
        case .quit:
            actions.append(.passLineToClient)
            close(.quit)
        case .own: upstreamFailed(.violation(.unsolicitedReply(excerpt(line))))
        }
    }

    private mutating func passList(_ part: ReplyPart) {
        replyPart = part
        actions.append(.passLineToClient)
    }

    /// `+OK number octets`
    private func octets(listed line: Span<UInt8>) -> Int? {
        guard let first = line.firstOffset(of: 0x20), let second = line.firstOffset(of: 0x20, from: first + 1) else {
            return nil
        }
        let end = line.firstOffset(of: 0x20, from: second + 1) ?? line.count
        return parseDecimal(line.extracting(second + 1..<end)).flatMap { Int(exactly: $0) }
    }

    private mutating func acceptedLogin(_ step: Exchange.LoginStep) {
        switch step {
        case .user(let name):
            state = .authorization(user: name)
            actions.append(.passLineToClient)
        case .final(let user, let mechanism): logInSucceeded(user: user, mechanism: mechanism)
        case .sasl(let relay): logInSucceeded(user: relay.user, mechanism: relay.mechanism)
        }
        finishExchange()
    }

    private mutating func refusedLine(_ exchange: Exchange, _ line: Span<UInt8>) {
        switch exchange {
        case .capabilitiesProbe:
            pipelining = .unsupported
        case .size: break
        case .quit:
            actions.append(.passLineToClient)
            return close(.quit)
        case .login(let step):
            state = .authorization(user: nil)
            switch step {
            case .user(let name): recordFailure(user: name, "USER", line)
            case .final(let user, let mechanism): recordFailure(user: user, mechanism, line)
            case .sasl(let relay): recordFailure(user: relay.user, relay.mechanism, line)
            }
            actions.append(.passLineToClient)
            finishExchange()
            return countFailedLogin()
        case .capabilities where !isLoggedIn && conditions.offersSTLS:
            // A server without CAPA; STLS is here all the same.
            actions.append(.sendToClient(Capabilities(lines: []).offered(under: conditions).reply))
        default: actions.append(.passLineToClient)
        }
        finishExchange()
    }

    private mutating func challengeLine(_ exchange: Exchange, _ line: Span<UInt8>) {
        guard case .login(.sasl(let relay)) = exchange else {
            return upstreamFailed(.violation(.notAReply(excerpt(line))))
        }
        actions.append(.passLineToClient)
        finishExchange()
        state = .relayingSASL(relay)
    }

    // MARK: The rest of multi-line replies

    /// A part of a UIDL listing, on its way to the client.
    package mutating func uidlListingReceived(_ part: Span<UInt8>) {
        uidls.append(part)
    }

    /// The list or the message is complete.
    package mutating func upstreamReplyEnded() {
        switch replyPart {
        case .list, .message: finishExchange()
        case .uidlListing:
            uidls.end()
            finishExchange()
        case .status, .collected, .none: return
        }
    }

    /// A list that was asked to be read whole, without its status line and its last line.
    package mutating func listCollected(_ list: [UInt8]) {
        guard replyPart == .collected else { return }
        guard list.count <= limits.list else { return listTooLong() }
        let capabilities = Capabilities(reply: list)
        switch exchanges.first {
        case .capabilities:
            learn(capabilities)
            actions.append(.sendToClient(capabilities.offered(under: conditions).list))
        case .capabilitiesProbe: learn(capabilities)
        case .mechanisms:
            let names = Capabilities.relayable(mechanisms: capabilities.lines.map { $0[...] }).map(String.init)
            actions.append(.sendToClient(Capabilities(lines: names).list))
        default: return
        }
        finishExchange()
    }

    private mutating func learn(_ capabilities: Capabilities) {
        pipelining = capabilities.allowsPipelining ? .supported : .unsupported
    }

    /// A list that does not end within the limit.
    package mutating func listTooLong() {
        upstreamFailed(.violation(.listTooLong))
    }

    /// The rules withheld the message that was asked for last, and why is told instead.
    package mutating func messageRejected(_ number: MessageNumber) {
        rejected.insert(number)
    }

    /// The client has got the message that was asked for last: other rules may be in force now.
    package mutating func messageDelivered(_ number: MessageNumber) {
        rejected.remove(number)
    }

    /// The upstream's line has no end within the limit.
    package mutating func upstreamLineTooLong() {
        upstreamFailed(.violation(.lineTooLong(.upstream)))
    }
}

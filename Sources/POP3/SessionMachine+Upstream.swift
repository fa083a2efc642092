// The upstream's replies, and what follows from them.
// Must not read the client's lines; see SessionMachine+Client, and SessionMachine+Opening for what comes before the login.

import DequeModule

extension SessionMachine {
    // MARK: Replies

    /// A status line, without its line end.
    ///
    /// - Parameter octetsBehind: whether more has been received already.
    package mutating func upstreamLineReceived(_ line: Span<UInt8>, octetsBehind: Bool) {
        guard accepts(.line), !isBlankLine(line) else { return }
        switch state {
        case .opening(let opening): return openingLine(opening, line, octetsBehind: octetsBehind)
        case .loggingIn(let login):
            switch login.stage {
            case .opening(let opening): return openingLine(opening, line, octetsBehind: octetsBehind)
            case .asking: return askedLine(login, line)
            case .exchange(let exchange): return loginLine(exchange, of: login, line)
            case .resolving, .choosing: return upstreamFailed(.violation(.unsolicitedReply(excerpt(line))))
            }
        case .closed: return
        case .securingClient, .authorization, .relayingSASL, .answeringSASL, .transaction: break
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

    /// Some servers send line ends before a reply, or behind one; a few in a row are nothing.
    private mutating func isBlankLine(_ line: Span<UInt8>) -> Bool {
        blankLines = line.count == 0 ? blankLines + 1 : 0
        return (1...limits.blankLines).contains(blankLines)
    }

    private mutating func acceptedLine(_ exchange: Exchange, _ line: Span<UInt8>) {
        switch exchange {
        case .line, .deletion, .reset, .utf8, .uidl, .maildrop, .size:
            answerLine(exchange, line)
            learn(from: exchange, line)
            finishExchange()
        case .list: passList(.list)
        case .uidlListing, .sizeListing: passList(.listing(isForClient: true))
        case .capabilities, .mechanisms: passList(.collected)
        case .question(.capabilities): replyPart = .collected
        case .question(.sizes), .question(.uidls): replyPart = .listing(isForClient: false)
        case .question(.maildrop), .question(.size), .question(.uidl): answered(exchange, line)
        case .message(let request):
            replyPart = .heldMessage
            actions.append(.deliverMessage(request))
        case .header(let request, _):
            replyPart = .heldMessage
            actions.append(.judgeHeader(request, isForDeletion: false))
        case .judgedDeletion(let request, _):
            // There is such a message, of which TOP told nothing.
            if request.fetch == .whole { asksHeadersFirst = false }
            replyPart = .heldMessage
            actions.append(.judgeHeader(request, isForDeletion: true))
        case .login(let step): acceptedLogin(step)
        case .quit:
            actions.append(.passLineToClient)
            close(.quit)
        case .own: upstreamFailed(.violation(.unsolicitedReply(excerpt(line))))
        }
    }

    /// A reply of one line, with the sizes that the client is told.
    private mutating func answerLine(_ exchange: Exchange, _ line: Span<UInt8>) {
        let corrected =
            switch exchange {
            case .maildrop: correctedMaildrop(line)
            case .size: correctedSize(line)
            default: nil as [UInt8]?
            }
        actions.append(corrected.map { .sendToClient($0) } ?? .passLineToClient)
    }

    private mutating func learn(from exchange: Exchange, _ line: Span<UInt8>) {
        switch exchange {
        case .deletion(let number):
            marked.insert(number)
            actions.append(.record(.deleted(number)))
        case .reset:
            marked = MessageSet()
            actions.append(.record(.deletionsUndone))
        case .uidl: if line.count > 3 { uidls.learn(line: line.extracting(3..<line.count)) }
        case .utf8: isInUTF8Mode = true
        case .maildrop: sizes.learnMaildrop(reply: line)
        // Only what rules may ask for is worth the room.
        case .size(let number):
            if judging.asksSizes || judging.mayWithhold || correctsSizes { sizes.learn(reply: line, to: number) }
        default: break
        }
    }

    /// A question of Popsieve's own has its answer, which may be a refusal.
    private mutating func answered(_ exchange: Exchange, _ line: Span<UInt8>) {
        switch exchange {
        case .question(.capabilities): pipelining = .unsupported
        case .question(.maildrop): sizes.learnMaildrop(reply: line)
        case .question(.sizes): sizes.end()
        case .question(.uidls): uidls.end()
        case .question(.uidl):
            if ReplyStatus(line) == .ok, line.count > 3 { uidls.learn(line: line.extracting(3..<line.count)) }
        case .question(.size(let number)): sizes.learn(reply: line, to: number)
        default: break
        }
        finishExchange()
    }

    private mutating func passList(_ part: ReplyPart) {
        replyPart = part
        actions.append(.passLineToClient)
    }

    private mutating func acceptedLogin(_ step: Exchange.LoginStep) {
        switch step {
        case .user(let name):
            state = .authorization(user: name)
            actions.append(.passLineToClient)
        case .final(let user, let mechanism): logInSucceeded(user: user, mechanism: mechanism)
        case .sasl(let relay) where !relay.hasResponse:
            // No mechanism is over before the client has said anything: this is how old servers ask for NTLM's first
            // response, or say that it may begin.
            actions.append(.passLineToClient)
            finishExchange()
            state = .relayingSASL(relay)
            return
        case .sasl(let relay): logInSucceeded(user: relay.user, mechanism: relay.mechanism)
        }
        finishExchange()
    }

    private mutating func refusedLine(_ exchange: Exchange, _ line: Span<UInt8>) {
        switch exchange {
        case .question: return answered(exchange, line)
        case .header(let request, let line):
            asksHeadersFirst = false
            return fetch(request, line)
        case .judgedDeletion(let request, let line): return judgeDeletion(by: request, line, .whole)
        case .deletion(let number):
            let words = excerpt(line.extracting(min(line.count, 4)..<line.count)).drop { $0 == " " }
            actions.append(.record(.deletionDenied(number, reason: words.isEmpty ? "refused" : String(words))))
            actions.append(.passLineToClient)
        case .quit:
            actions.append(.passLineToClient)
            return close(.quitRefused)
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
        case .utf8 where isLoggedIn: actions.append(.sendToClient(OwnReply.unneededUTF8.octets))
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

    /// A part of a listing.
    package mutating func listingReceived(_ part: Span<UInt8>) {
        guard accepts(.listing) else { return }
        switch exchanges.first {
        case .uidlListing, .question(.uidls): uidls.append(part)
        case .sizeListing, .question(.sizes): sizes.append(part)
        default: break
        }
    }

    /// The list or the message is complete.
    ///
    /// - Parameter rulesWantBody: the header of a message was not enough for the rules
    package mutating func upstreamReplyEnded(rulesWantBody: Bool = false) {
        guard accepts(.replyEnded) else { return }
        switch replyPart {
        case .list: finishExchange()
        case .listing:
            switch exchanges.first {
            case .uidlListing, .question(.uidls): uidls.end()
            default: sizes.end()
            }
            finishExchange()
        case .message:
            messageIsUntaken = true
            finishExchange()
        case .heldMessage: headerEnded(rulesWantBody ? .body : .whole)
        case .status, .collected, .none: return
        }
    }

    /// The client has been shown the beginning of the message, or of what stands in for it.
    package mutating func messageShown() {
        guard accepts(.messageShown) else { return }
        replyPart = .message
    }

    /// The reply to Popsieve's own TOP is over and the client was shown nothing: the rules want the message passed on.
    private mutating func headerEnded(_ next: MessageRequest.Fetch) {
        switch exchanges.first {
        case .header(let request, let line): fetch(request, line)
        case .judgedDeletion(let request, _) where undelivered.contains(request.number):
            finishExchange()
            keepUndelivered(request.number)
        case .judgedDeletion(let request, _) where rejected.contains(request.number):
            finishExchange()
            answerDeletionOfRejected(request.number)
        case .judgedDeletion(let request, _) where postponed.contains(request.number):
            finishExchange()
            answerDeletionOfPostponed(request.number)
            // It was only to be deleted: the next time it is looked at again.
            postponed.remove(request.number)
        case .judgedDeletion(let request, let line) where delivered.contains(request.number):
            delete(request.number, line)
        case .judgedDeletion(let request, let line): judgeDeletion(by: request, line, next)
        // The client's own TOP: it gets so much of the message as it has asked for.
        case .message(var request) where request.fetch == .header:
            request.fetch = next
            fetch(request, request.ownLine)
        default: finishExchange()
        }
    }

    /// TOP was not enough: there is no such message, the server has no TOP or counts the header's lines, or the rules want
    /// the body.
    private mutating func judgeDeletion(by request: MessageRequest, _ line: [UInt8], _ fetch: MessageRequest.Fetch) {
        // A message that can't be had is the server's to delete.
        guard !request.bringsBody else { return delete(request.number, line) }
        var request = request
        request.fetch = fetch
        exchanges[exchanges.startIndex] = .judgedDeletion(request, line: line)
        replyPart = .status
        actions.append(.sendUpstream(request.ownLine))
    }

    /// The rules have nothing against it.
    private mutating func delete(_ number: MessageNumber, _ line: [UInt8]) {
        exchanges[exchanges.startIndex] = .deletion(number)
        replyPart = .status
        actions.append(.sendUpstream(line))
    }

    /// Asks for the message itself, in the place of its header.
    private mutating func fetch(_ request: MessageRequest, _ line: [UInt8]) {
        exchanges[exchanges.startIndex] = .message(request)
        replyPart = .status
        actions.append(.sendUpstream(line))
    }

    /// A list that was asked to be read whole, without its status line and its last line.
    package mutating func listCollected(_ list: [UInt8]) {
        guard accepts(.collected) else { return }
        guard list.count <= limits.list else { return listTooLong() }
        let capabilities = Capabilities(reply: list)
        if case .loggingIn(let login) = state { return choose(login, capabilities) }
        switch exchanges.first {
        case .capabilities:
            learn(capabilities)
            actions.append(.sendToClient(capabilities.offered(under: conditions).list))
        case .question(.capabilities): learn(capabilities)
        case .mechanisms:
            let names = Capabilities.relayable(mechanisms: capabilities.lines.map { $0[...] }).map(String.init)
            actions.append(.sendToClient(Capabilities(lines: names).list))
        default: return
        }
        finishExchange()
    }

    private mutating func learn(_ capabilities: Capabilities) {
        pipelining = capabilities.allowsPipelining ? .supported : .unsupported
        takesUTF8 = capabilities.takesUTF8
    }

    /// A list that does not end within the limit.
    package mutating func listTooLong() {
        upstreamFailed(.violation(.listTooLong))
    }

    /// The rules withheld the message that was asked for last, and why is told instead.
    package mutating func messageRejected(_ number: MessageNumber) {
        rejected.insert(number)
        postponed.remove(number)
    }

    /// The message that was asked for last can't be judged for now.
    package mutating func messagePostponed(_ number: MessageNumber) {
        postponed.insert(number)
        delivered.remove(number)
    }

    /// The client has got the message that was asked for last, or of TOP what it has asked for: other rules may be in force
    /// now.
    package mutating func messageDelivered(_ number: MessageNumber, isWhole: Bool = true) {
        if isWhole {
            undelivered.remove(number)
            retrieved.insert(number)
        }
        rejected.remove(number)
        postponed.remove(number)
        delivered.insert(number)
    }

    /// The upstream's line has no end within the limit.
    package mutating func upstreamLineTooLong() {
        upstreamFailed(.violation(.lineTooLong(.upstream)))
    }
}

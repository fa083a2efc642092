// The client's lines: who takes them, and the commands after the login.
// Must not read replies; see SessionMachine+Upstream, and SessionMachine+Authorization for what comes before the login.

extension SessionMachine {
    /// What became of a line.
    package enum LineDisposition: Equatable, Sendable {
        case taken
        /// It must wait for replies that are still due; it is handed over again after the next event.
        case deferred
        /// It must wait until the client has taken what was sent to it: `clientTookEverything`, then it is handed over again.
        case deferredUntilTaken
    }

    /// A whole line of the client, without its line end.
    ///
    /// - Parameter octetsBehind: whether more has been received already.
    package mutating func clientLineReceived(_ line: Span<UInt8>, octetsBehind: Bool) -> LineDisposition {
        assert(acceptsClientLine || isClosed, "a line is handed over out of turn")
        if acceptsClientLine, Command.isTLS(line) {
            violate(.foreignProtocol)
            return .taken
        }
        if acceptsClientLine, line.count + 2 > clientLineLimit {
            clientLineTooLong()
            return .taken
        }
        guard isClosed || commands < (isLoggedIn ? limits.commands : limits.commandsBeforeLogin) else {
            tellClient(.error(.systemTemporary, "Too many commands"))
            violate(.tooManyCommands)
            return .taken
        }
        let disposition = look(at: line, octetsBehind: octetsBehind)
        // One that waits comes again.
        if disposition == .taken { commands += 1 }
        return disposition
    }

    private mutating func look(at line: Span<UInt8>, octetsBehind: Bool) -> LineDisposition {
        switch state {
        case .authorization(let user): return authorize(line, user: user, octetsBehind: octetsBehind)
        case .transaction: return transact(line)
        case .relayingSASL(let relay): return relaySASL(line, relay)
        case .answeringSASL(let dialogue): return answerSASL(line, dialogue)
        case .loggingIn(let login):
            guard case .exchange(let exchange) = login.stage else { return .deferred }
            passAnswer(line, exchange, of: login)
            return .taken
        case .securingClient, .opening, .closed: return .deferred
        }
    }

    /// Nil when the line was answered because it is not a command.
    mutating func parse(_ line: Span<UInt8>) -> Command? {
        do {
            let command = try Command(parsing: line)
            guard line.count + 2 <= limit(for: command) else {
                refuse(.error(nil, "Line too long"))
                return nil
            }
            return command
        } catch {
            if Command.isForeign(line) {
                violate(.foreignProtocol)
            } else {
                refuse(.error(nil, error.text))
            }
            return nil
        }
    }

    private func limit(for command: Command) -> Int {
        switch command {
        case .auth: limits.saslLine
        case .user, .pass, .apop, .rpop: isInUTF8Mode ? limits.utf8CommandLine : limits.commandLine
        default: limits.commandLine
        }
    }

    /// A command that makes no sense; too many in a row end the session.
    mutating func refuse(_ reply: OwnReply) {
        badCommandsInARow += 1
        answer(reply)
        if badCommandsInARow >= limits.badCommands { violate(.tooManyBadCommands) }
    }

    mutating func refuseUnknown(_ line: Span<UInt8>, _ keyword: Range<Int>) {
        if Command.isForeign(line) {
            violate(.foreignProtocol)
        } else if policy.passThrough.contains(String(copying: line.extracting(keyword)).uppercased()),
            hasUpstream || isLoggedIn
        {
            badCommandsInARow = 0
            forward(.line)
        } else if isLoggedIn, Keyword(line.extracting(keyword)) == "XTND" {
            extend(line)
        } else if Command.isIMAP(line) {
            violate(.foreignProtocol)
        } else {
            refuse(.error(nil, "Unknown command"))
        }
    }

    /// XTND, as RFC 1082 began it and servers went on: XLST lists a header field of each message, as the server has it. The
    /// others send mail, or change to messages that have the same numbers.
    private mutating func extend(_ line: Span<UInt8>) {
        guard Command.isFieldListing(line) else { return refuse(.error(nil, "Of XTND only XLST is relayed")) }
        guard !judging.looksAtMessages else {
            return refuse(.error(nil, "XTND XLST is not relayed: rules look at the messages"))
        }
        badCommandsInARow = 0
        forward(.list)
    }

    // MARK: Transaction (RFC 1939 section 5)

    private mutating func transact(_ line: Span<UInt8>) -> LineDisposition {
        guard let command = parse(line) else { return .taken }
        switch command {
        case .retr(let number): return requestMessage(.init(command: .retr, number: number), line)
        case .top(let number, let lines):
            return requestMessage(.init(command: .top, number: number, lines: lines), line)
        case .dele(let number): return delete(number, line)
        case .quit:
            guard exchanges.isEmpty else { return .deferred }
            // The client must have what it was promised before the server deletes anything.
            guard !messageIsUntaken else { return .deferredUntilTaken }
            forward(.quit)
        case .utf8 where takesUTF8 == false: answer(.unneededUTF8)
        case .utf8: forward(.utf8)
        case .rset: forward(.reset)
        case .noop, .lang(hasArgument: true): forward(.line)
        case .stat, .list:
            // It is handed over again when everything is there.
            guard canTellSizes(total: command == .stat) else { return .deferred }
            forwardListing(command)
        case .lang(hasArgument: false): forward(.list)
        case .uidl(nil): forward(.uidlListing)
        case .uidl(.some): forward(.uidl)
        case .capa: forward(.capabilities)
        case .unknown(let keyword):
            refuseUnknown(line, keyword)
            return .taken
        case .user, .pass, .apop, .rpop, .auth, .stls:
            refuse(.error(nil, "Logged in already"))
            return .taken
        }
        badCommandsInARow = 0
        return .taken
    }

    /// A size that passes by is worth remembering.
    private var wantsSizes: Bool {
        judging.asksSizes || judging.oversize != nil || judging.mayWithhold || correctsSizes
    }

    private mutating func forwardListing(_ command: Command) {
        switch command {
        case .stat: forward(.maildrop)
        case .list(let number?): forward(.size(number))
        default: forward(wantsSizes ? .sizeListing : .list)
        }
    }

    private mutating func requestMessage(_ asked: MessageRequest, _ line: Span<UInt8>) -> LineDisposition {
        badCommandsInARow = 0
        var request = asked
        request.judging = judging.version
        // It is handed over again when the size is there.
        guard let size = sizeForRules(of: request.number) else { return .deferred }
        guard knowsUIDL(of: request.number, isWanted: judging.wantsUIDLs) else { return .deferred }
        request.size = size.octets
        if correctsSizes { request.announced = announced(request.number) }
        if let oversize = judging.oversize, request.size ?? 0 > oversize.octets {
            requestOversize(request, oversize, line)
            return .taken
        }
        if request.command == .top, judging.mayWantBody || judging.looksAtMessages && mayBeCutInHeader(request) {
            request.fetch = .header
        }
        if judging.mayWithhold, asksHeadersFirst, request.command == .retr, request.size ?? 0 >= limits.headerFirst {
            actions.append(.sendUpstream(MessageRequest(command: .top, number: request.number).ownLine))
            enqueue(.header(request, line: [UInt8](copying: line) + [0x0D, 0x0A]))
        } else {
            forward(.message(request))
        }
        return .taken
    }

    /// There are servers whose TOP counts the header's lines as well: what came then would be no header to judge by.
    private func mayBeCutInHeader(_ request: MessageRequest) -> Bool {
        request.lines.map { (1..<limits.headerLines).contains($0) } ?? false
    }

    /// No more is asked for than the client gets, where the server knows TOP.
    private mutating func requestOversize(_ request: MessageRequest, _ oversize: Oversize, _ line: Span<UInt8>) {
        guard request.command == .retr, asksHeadersFirst else { return forward(.message(request)) }
        let top = MessageRequest(command: .top, number: request.number)
        switch oversize.fetch {
        case .header:
            actions.append(.sendUpstream(top.ownLine))
            enqueue(.header(request, line: [UInt8](copying: line) + [0x0D, 0x0A]))
        case .lines(let lines):
            actions.append(.sendUpstream(Array("TOP \(request.number) \(lines)\r\n".utf8)))
            enqueue(.message(request))
        case .whole: forward(.message(request))
        }
    }

    /// What is known of a message's size; nil when the rules want to know and the server is being asked.
    private mutating func sizeForRules(
        of number: MessageNumber,
        areNeeded: Bool = false
    ) -> SizeListing.Knowledge? {
        let known = sizes[number]
        guard known == .unasked, areNeeded || judging.asksSizes || judging.oversize != nil else { return known }
        ask(sizeOf: number)
        return nil
    }

    /// Whether a message has a UIDL, or none that anybody knows; if not, the server is being asked.
    ///
    /// Of a small maildrop all are asked for at once, so that it is asked once.
    mutating func knowsUIDL(of number: MessageNumber, isWanted: Bool) -> Bool {
        guard isWanted, uidls[number] == nil, askedUIDL != number else { return true }
        switch sizes.messages {
        case nil: ask(.maildrop, "STAT")
        case .messages(let count)? where count <= limits.smallMaildrop && !uidls.isWhole: ask(.uidls, "UIDL")
        case .messages?, .untold?:
            askedUIDL = number
            ask(.uidl, "UIDL \(number)")
        }
        return false
    }

    /// Of a small maildrop all sizes are asked for at once, so that it is asked once.
    private mutating func ask(sizeOf number: MessageNumber) {
        switch sizes.messages {
        case nil: ask(.maildrop, "STAT")
        case .messages(let count)? where count <= limits.smallMaildrop && !sizes.isWhole: ask(.sizes, "LIST")
        case .messages?, .untold?: ask(.size(number), "LIST \(number)")
        }
    }

    mutating func ask(_ question: Exchange.Question, _ line: String) {
        actions.append(.sendUpstream(Array("\(line)\r\n".utf8)))
        enqueue(.question(question))
    }

    /// DELE never overtakes a message: the rules may still withhold it, and the client may never get it.
    private mutating func delete(_ number: MessageNumber, _ line: Span<UInt8>) -> LineDisposition {
        guard !messageIsDue else { return .deferred }
        guard !messageIsUntaken else { return .deferredUntilTaken }
        badCommandsInARow = 0
        if let oversize = judging.oversize {
            guard let size = sizeForRules(of: number) else { return .deferred }
            if size.octets ?? 0 > oversize.octets {
                deleteOversize(number, oversize)
                return .taken
            }
        }
        guard let isUndelivered = isUndelivered(number) else { return .deferred }
        if isUndelivered {
            keepUndelivered(number)
        } else if rejected.contains(number) {
            answerDeletionOfRejected(number)
        } else if postponed.contains(number) {
            answerDeletionOfPostponed(number)
        } else if judging.mayReject || judging.mostHeld != nil, !delivered.contains(number) {
            // What a session before this one was told that it stays, stays.
            guard let size = sizeForRules(of: number, areNeeded: judging.mostHeld != nil) else { return .deferred }
            guard judging.mayReject || size.octets ?? .max > judging.mostHeld ?? .max else {
                forward(.deletion(number))
                return .taken
            }
            var request = MessageRequest(
                command: asksHeadersFirst ? .top : .retr,
                number: number,
                size: size.octets,
                judging: judging.version
            )
            if asksHeadersFirst { request.fetch = .header }
            actions.append(.sendUpstream(request.ownLine))
            enqueue(.judgedDeletion(request, line: [UInt8](copying: line) + [0x0D, 0x0A]))
        } else {
            forward(.deletion(number))
        }
        return .taken
    }

    /// The client may never have seen all of it.
    private mutating func deleteOversize(_ number: MessageNumber, _ oversize: Oversize) {
        guard oversize.staysOnServer else { return forward(.deletion(number)) }
        actions.append(.record(.deletionKept(number)))
        answer(.ok("Message \(number) stays on the server: it is too large"))
    }

    mutating func answerDeletionOfPostponed(_ number: MessageNumber) {
        actions.append(.record(.deletionPostponed(number)))
        answer(.error(.systemTemporary, "Message \(number) could not be looked at and stays; try again later"))
    }

    mutating func answerDeletionOfRejected(_ number: MessageNumber) {
        switch policy.rejected {
        case .notice:
            actions.append(.record(.deletionKept(number)))
            answer(.ok("Message \(number) stays on the server: a rule rejected it"))
        case .error:
            actions.append(.record(.deletionRefused(number)))
            answer(.error(.systemPermanent, "Message \(number) was rejected by a rule and stays on the server"))
        }
    }

    /// A client sends commands ahead and nobody has asked yet whether the upstream takes that.
    package mutating func clientLineWaits() {
        // A line that waits for a question of Popsieve's own was not sent ahead.
        guard case .transaction = state, pipelining == .unknown, exchanges.last?.holdsBackOthers == false else {
            return
        }
        pipelining = .wanted
    }

    mutating func probeCapabilities() {
        pipelining = .asked
        ask(.capabilities, "CAPA")
    }
}

// Sessions under any events, with lines that come from the input.
// Must not break the machine's own rules: a connection is accepted once, and a line is handed over when it is asked for.

import FuzzInput
import POP3

/// Each octet is an event; lines follow theirs.
func runSession(_ input: inout FuzzInput) {
    let policies = [SessionMachine.Policy.ClientEncryption.none, .starttls, .implicit]
    let flags = input.octet()
    var session = FuzzedSession(
        SessionMachine.Policy(
            choosesUpstreamByUser: flags & 1 == 0,
            greetsItself: flags & 1 == 0,
            logsInItself: flags & 1 == 0,
            clientEncryption: policies[Int(flags >> 1) % 3],
            allowsPlaintextLogin: flags & 8 == 0,
            passThrough: ["XPASS"]
        ),
        asksSizes: flags & 16 == 0
    )
    session.perform { $0.clientAccepted() }
    if flags & 32 == 0 { session.logIn() }
    while !input.isEmpty { session.happen(&input) }
}

private struct FuzzedSession: ~Copyable {
    private var machine: SessionMachine
    /// What the client may be answered: the greeting, and each line.
    private var lines = 1
    private var answers = 0

    init(_ policy: SessionMachine.Policy, asksSizes: Bool) {
        machine = SessionMachine(policy: policy)
        machine.judging = .init(asksSizes: asksSizes, mayWithhold: asksSizes, mayReject: asksSizes)
    }

    /// As far as the policy lets it; what does not fit is refused.
    mutating func logIn() {
        report(.clientSecured) { $0.clientSecured() }
        if machine.policy.choosesUpstreamByUser { clientLine("USER me") } else { connectUpstream() }
        if machine.policy.choosesUpstreamByUser {
            clientLine("PASS x")
            perform { $0.loginResolved(LoginPlan()) }
            connectUpstream()
            upstreamLine("+OK")
            upstreamLine("+OK")
        } else {
            clientLine("USER me")
            upstreamLine("+OK")
            clientLine("PASS x")
            upstreamLine("+OK")
        }
    }

    private mutating func connectUpstream() {
        report(.upstreamConnected) { $0.upstreamConnected(.none) }
        upstreamLine("+OK <1@x>")
    }

    mutating func happen(_ input: inout FuzzInput) {
        switch input.octet() {
        case UInt8(ascii: "C"): clientLine(input.line(), octetsBehind: false)
        case UInt8(ascii: "c"): clientLine(input.line(), octetsBehind: true)
        case UInt8(ascii: "U"): upstreamLine(input.line(), octetsBehind: false)
        case UInt8(ascii: "u"): upstreamLine(input.line(), octetsBehind: true)
        case UInt8(ascii: "+"): upstreamLine("+OK")
        case UInt8(ascii: "-"): upstreamLine("-ERR")
        case UInt8(ascii: "L"): collect(input.line())
        case UInt8(ascii: "l"): collect(Array("PIPELINING\r\nTOP\r\nSASL PLAIN\r\n".utf8))
        case UInt8(ascii: "."): report(.replyEnded) { $0.upstreamReplyEnded() }
        case UInt8(ascii: "I"):
            let part = input.line()
            report(.listing) { $0.listingReceived(part.span) }
        case UInt8(ascii: "R"):
            let number = MessageNumber(input.octet())
            perform { $0.messageRejected(number) }
        case UInt8(ascii: "D"):
            let number = MessageNumber(input.octet())
            perform { $0.messageDelivered(number) }
        case UInt8(ascii: "w"): perform { $0.clientLineWaits() }
        case UInt8(ascii: "s"): report(.clientSecured) { $0.clientSecured() }
        case UInt8(ascii: "n"): report(.upstreamConnected) { $0.upstreamConnected(.none) }
        case UInt8(ascii: "i"): report(.upstreamConnected) { $0.upstreamConnected(.implicit) }
        case UInt8(ascii: "N"): report(.upstreamConnected) { $0.upstreamConnected(.starttls) }
        case UInt8(ascii: "x"):
            report(.upstreamConnected) { $0.upstreamConnected(.none, announcement: Array("ADDR=192.0.2.7".utf8)) }
        case UInt8(ascii: "S"): report(.upstreamSecured) { $0.upstreamSecured() }
        case UInt8(ascii: "m"): report(.messageShown) { $0.messageShown() }
        case UInt8(ascii: "t"): perform { $0.clientTookEverything() }
        case UInt8(ascii: "p"): perform { $0.loginResolved(LoginPlan()) }
        case UInt8(ascii: "P"): perform { $0.loginResolved(LoginPlan(user: Array("you".utf8), voice: .owner)) }
        case UInt8(ascii: "y"): perform { $0.loginChosen(.user) }
        case UInt8(ascii: "Y"):
            let method = LoginMethod.sasl(mechanism: "XOAUTH2", first: input.line(), decides: true)
            perform { $0.loginChosen(method, mayRetry: true) }
        case UInt8(ascii: "a"): perform { $0.challengeAnswered(Array("secret".utf8), decides: true) }
        case UInt8(ascii: "A"): perform { $0.challengeAnswered(Array("first".utf8), decides: false, complaint: "no") }
        case UInt8(ascii: "X"): perform { $0.loginDenied(.init(.auth, "wrong password")) }
        case let octet: fail(octet)
        }
    }

    private mutating func fail(_ octet: UInt8) {
        switch octet {
        case 0: perform { $0.clientLeft() }
        case 1: perform { $0.clientTimedOut("idle") }
        case 2: perform { $0.clientLineTooLong() }
        case 3: perform { $0.upstreamFailed(.unreachable("refused")) }
        case 4: perform { $0.upstreamFailed(.noRoute) }
        case 5: perform { $0.upstreamLeft() }
        case 6: perform { $0.upstreamTimedOut() }
        case 7: perform { $0.upstreamLineTooLong() }
        case 8: perform { $0.listTooLong() }
        case 9: perform { $0.shutDown() }
        default: break
        }
    }

    // MARK: Lines

    private mutating func clientLine(_ text: StaticString) {
        clientLine(Array(text.description.utf8), octetsBehind: false)
    }

    private mutating func clientLine(_ line: [UInt8], octetsBehind: Bool) {
        guard machine.acceptsClientLine else { return }
        var disposition = SessionMachine.LineDisposition.taken
        lines += 1
        perform { disposition = $0.clientLineReceived(line.span, octetsBehind: octetsBehind) }
        if disposition != .taken { lines -= 1 }
        if machine.awaitsLoginTurn { answerLogin(line.count, octetsBehind, line) }
    }

    /// At once, later or never.
    private mutating func answerLogin(_ choice: Int, _ octetsBehind: Bool, _ line: [UInt8]) {
        switch choice % 4 {
        case 0: return
        case 1: perform { $0.loginTurnRefused("later") }
        default: perform { $0.loginTurnCame() }
        }
        clientLine(line, octetsBehind: octetsBehind)
    }

    private mutating func upstreamLine(_ text: StaticString) {
        upstreamLine(Array(text.description.utf8), octetsBehind: false)
    }

    private mutating func upstreamLine(_ line: [UInt8], octetsBehind: Bool) {
        report(.line) { $0.upstreamLineReceived(line.span, octetsBehind: octetsBehind) }
    }

    /// Lines that a list may have; those that look like a reply would be counted as one here.
    private mutating func collect(_ list: [UInt8]) {
        guard list.first != 0x2B, list.first != 0x2D else { return }
        report(.collected) { $0.listCollected(list) }
    }

    // MARK: What always holds

    /// What can't be now is not reported.
    mutating func report(_ report: SessionMachine.Report, _ event: (inout SessionMachine) -> Void) {
        if machine.isClosed || machine.expects(report) { perform(event) }
    }

    mutating func perform(_ event: (inout SessionMachine) -> Void) {
        let wasClosed = machine.isClosed
        event(&machine)
        let actions = machine.actions
        machine.actions = []
        precondition(!wasClosed || actions.isEmpty, "something is said behind the end")
        let closes = actions.count { if case .close = $0 { true } else { false } }
        precondition(closes == (machine.isClosed && !wasClosed ? 1 : 0))
        if closes == 1, case .close? = actions.last {} else { precondition(closes == 0, "the end is not the last") }
        answers += actions.count(where: Self.isAnswer)
        precondition(answers <= lines + (machine.isClosed ? 1 : 0), "a line is answered twice")
        for case .sendUpstream(let octets) in actions { precondition(isOneLine(octets), "a line for the upstream") }
        if machine.isClosed { precondition(!machine.acceptsClientLine) }
    }

    private static func isAnswer(_ action: SessionAction) -> Bool {
        switch action {
        case .sendToClient(let octets): octets.first == 0x2B || octets.first == 0x2D
        case .passLineToClient, .deliverMessage: true
        default: false
        }
    }

    private func isOneLine(_ octets: [UInt8]) -> Bool {
        octets.suffix(2).elementsEqual([0x0D, 0x0A]) && octets.dropLast(2).allSatisfy { $0 >= 0x20 && $0 != 0x7F }
    }
}

// A dialogue as people write it down, played against the session machine: events flush left, what follows indented.
// Must not decide what is right; the script says it.

import Testing

@testable import POP3

/// One session, fed from a script.
///
/// Events: `C line` and `U line` (with `C+`, `U+` more octets are behind it), and the words of `happened`.
/// Expectations: `to client: …`, `to upstream: …` (lines joined by ` | `), `dial`, `record …`, `close …`, and for a
/// client's line that is not taken: `waits` (nobody asked the machine), `deferred`, or `waits for the client`.
struct SessionScript: ~Copyable {
    var machine: SessionMachine
    /// What is quoted of a peer is part of what is expected.
    var showsDetails = false
    /// Logins wait for `login may go on` or `login has to wait`; if not, each is told at once to go on.
    var asksAboutLogins = false
    /// Where logins go is said by the script; if not, each goes on as the client wants it.
    var resolvesLogins = false

    init(
        _ policy: SessionMachine.Policy,
        limits: Limits = Limits(),
        asksSizes: Bool = false,
        mayWithhold: Bool = false,
        mayReject: Bool = false
    ) {
        machine = SessionMachine(policy: policy, limits: limits)
        machine.judging = .init(asksSizes: asksSizes, mayWithhold: mayWithhold, mayReject: mayReject)
    }

    mutating func play(_ script: String, sourceLocation: SourceLocation = #_sourceLocation) {
        var events: [(event: String, expected: [String])] = []
        for line in script.split(separator: "\n") {
            if line.hasPrefix("    ") {
                events[events.count - 1].expected.append(String(line.dropFirst(4)))
            } else {
                events.append((String(line), []))
            }
        }
        for (index, step) in events.enumerated() {
            let followed = perform(step.event)
            if followed != step.expected {
                let text = "step \(index + 1), \(step.event): \(followed), not \(step.expected)"
                Issue.record(Comment(rawValue: text), sourceLocation: sourceLocation)
                return
            }
        }
    }

    /// Whether its owner could report it now.
    func canHappen(_ event: String) -> Bool {
        if machine.isClosed { return true }
        let words: [(String, SessionMachine.Report)] = [
            ("U", .line), ("client secured", .clientSecured), ("upstream connected", .upstreamConnected),
            ("upstream secured", .upstreamSecured), ("listed", .listing), ("collected", .collected),
            ("reply ended", .replyEnded), ("message shown", .messageShown),
        ]
        return words.first { event.hasPrefix($0.0) }.map { machine.expects($0.1) } ?? true
    }

    mutating func perform(_ event: String) -> [String] {
        var line = ""
        var outcome: [String] = []
        let space = event.firstIndex(of: " ") ?? event.endIndex
        switch event[..<space] {
        case "C", "C+":
            line = String(event[space...].dropFirst())
            guard machine.acceptsClientLine else { return ["waits"] }
            switch take(line, octetsBehind: event.hasPrefix("C+")) {
            case .taken: break
            case .deferred: outcome = ["deferred"]
            case .deferredUntilTaken: outcome = ["waits for the client"]
            }
        case "U", "U+":
            line = String(event[space...].dropFirst())
            machine.upstreamLineReceived(Array(line.utf8).span, octetsBehind: event.hasPrefix("U+"))
        default: happened(event)
        }
        defer { machine.actions = [] }
        let showsDetails = showsDetails
        if let next = machine.actions.firstIndex(where: \.isLoginQuery), !resolvesLogins {
            machine.actions.remove(at: next)
            machine.loginResolved(LoginPlan())
        }
        return outcome + machine.actions.map { Self.text($0, line, showsDetails) }
    }

    private mutating func take(_ line: String, octetsBehind: Bool) -> SessionMachine.LineDisposition {
        guard asksAboutLogins else { return machine.clientLineReceived(line, octetsBehind: octetsBehind) }
        return machine.clientLineReceived(Array(line.utf8).span, octetsBehind: octetsBehind)
    }

    private static let announcement = Array("ADDR=192.0.2.7 PORT=4 SESSION=s TTL=5".utf8)

    private mutating func happened(_ event: String) {
        switch event {
        case "login may go on": machine.loginTurnCame()
        case "login has to wait": machine.loginTurnRefused("try again in 30 seconds")
        case "goes on": machine.loginResolved(LoginPlan())
        case "goes on as you": machine.loginResolved(LoginPlan(user: Array("you".utf8)))
        case "the owner speaks": machine.loginResolved(LoginPlan(user: Array("you".utf8), voice: .owner))
        case "the owner speaks for the client": machine.loginResolved(LoginPlan(voice: .ownerForClient))
        case "denied": machine.loginDenied(.init(.auth, "wrong password"))
        case "denied for now": machine.loginDenied(.init(.systemTemporary, "no token"))
        case "by USER": machine.loginChosen(.user)
        case "by APOP": machine.loginChosen(.apop(digest: Array("0123".utf8)))
        case "by CRAM-MD5": machine.loginChosen(.sasl(mechanism: "CRAM-MD5", first: nil, decides: false))
        case "by XOAUTH2":
            machine.loginChosen(.sasl(mechanism: "XOAUTH2", first: Array("user=you\u{1}".utf8), decides: true))
        case "by XOAUTH2, once":
            let method = LoginMethod.sasl(mechanism: "XOAUTH2", first: Array("old".utf8), decides: true)
            machine.loginChosen(method, mayRetry: true)
        case "by PLAIN":
            machine.loginChosen(.sasl(mechanism: "PLAIN", first: Array("\0you\0x".utf8), decides: true))
        case "evicted": machine.evicted()
        case "client accepted": machine.clientAccepted()
        case "client secured": machine.clientSecured()
        case "client left": machine.clientLeft()
        case "client timed out": machine.clientTimedOut("idle")
        case "client line too long": machine.clientLineTooLong()
        case "client line waits": machine.clientLineWaits()
        case "client took everything": machine.clientTookEverything()
        case "upstream connected": machine.upstreamConnected(.none)
        case "upstream connected for TLS": machine.upstreamConnected(.implicit)
        case "upstream connected for STLS": machine.upstreamConnected(.starttls)
        case "upstream connected for XCLIENT": machine.upstreamConnected(.none, announcement: Self.announcement)
        case "upstream connected for STLS and XCLIENT":
            machine.upstreamConnected(.starttls, announcement: Self.announcement)
        case "upstream secured": machine.upstreamSecured()
        case "upstream unreachable": machine.upstreamFailed(.unreachable("refused"))
        case "upstream certificate rejected": machine.upstreamFailed(.certificateRejected("expired"))
        case "upstream left": machine.upstreamLeft()
        case "upstream timed out": machine.upstreamTimedOut()
        case "upstream line too long": machine.upstreamLineTooLong()
        case "message shown": machine.messageShown()
        case "reply ended": machine.upstreamReplyEnded()
        // A message that was shown, to its end.
        case "message ended":
            machine.messageShown()
            machine.upstreamReplyEnded()
        case "list too long": machine.listTooLong()
        case "shut down": machine.shutDown()
        case "ended by root": machine.endedByOperator("root")
        case "a scanner goes down": machine.loginObstacle = "clamd is down"
        case "it is back": machine.loginObstacle = nil
        default:
            if event.hasPrefix("listed ") {
                machine.listingReceived(
                    Array((event.dropFirst(7).split(separator: "|").joined(separator: "\r\n") + "\r\n").utf8).span
                )
            } else if event.hasPrefix("collected ") {
                let lines = event.dropFirst(10).split(separator: "|").map { $0 + "\r\n" }
                machine.listCollected(Array(lines.joined().utf8))
            } else if event.hasPrefix("answers at last ") {
                machine.challengeAnswered(Array(event.dropFirst(16).utf8), decides: true)
            } else if event.hasPrefix("answers ") {
                machine.challengeAnswered(Array(event.dropFirst(8).utf8), decides: false)
            } else if event.hasPrefix("complains ") {
                machine.challengeAnswered([], decides: false, complaint: String(event.dropFirst(10)))
            } else if event.hasPrefix("delivered "), let number = MessageNumber(event.dropFirst(10)) {
                machine.messageDelivered(number)
            } else if event.hasPrefix("rejected "), let number = MessageNumber(event.dropFirst(9)) {
                machine.messageRejected(number)
            } else if event.hasPrefix("postponed "), let number = MessageNumber(event.dropFirst(10)) {
                machine.messagePostponed(number)
            } else {
                Issue.record("no such event: \(event)")
            }
        }
    }

    static func text(_ action: SessionAction, _ line: String, _ showsDetails: Bool) -> String {
        switch action {
        case .sendToClient(let octets): "to client: " + lines(octets)
        case .sendUpstream(let octets): "to upstream: " + lines(octets)
        case .passLineToClient: "to client: " + line
        case .passLineUpstream: "to upstream: " + line
        case .dialUpstream(let user): "dial" + (user.map { " " + String(decoding: $0, as: UTF8.self) } ?? "")
        case .resolveLogin(let query):
            "resolve \(name(query.user)) by \(query.mechanism)" + (query.credentials == nil ? ", begun" : "")
                + (query.isBound ? " and bound" : "")
        case .chooseLogin(let offer):
            "choose of \((offer.mechanisms ?? ["?"]).joined(separator: " "))" + (offer.takesUser ? " USER" : "")
                + (offer.stamp.map { " " + String(decoding: $0, as: UTF8.self) } ?? "")
                + (offer.isRetry ? " again" : "")
        case .answerChallenge(let challenge): "answer <\(String(decoding: challenge, as: UTF8.self))>"
        case .askForLogin(let user): "ask about \(name(user))"
        case .closeUpstream: "close upstream"
        case .secureClient: "secure client"
        case .secureUpstream: "secure upstream"
        case .deliverMessage(let request):
            "deliver \(request.command.rawValue) \(request.number)" + (request.size.map { " of \($0)" } ?? "")
        case .judgeHeader(let request, let isForDeletion):
            "judge header of \(request.number)"
                + (isForDeletion ? " for deletion" + (request.size.map { " of \($0)" } ?? "") : "")
        case .recallSizes: "recall sizes"
        case .recallUndelivered: "recall undelivered"
        case .record(let record): "record " + text(record) + (showsDetails ? detail(record) : "")
        case .close(let closing): "close " + closing.name
        }
    }

    private static func identity(_ upstream: UpstreamIdentity?) -> String {
        let user = upstream?.user.map { ", upstream \(name($0))" } ?? ""
        return user + (upstream?.mechanism.map { ", upstream by \($0)" } ?? "")
    }

    private static func text(_ record: SessionRecord) -> String {
        switch record {
        case .loginSucceeded(let user, let mechanism, let upstream):
            "login of \(name(user)) by \(mechanism)" + identity(upstream)
        case .loginFailed(let failure):
            "failed login of \(name(failure.user)) by \(failure.mechanism)" + identity(failure.upstream)
                + ", \(failure.side): "
                + (failure.code.map { "[\($0.rawValue)] " } ?? "") + failure.reason
        case .deleted(let number): "deleted \(number)"
        case .deletionKept(let number): "deletion kept \(number)"
        case .deletionRefused(let number): "deletion refused \(number)"
        case .deletionDenied(let number, let reason): "deletion denied \(number): \(reason)"
        case .deletionPostponed(let number): "deletion postponed \(number)"
        case .deletionsUndone: "deletions undone"
        case .violation(let violation): "violation \(violation.name) of \(violation.side.rawValue)"
        case .upstreamFailed(let failure, let phase): "\(failure.name) during \(phase.rawValue)"
        }
    }

    private static func detail(_ record: SessionRecord) -> String {
        switch record {
        case .violation(let violation): ": " + (violation.detail ?? "")
        case .upstreamFailed(let failure, _): ": " + failure.detail
        case .loginSucceeded, .loginFailed, .deleted, .deletionKept, .deletionRefused, .deletionDenied,
            .deletionPostponed,
            .deletionsUndone:
            ""
        }
    }

    private static func name(_ user: [UInt8]?) -> String {
        user.map { String(decoding: $0, as: UTF8.self) } ?? "?"
    }

    private static func lines(_ octets: [UInt8]) -> String {
        String(decoding: octets, as: UTF8.self).split(separator: "\r\n").joined(separator: " | ")
    }
}

extension SessionMachine {
    /// A client's line; a login may go on at once.
    mutating func clientLineReceived(_ line: String, octetsBehind: Bool = false) -> LineDisposition {
        let octets = Array(line.utf8)
        let disposition = clientLineReceived(octets.span, octetsBehind: octetsBehind)
        guard awaitsLoginTurn else { return disposition }
        actions.removeAll { if case .askForLogin = $0 { true } else { false } }
        loginTurnCame()
        return clientLineReceived(octets.span, octetsBehind: octetsBehind)
    }
}

extension SessionMachine.Policy {
    static let fixed = Self.policy(.none)
    static let fixedSTLS = Self.policy(.starttls)
    static let fixedImplicit = Self.policy(.implicit)
    static let routed = Self.policy(.none, isRouted: true)
    /// Logins in plain text are allowed, too.
    static let plaintextSTLS = {
        var policy = fixedSTLS
        policy.allowsPlaintextLogin = true
        return policy
    }()
    static let routedSTLS = Self.policy(.starttls, isRouted: true)

    /// - Parameter isRouted: the user decides about the upstream; if not, the only one answers itself.
    private static func policy(_ encryption: ClientEncryption, isRouted: Bool = false) -> Self {
        Self(
            choosesUpstreamByUser: isRouted,
            greetsItself: isRouted,
            logsInItself: isRouted,
            clientEncryption: encryption,
            allowsPlaintextLogin: encryption == .none
        )
    }
}

/// Beginnings that many dialogues share.
enum Opening {
    static let fixed = """
        client accepted
            dial
        upstream connected
        U +OK ready <1.2@example>
            to client: +OK ready <1.2@example>

        """

    static let loggedIn =
        fixed + """
            C USER me
                to upstream: USER me
            U +OK
                to client: +OK
            C PASS secret
                to upstream: PASS secret
            U +OK 3 messages
                record login of me by USER
                to client: +OK 3 messages

            """

    static let pipelining =
        loggedIn + """
            C CAPA
                to upstream: CAPA
            U +OK
                to client: +OK
            collected TOP|UIDL|PIPELINING
                to client: TOP | UIDL | PIPELINING | .

            """

    static let lockstep =
        loggedIn + """
            C CAPA
                to upstream: CAPA
            U +OK
                to client: +OK
            collected TOP|UIDL
                to client: TOP | UIDL | PIPELINING | .

            """
}

extension SessionAction {
    fileprivate var isLoginQuery: Bool { if case .resolveLogin = self { true } else { false } }
}

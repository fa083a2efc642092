// The lines of a login that Popsieve sends: USER and PASS, APOP (RFC 1939 section 7), AUTH (RFC 5034).
// Must not know a mechanism or keep a secret: it asks for each line when it is due, and whoever has it may take its time.

import Octets

/// The upstream's side of a login, from the first command to the server's decision.
package struct UpstreamLogin: Equatable, Sendable {
    /// What its owner does next.
    package enum Step: Equatable {
        case send([UInt8])
        /// PASS, or a response to the server's challenge: `answerGiven`, now or later.
        case needsAnswer
        case succeeded
        case refused
        /// The server said what is no reply to that.
        case violated
    }

    private enum State: Equatable {
        /// USER was sent. Next: answerDue.
        case userSent
        /// AUTH was sent without the first response. Next: sent.
        case firstDue([UInt8], decides: Bool)
        /// The server wants a line. Next: sent.
        case answerDue
        /// A line was sent. `decides`: with it everything is said, as far as the mechanism is concerned.
        case sent(decides: Bool)
    }

    private let isSASL: Bool
    private var state: State
    private var answers = 0
    /// Challenges of an exchange; none that is in use has more than three.
    private static let mostAnswers = 10

    /// The login and its first command.
    package static func begin(_ method: LoginMethod, user: [UInt8]) -> (UpstreamLogin, firstCommand: [UInt8]) {
        switch method {
        case .user:
            return (UpstreamLogin(isSASL: false, state: .userSent), Array("USER ".utf8) + user + lineEnd)
        case .apop(let digest):
            let command = Array("APOP ".utf8) + user + [0x20] + digest + lineEnd
            return (UpstreamLogin(isSASL: false, state: .sent(decides: true)), command)
        case .sasl(let mechanism, let first, let decides):
            let command = Array("AUTH \(mechanism)".utf8)
            guard let first else {
                return (UpstreamLogin(isSASL: true, state: .sent(decides: false)), command + lineEnd)
            }
            let response = Base64.encode(first)
            let line = command + [0x20] + (response.isEmpty ? [0x3D] : response) + lineEnd
            // Exchange takes a token on a line of its own only, and longer lines than that are nobody's duty to read.
            guard line.count <= 255, mechanism != "XOAUTH2", mechanism != "OAUTHBEARER" else {
                return (UpstreamLogin(isSASL: true, state: .firstDue(response, decides: decides)), command + lineEnd)
            }
            return (UpstreamLogin(isSASL: true, state: .sent(decides: decides)), line)
        }
    }

    /// Whether it is the server's turn.
    var awaitsReply: Bool { state != .answerDue }

    package mutating func replyReceived(_ status: ReplyStatus) -> Step {
        switch (state, status) {
        case (.answerDue, _), (_, .invalid): return .violated
        case (_, .error): return .refused
        case (.userSent, .ok): return wantAnswer()
        // Exchange says `+OK` where `+` is due.
        case (.firstDue(let response, let decides), .ok), (.firstDue(let response, let decides), .challenge):
            state = .sent(decides: decides)
            return .send(response + Self.lineEnd)
        case (.sent(decides: true), .ok): return .succeeded
        case (.sent(decides: false), .ok): return wantAnswer()
        case (.sent, .challenge): return isSASL ? wantAnswer() : .violated
        case (.userSent, .challenge): return .violated
        }
    }

    private mutating func wantAnswer() -> Step {
        guard answers < Self.mostAnswers else { return .violated }
        answers += 1
        state = .answerDue
        return .needsAnswer
    }

    /// - Parameters:
    ///   - answer: the password, or a response in base64
    ///   - decides: `+OK` means then that the login has succeeded
    package mutating func answerGiven(_ answer: [UInt8], decides: Bool) -> Step {
        guard state == .answerDue else { return .violated }
        state = .sent(decides: decides)
        return .send((isSASL ? [] : Array("PASS ".utf8)) + answer + Self.lineEnd)
    }

    /// The server's challenge, decoded; nil where it is none. A `+OK` in its place has nothing to say.
    package func challenge(in line: Span<UInt8>) -> [UInt8]? {
        guard isSASL, ReplyStatus(line) == .challenge, line.count > 2 else { return [] }
        return SASLResponse.decodeBase64(line.extracting(2..<line.count))
    }

    private static let lineEnd: [UInt8] = [0x0D, 0x0A]
}

/// How Popsieve logs in.
package enum LoginMethod: Equatable, Sendable {
    /// USER and PASS.
    case user
    /// With its digest in hexadecimal digits.
    case apop(digest: [UInt8])
    /// - first: the client's first response; nil where the server begins
    /// - decides: everything is said with it
    case sasl(mechanism: String, first: [UInt8]?, decides: Bool)

    /// As the audit log names it.
    package var name: String {
        switch self {
        case .user: "USER"
        case .apop: "APOP"
        case .sasl(let mechanism, _, _): mechanism
        }
    }
}

/// By what a server can be logged in to.
package struct LoginOffer: Equatable, Sendable {
    /// By CAPA, in upper case; nil: nobody knows.
    package var mechanisms: [String]?
    /// CAPA names USER, or nobody knows.
    package var takesUser: Bool
    /// The stamp of its greeting (RFC 1939 section 7), if it is one.
    package var stamp: [UInt8]?
    /// It has refused what was tried before.
    package var isRetry = false

    package init(mechanisms: [String]? = nil, takesUser: Bool, stamp: [UInt8]? = nil, isRetry: Bool = false) {
        self.mechanisms = mechanisms
        self.takesUser = takesUser
        self.stamp = stamp
        self.isRetry = isRetry
    }

    /// What APOP is computed from: a msg-id (RFC 1939 section 7). Anything else could be chosen to find the password out.
    package static func stamp(in greeting: Span<UInt8>) -> [UInt8]? {
        guard let start = greeting.firstOffset(of: 0x3C, from: 0), let end = greeting.firstOffset(of: 0x3E, from: start)
        else { return nil }
        let stamp = [UInt8](copying: greeting.extracting(start...end))
        let isIdentifier = stamp.dropFirst().dropLast().allSatisfy { (0x21...0x7E).contains($0) && $0 != 0x3C }
        return isIdentifier && stamp.contains(0x40) ? stamp : nil
    }
}

/// Who wants to log in, and where to is to be found out.
package struct LoginQuery: Equatable, Sendable {
    package let user: [UInt8]
    package let mechanism: String
    /// Nil where only the upstream can judge what the client says.
    package let credentials: Credentials?
    /// The name is bound to the client's proof and can't be changed.
    package let isBound: Bool
}

/// How a login goes on.
package struct LoginPlan: Equatable, Sendable {
    /// The name upstream, where it is another.
    package var user: [UInt8]?
    package var voice: Voice

    /// Who knows what the upstream wants to hear.
    package enum Voice: Sendable {
        /// The client: its password goes with USER and PASS, its exchange line by line.
        case client
        /// The client's password, by what the owner chooses.
        case ownerForClient
        /// The owner has credentials of its own: `chooseLogin`, then `answerChallenge`.
        case owner
    }

    package init(user: [UInt8]? = nil, voice: Voice = .client) {
        self.user = user
        self.voice = voice
    }
}

/// What the upstream was told, where it differs from what the client said.
package struct UpstreamIdentity: Equatable, Sendable {
    package var user: [UInt8]?
    package var mechanism: String?
}

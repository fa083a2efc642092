// A login that Popsieve carries out itself: USER and PASS (RFC 1939 section 7).
// Must not keep a secret: it asks for it when it is due, and whoever owns it may take its time.

/// The upstream's side of a login, from the first command to the server's decision.
struct UpstreamLogin: Equatable, Sendable {
    /// What its owner does next.
    enum Step: Equatable {
        case send([UInt8])
        /// Answer with `secretProvided`, now or later.
        case needsSecret
        case succeeded
        case refused
        /// The server said what is no reply to that.
        case violated
    }

    private enum State: Equatable {
        /// USER was sent. Next: secretDue.
        case userSent
        /// The server wants PASS. Next: passwordSent.
        case secretDue
        /// PASS was sent; its reply decides.
        case passwordSent
    }

    private var state = State.userSent

    /// The login and its first command.
    static func begin(user: [UInt8]) -> (UpstreamLogin, firstCommand: [UInt8]) {
        (UpstreamLogin(), Array("USER ".utf8) + user + [0x0D, 0x0A])
    }

    mutating func replyReceived(_ status: ReplyStatus) -> Step {
        switch (state, status) {
        case (.userSent, .ok):
            state = .secretDue
            return .needsSecret
        case (.passwordSent, .ok): return .succeeded
        case (.userSent, .error), (.passwordSent, .error): return .refused
        case (.secretDue, _), (_, .challenge), (_, .invalid): return .violated
        }
    }

    mutating func secretProvided(_ secret: [UInt8]) -> Step {
        guard state == .secretDue else { return .violated }
        state = .passwordSent
        return .send(Array("PASS ".utf8) + secret + [0x0D, 0x0A])
    }
}

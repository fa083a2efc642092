// PLAIN and LOGIN, answered by Popsieve itself where the upstream depends on the user (RFC 5034, RFC 4616).
// Must not log in anywhere: it ends with credentials or with a reason.

/// A SASL exchange with the client, in which it owes a response.
struct SASLDialogue: Equatable, Sendable {
    enum Mechanism: String, Sendable {
        case plain = "PLAIN"
        case login = "LOGIN"
    }

    enum Outcome {
        case continues(SASLDialogue)
        case complete(Credentials)
        /// The client sent `*`.
        case cancelled
        case malformed
    }

    let mechanism: Mechanism
    /// The first of LOGIN's two responses.
    private var user: [UInt8]?

    init(mechanism: Mechanism) {
        self.mechanism = mechanism
    }

    /// The line that asks for the next response; LOGIN's are base64 of `Username:` and `Password:`.
    var challenge: [UInt8] {
        switch mechanism {
        case .plain: Array("+ \r\n".utf8)
        case .login: Array((user == nil ? "+ VXNlcm5hbWU6\r\n" : "+ UGFzc3dvcmQ6\r\n").utf8)
        }
    }

    func responseReceived(_ response: Span<UInt8>) -> Outcome {
        if response.count == 1, response[0] == 0x2A { return .cancelled }
        switch mechanism {
        case .plain: return SASLResponse.plain(response).map { .complete($0) } ?? .malformed
        case .login:
            guard let decoded = SASLResponse.decodeBase64(response) else { return .malformed }
            guard let user else {
                var next = self
                next.user = decoded
                return .continues(next)
            }
            return Credentials(user: user, secret: decoded).map { .complete($0) } ?? .malformed
        }
    }
}

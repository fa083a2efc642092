// A SASL exchange that Popsieve begins with the client, to know who logs in (RFC 5034): PLAIN and LOGIN are led to their end,
// of others the upstream leads the rest. Must not log in anywhere: it ends with credentials, a first response, or a reason.

/// A SASL exchange with the client, in which it owes a response.
struct SASLDialogue: Equatable, Sendable {
    enum Mechanism: String, Sendable, CaseIterable {
        case plain = "PLAIN"
        case login = "LOGIN"
        case xoauth2 = "XOAUTH2"
        case oauthBearer = "OAUTHBEARER"
        case scramSHA1 = "SCRAM-SHA-1"
        case scramSHA256 = "SCRAM-SHA-256"
    }

    enum Outcome {
        case continues(SASLDialogue)
        case complete(Credentials)
        /// The upstream, which is now known, takes it from here.
        case begun(FirstResponse)
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
        case .login: Array((user == nil ? "+ VXNlcm5hbWU6\r\n" : "+ UGFzc3dvcmQ6\r\n").utf8)
        case .plain, .xoauth2, .oauthBearer, .scramSHA1, .scramSHA256: Array("+ \r\n".utf8)
        }
    }

    func responseReceived(_ response: Span<UInt8>) -> Outcome {
        if response.count == 1, response[0] == 0x2A { return .cancelled }
        guard let decoded = SASLResponse.decodeBase64(response) else { return .malformed }
        switch mechanism {
        case .plain: return SASLResponse.plain(response).map { .complete($0) } ?? .malformed
        case .login:
            guard let user else {
                var next = self
                next.user = decoded
                return .continues(next)
            }
            return Credentials(user: user, secret: decoded).map { .complete($0) } ?? .malformed
        case .xoauth2, .oauthBearer, .scramSHA1, .scramSHA256:
            return FirstResponse(mechanism, decoded).map { .begun($0) } ?? .malformed
        }
    }
}

// The client's side of SASL (RFC 4422): what is said first, and what is said to each challenge.
// Must not know POP3 or do IO: base64 and lines are the protocol's.

/// A mechanism that Popsieve speaks itself.
package enum SASLMechanism: String, Sendable, CaseIterable {
    case scramSHA256 = "SCRAM-SHA-256"
    case scramSHA1 = "SCRAM-SHA-1"
    case cramMD5 = "CRAM-MD5"
    case plain = "PLAIN"
    case login = "LOGIN"
    case xoauth2 = "XOAUTH2"
    case oauthBearer = "OAUTHBEARER"
}

/// One exchange with a server. Not printable: it holds a secret.
package struct SASLClient: Sendable, CustomReflectable, CustomStringConvertible {
    /// What follows from a challenge.
    package enum Step: Equatable, Sendable {
        /// - decides: the server's approval means then that the login has succeeded
        /// - complaint: the server has said already that it will refuse, and why
        case answer([UInt8], decides: Bool, complaint: String? = nil)
        /// The exchange can't go on.
        case failed(String)
    }

    private enum State {
        case plain
        /// The name, then the password.
        case login(isNamed: Bool)
        case cramMD5
        case scram(ScramExchange)
        case bearer
        case over
    }

    package let mechanism: SASLMechanism
    private let user: [UInt8]
    private let secret: [UInt8]
    private let host: String
    private let port: Int
    private var state: State

    /// - Parameters:
    ///   - secret: a password, or an access token
    ///   - host: the server's, which OAUTHBEARER tells
    ///   - nonce: for tests; nil: one that nobody can guess
    package init?(
        _ mechanism: SASLMechanism,
        user: [UInt8],
        secret: [UInt8],
        host: String,
        port: Int,
        nonce: [UInt8]? = nil
    ) {
        self.mechanism = mechanism
        self.user = user
        self.secret = secret
        self.host = host
        self.port = port
        func scram(_ digest: Digest) -> State? {
            (nonce ?? randomOctets(18).map(encodedBase64)).map {
                .scram(ScramExchange(digest, user: user, secret: secret, nonce: $0))
            }
        }
        let state: State? =
            switch mechanism {
            case .plain: .plain
            case .login: .login(isNamed: false)
            case .cramMD5: .cramMD5
            case .scramSHA1: scram(.sha1)
            case .scramSHA256: scram(.sha256)
            case .xoauth2, .oauthBearer: .bearer
            }
        guard let state else { return nil }
        self.state = state
    }

    /// What the exchange begins with; nil where the server has the first word.
    package var first: [UInt8]? {
        switch mechanism {
        case .plain: [0] + user + [0] + secret
        case .login, .cramMD5: nil
        case .scramSHA1, .scramSHA256: if case .scram(let exchange) = state { exchange.first } else { nil }
        case .xoauth2: Array("user=".utf8) + user + Array("\u{1}auth=Bearer ".utf8) + secret + [1, 1]
        case .oauthBearer:
            Array("n,a=".utf8) + user.saslName + Array(",\u{1}host=\(host)\u{1}port=\(port)\u{1}auth=Bearer ".utf8)
                + secret + [1, 1]
        }
    }

    /// Everything is said with it.
    package var firstDecides: Bool {
        switch mechanism {
        case .plain, .xoauth2, .oauthBearer: true
        case .login, .cramMD5, .scramSHA1, .scramSHA256: false
        }
    }

    /// The answer takes thousands of hashes.
    package var answersSlowly: Bool { if case .scram = state { true } else { false } }

    package mutating func challenge(_ octets: [UInt8]) -> Step {
        switch state {
        // A server without initial responses asks for the one that it was sent.
        case .plain:
            state = .over
            return .answer(first ?? [], decides: true)
        case .login(isNamed: false):
            state = .login(isNamed: true)
            return .answer(user, decides: false)
        case .login(isNamed: true):
            state = .over
            return .answer(secret, decides: true)
        case .cramMD5:
            state = .over
            guard let code = Digest.md5.code(octets, key: secret) else { return .failed("there is no MD5 here") }
            return .answer(user + [0x20] + code.hexadecimal, decides: true)
        case .scram(var exchange):
            let step = exchange.challenge(octets)
            state = .scram(exchange)
            return step
        case .bearer:
            state = .over
            // RFC 7628 section 3.2.3; XOAUTH2 wants an empty line.
            return .answer(mechanism == .xoauth2 ? [] : [1], decides: false, complaint: complaint(octets))
        case .over: return .failed("the server does not come to an end")
        }
    }

    package var description: String { "(SASL exchange)" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// The digest of APOP (RFC 1939 section 7): of a server's stamp with its brackets, and a password.
package func apopDigest(stamp: [UInt8], secret: [UInt8]) -> [UInt8]? {
    Digest.md5.hash(stamp + secret)?.hexadecimal
}

/// The `status` of RFC 7628's JSON; nothing else of what a server says.
private func complaint(_ json: [UInt8]) -> String {
    let text = String(decoding: json.prefix(4_096), as: UTF8.self)
    guard let value = text.firstMatch(of: /"status"\s*:\s*"?([A-Za-z0-9_.-]{1,40})/)?.1 else {
        return "the token was refused"
    }
    return "the token was refused: \(value)"
}

/// What can be told of a server's words.
func printable(_ octets: [UInt8]) -> String {
    String(decoding: octets.prefix(Limits.complaint).map { (0x20...0x7E).contains($0) ? $0 : 0x3F }, as: UTF8.self)
}

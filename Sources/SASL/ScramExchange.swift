// The client's side of SCRAM without channel binding (RFC 5802, 7677), which can't cross a relay.
// Must not believe a server that has not shown that it knows the password.

/// One exchange.
struct ScramExchange: Sendable {
    private enum State {
        /// The client's nonce was sent.
        case begun
        /// The proof was sent; the server's is due.
        case proven(expected: [UInt8])
        case over
    }

    let digest: Digest
    private let secret: [UInt8]
    private let bare: [UInt8]
    private let nonce: [UInt8]
    private var state = State.begun

    init(_ digest: Digest, user: [UInt8], secret: [UInt8], nonce: [UInt8]) {
        self.digest = digest
        self.secret = secret
        self.nonce = nonce
        bare = Array("n=".utf8) + user.saslName + Array(",r=".utf8) + nonce
    }

    var first: [UInt8] { Array("n,,".utf8) + bare }

    mutating func challenge(_ octets: [UInt8]) -> SASLClient.Step {
        switch state {
        case .begun: return prove(octets)
        case .proven(let expected):
            state = .over
            let attributes = Attributes(octets)
            if let error = attributes?["e"] { return .failed("the server says: \(printable(error))") }
            guard let signature = attributes?["v"], signature.isSame(as: encodedBase64(expected)) else {
                return .failed("the server does not know the password: it may not be the one that it poses as")
            }
            return .answer([], decides: true)
        case .over: return .failed("the server does not come to an end")
        }
    }

    private mutating func prove(_ serverFirst: [UInt8]) -> SASLClient.Step {
        guard let attributes = Attributes(serverFirst), attributes["m"] == nil,
            let joint = attributes["r"], let salt = attributes["s"].flatMap(decodedBase64), !salt.isEmpty,
            let count = attributes["i"].flatMap({ Int(String(decoding: $0, as: UTF8.self)) })
        else { return .failed("the server's challenge is none of \(digest.scramName)") }
        guard joint.count > nonce.count, joint.starts(with: nonce), joint.count <= Limits.parameter,
            salt.count <= Limits.parameter
        else { return .failed("the server's nonce does not fit") }
        guard Limits.iterations.contains(count) else {
            let (least, most) = (Limits.iterations.lowerBound, Limits.iterations.upperBound)
            return .failed("the server wants \(count) iterations, not \(least) to \(most)")
        }
        let withoutProof = Array("c=biws,r=".utf8) + joint
        let message = bare + [0x2C] + serverFirst + [0x2C] + withoutProof
        guard let salted = digest.stretched(secret, salt: salt, iterations: count),
            let clientKey = digest.code(Array("Client Key".utf8), key: salted),
            let storedKey = digest.hash(clientKey), let signature = digest.code(message, key: storedKey),
            let serverKey = digest.code(Array("Server Key".utf8), key: salted),
            let expected = digest.code(message, key: serverKey)
        else { return .failed("\(digest.scramName) can't be computed here") }
        let proof = zip(clientKey, signature).map { $0 ^ $1 }
        state = .proven(expected: expected)
        return .answer(withoutProof + Array(",p=".utf8) + encodedBase64(proof), decides: false)
    }

    /// `a=value,b=value`; of names that come twice nobody knows which counts.
    private struct Attributes {
        private var values: [UInt8: [UInt8]] = [:]

        init?(_ octets: [UInt8]) {
            for part in octets.split(separator: 0x2C, omittingEmptySubsequences: false) {
                let part = Array(part)
                guard part.count >= 2, part[1] == 0x3D, values[part[0]] == nil else { return nil }
                values[part[0]] = Array(part.dropFirst(2))
            }
        }

        subscript(name: Unicode.Scalar) -> [UInt8]? { values[UInt8(ascii: name)] }
    }
}

extension Digest {
    fileprivate var scramName: String { self == .sha1 ? "SCRAM-SHA-1" : "SCRAM-SHA-256" }
}

extension [UInt8] {
    /// RFC 5802 section 5.1.
    var saslName: [UInt8] {
        flatMap { octet in
            switch octet {
            case 0x2C: Array("=2C".utf8)
            case 0x3D: Array("=3D".utf8)
            default: [octet]
            }
        }
    }
}

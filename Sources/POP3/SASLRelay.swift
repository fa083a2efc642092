// An AUTH exchange that passes line by line, and whom the client says it is.
// Must not keep anything else of a response: it may be a password.

struct SASLRelay: Equatable, Sendable {
    let mechanism: String
    /// Whom the client says it is, where the mechanism lets us read it.
    var user: [UInt8]?
    /// Whether the client has sent one.
    var hasResponse = false

    /// Whether the client's first response says who logs in.
    var tellsUser: Bool {
        SASLDialogue.Mechanism(rawValue: mechanism) != nil || Self.behindChallenge.contains(mechanism)
    }

    /// Mechanisms in which the server speaks first.
    private static let behindChallenge: Set = ["CRAM-MD5", "DIGEST-MD5"]

    mutating func learn(_ response: Span<UInt8>) {
        if !hasResponse { user = name(in: response) }
        hasResponse = true
    }

    private func name(in response: Span<UInt8>) -> [UInt8]? {
        if mechanism == "PLAIN" { return SASLResponse.plain(response)?.user }
        guard let octets = SASLResponse.decodeBase64(response) else { return nil }
        switch mechanism {
        case "LOGIN": return octets
        // RFC 2195: a space, and the digest's digits.
        case "CRAM-MD5": return octets.lastIndex(of: 0x20).map { Array(octets[..<$0]) }
        case "DIGEST-MD5": return Self.quoted("username=", in: octets)
        default: return SASLDialogue.Mechanism(rawValue: mechanism).flatMap { FirstResponse($0, octets)?.user }
        }
    }

    /// A value between quotation marks (RFC 2831 section 7.2).
    private static func quoted(_ key: String, in octets: [UInt8]) -> [UInt8]? {
        guard let start = octets.firstRange(of: Array("\(key)\"".utf8))?.upperBound else { return nil }
        var value: [UInt8] = []
        var index = start
        while index < octets.count {
            switch octets[index] {
            case 0x22: return value
            case 0x5C where index + 1 < octets.count:
                value.append(octets[index + 1])
                index += 2
            case let octet:
                value.append(octet)
                index += 1
            }
        }
        return nil
    }
}

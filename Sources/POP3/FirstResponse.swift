// The first response of a mechanism that only the upstream can judge: who it says logs in.
// Must not be printable: a token may be in it.

/// What a client begins SCRAM (RFC 5802), OAUTHBEARER (RFC 7628) or XOAUTH2 with.
struct FirstResponse: Equatable, Sendable, CustomReflectable, CustomStringConvertible {
    let mechanism: SASLDialogue.Mechanism
    let user: [UInt8]
    /// As it was decoded.
    let octets: [UInt8]
    /// Where the name stands in them, as the mechanism writes it.
    private let name: Range<Int>

    /// Nil where it is none, or does not say who.
    init?(_ mechanism: SASLDialogue.Mechanism, _ octets: [UInt8]) {
        let name =
            switch mechanism {
            case .plain, .login: nil as Range<Int>?
            case .xoauth2: Self.field("user=", of: octets[...], upTo: 0x01)
            case .oauthBearer: Self.authorizationName(octets)
            case .scramSHA1, .scramSHA256: Self.scramName(octets)
            }
        guard let name, !name.isEmpty else { return nil }
        let written = Array(octets[name])
        guard let user = mechanism == .xoauth2 ? written : written.saslName,
            user.allSatisfy({ $0 >= 0x20 && $0 != 0x7F })
        else { return nil }
        self.mechanism = mechanism
        self.user = user
        self.octets = octets
        self.name = name
    }

    /// The same for another name; nil where the client's proof is bound to its own.
    func renamed(_ user: [UInt8]) -> [UInt8]? {
        switch mechanism {
        case .plain, .login, .scramSHA1, .scramSHA256: nil
        case .xoauth2: octets[..<name.lowerBound] + user + octets[name.upperBound...]
        case .oauthBearer: octets[..<name.lowerBound] + user.escapedSASLName + octets[name.upperBound...]
        }
    }

    var description: String { "(first response)" }
    var customMirror: Mirror { Mirror(self, children: []) }

    // MARK: Where the name stands

    /// The value behind a key at the beginning, up to an octet.
    private static func field(_ key: String, of octets: ArraySlice<UInt8>, upTo end: UInt8) -> Range<Int>? {
        guard octets.starts(with: key.utf8) else { return nil }
        let start = octets.startIndex + key.utf8.count
        return octets[start...].firstIndex(of: end).map { start..<$0 }
    }

    /// The GS2 header (RFC 5801 section 4) without channel binding, which can't cross a relay: `n,a=NAME,`.
    private static func header(_ octets: [UInt8]) -> (authorization: Range<Int>?, rest: Int)? {
        guard octets.starts(with: "n,".utf8) || octets.starts(with: "y,".utf8), octets.count > 2 else { return nil }
        if octets[2] == 0x2C { return (nil, 3) }
        return field("a=", of: octets[2...], upTo: 0x2C).map { ($0, $0.upperBound + 1) }
    }

    private static func authorizationName(_ octets: [UInt8]) -> Range<Int>? { header(octets)?.authorization }

    /// `n=NAME,` behind the header. To act for somebody else is not a mailbox's own login.
    private static func scramName(_ octets: [UInt8]) -> Range<Int>? {
        guard let header = header(octets), let name = field("n=", of: octets[header.rest...], upTo: 0x2C) else {
            return nil
        }
        if let other = header.authorization, octets[other] != octets[name] { return nil }
        return name
    }
}

extension [UInt8] {
    /// A saslname (RFC 5802 section 5.1) as the name that it stands for; nil where it is none.
    fileprivate var saslName: [UInt8]? {
        var name: [UInt8] = []
        var index = startIndex
        while index < endIndex {
            if self[index] == 0x3D {
                switch self[index...].prefix(3) {
                case [0x3D, 0x32, 0x43]: name.append(0x2C)
                case [0x3D, 0x33, 0x44]: name.append(0x3D)
                default: return nil
                }
                index += 3
            } else {
                name.append(self[index])
                index += 1
            }
        }
        return name
    }

    /// The other way round.
    package var escapedSASLName: [UInt8] {
        flatMap { octet in
            switch octet {
            case 0x2C: Array("=2C".utf8)
            case 0x3D: Array("=3D".utf8)
            default: [octet]
            }
        }
    }
}

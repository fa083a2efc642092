// The first line of a server's reply as a value, and the lines that Popsieve answers by itself.
// Must not know which command a reply belongs to.

import Octets

/// What the first line of a reply says (RFC 1939 section 3, RFC 5034 section 4).
package enum ReplyStatus: Equatable, Sendable {
    case ok
    case error
    /// `+`: the server wants a line of a SASL exchange.
    case challenge
    /// None of these: the peer does not speak POP3, or its replies are out of step.
    case invalid

    /// Reads a line without its line end. Case counts: RFC 1939 says upper case.
    package init(_ line: Span<UInt8>) {
        if line.begins("+OK") {
            self = .ok
        } else if line.begins("-ERR") {
            self = .error
        } else if line.count >= 1, line[0] == 0x2B, line.count == 1 || line[1] == 0x20 {
            self = .challenge
        } else {
            self = .invalid
        }
    }
}

/// Response codes that Popsieve tells apart (RFC 2449 section 8, RFC 3206).
package enum ResponseCode: String, Sendable {
    case auth = "AUTH"
    case systemTemporary = "SYS/TEMP"
    case systemPermanent = "SYS/PERM"
    case inUse = "IN-USE"
    case loginDelay = "LOGIN-DELAY"

    /// The code in an `-ERR` line, if it has one that is known.
    package init?(in line: Span<UInt8>) {
        guard line.begins("-ERR ["), let end = line.firstOffset(of: 0x5D, from: 6) else { return nil }
        self.init(rawValue: String(copying: line.extracting(6..<end)).uppercased())
    }
}

/// A reply of Popsieve's own.
package struct OwnReply: Equatable, Sendable {
    /// The whole reply with its CRLF.
    package let octets: [UInt8]

    static let ready = ok("Popsieve ready.")
    /// To UTF8 behind the login, which some clients send there: they give the whole maildrop up if it is refused, and mail
    /// without UTF-8 is mail in UTF-8, too.
    static let unneededUTF8 = ok("Mail comes as it is")

    /// A whole message of Popsieve's own: CRLF line ends, not dot-stuffed.
    package static func message(_ message: [UInt8]) -> OwnReply {
        OwnReply(octets: Array("+OK\r\n".utf8) + message.dotStuffed + Array(".\r\n".utf8))
    }

    /// The same without the status line, which the client has already.
    package static func rest(of message: [UInt8]) -> OwnReply {
        OwnReply(octets: message.dotStuffed + Array(".\r\n".utf8))
    }

    package static func ok(_ text: String) -> OwnReply {
        OwnReply(octets: Array("+OK \(text)\r\n".utf8))
    }

    package static func error(_ code: ResponseCode? = nil, _ text: String) -> OwnReply {
        let code = code.map { "[\($0.rawValue)] " } ?? ""
        return OwnReply(octets: Array("-ERR \(code)\(oneLine(text))\r\n".utf8))
    }

    /// Text that came from somewhere else must not end the line: control characters become spaces, 400 octets at most.
    private static func oneLine(_ text: String) -> String {
        let octets = text.utf8.prefix(400).map { $0 < 0x20 || $0 == 0x7F ? 0x20 : $0 }
        return String(decoding: octets, as: UTF8.self)
    }
}

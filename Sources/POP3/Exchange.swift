// One command and the reply it gets: what the reply looks like and who it is for.
// Must not read replies; it only knows their shape.

/// A command whose reply is due, in the order in which replies come (RFC 2449 section 6.6).
enum Exchange: Equatable, Sendable {
    /// One line, for the client.
    case line
    /// One line, and a list when it is `+OK`, for the client.
    case list
    /// The same, and the unique-ids are learnt from it.
    case uidlListing
    /// The same, and the sizes are learnt from it.
    case sizeListing
    /// One line that tells a unique-id.
    case uidl
    /// One line that tells how many messages there are.
    case maildrop
    /// One line that tells a message's size.
    case size(MessageNumber)
    /// UTF8 (RFC 6856): longer lines are allowed from then on.
    case utf8
    /// A list that is read whole and rewritten.
    case capabilities
    /// AUTH without argument: a list that is read whole and rewritten.
    case mechanisms
    /// Popsieve's own question, whose reply is not for the client.
    case question(Question)
    /// Popsieve's own TOP, to judge a large message by its header; with the client's line, which is sent unless the rules
    /// withhold the message.
    case header(MessageRequest, line: [UInt8])
    /// The same for a DELE of a message that the client has not asked for in this session; by RETR where TOP is no help.
    case judgedDeletion(MessageRequest, line: [UInt8])
    /// RETR or TOP.
    case message(MessageRequest)
    case deletion(MessageNumber)
    /// RSET
    case reset
    case login(LoginStep)
    case quit
    /// Not sent upstream: an answer of Popsieve's own that waits for its turn.
    case own([UInt8])

    /// What Popsieve asks on its own behalf.
    enum Question: Equatable, Sendable {
        /// CAPA: may commands be sent ahead?
        case capabilities
        /// STAT: is the maildrop small?
        case maildrop
        /// LIST: all sizes of a small one.
        case sizes
        /// UIDL: all of a small maildrop.
        case uidls
        /// LIST n
        case size(MessageNumber)
        /// UIDL n
        case uidl
    }

    /// Whether the client's lines behind it wait for its reply: it is the last, or what it asks decides what is sent next.
    var holdsBackOthers: Bool {
        switch self {
        case .quit, .question, .header, .judgedDeletion: true
        case .message(let request): request.fetch == .header
        default: false
        }
    }

    /// Whether the reply is not for the client.
    var isOwn: Bool { if case .question = self { true } else { false } }

    var isLogin: Bool { if case .login = self { true } else { false } }

    var isMessage: Bool {
        switch self {
        case .message, .header, .judgedDeletion: true
        default: false
        }
    }

    /// A login command whose reply decides about the session's state.
    enum LoginStep: Equatable, Sendable {
        case user(name: [UInt8])
        /// PASS or APOP.
        case final(user: [UInt8]?, mechanism: String)
        case sasl(SASLRelay)
    }
}

/// How the owner reads what the upstream sends next.
package enum ReplyPart: Equatable, Sendable {
    /// A status line.
    case status
    /// The rest of a multi-line reply, which goes to the client as it is.
    case list
    /// The rest of a multi-line reply, each part of which is given to `listingReceived`.
    case listing(isForClient: Bool)
    /// The rest of a multi-line reply, which is read whole and given to `listCollected`.
    case collected
    /// A message, of which the client has not been shown anything yet.
    case heldMessage
    /// A message, which the owner delivers and the client has begun to see.
    case message
    /// Nothing is due.
    case none
}

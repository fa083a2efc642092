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
    /// One line that tells a unique-id.
    case uidl
    /// UTF8 (RFC 6856): longer lines are allowed from then on.
    case utf8
    /// A list that is read whole and rewritten.
    case capabilities
    /// Popsieve's own CAPA, to know whether it may send commands ahead.
    case capabilitiesProbe
    /// AUTH without argument: a list that is read whole and rewritten.
    case mechanisms
    /// Popsieve's own LIST n for the message that follows.
    case size
    /// RETR or TOP; with what has not been sent yet, because its size had to be asked first.
    case message(MessageRequest, unsent: [UInt8]?)
    case deletion(MessageNumber)
    case login(LoginStep)
    case quit
    /// Not sent upstream: an answer of Popsieve's own that waits for its turn.
    case own([UInt8])

    /// A login command whose reply decides about the session's state.
    enum LoginStep: Equatable, Sendable {
        case user(name: [UInt8])
        /// PASS or APOP.
        case final(user: [UInt8]?, mechanism: String)
        case sasl(SASLRelay)
    }
}

/// An AUTH exchange that passes line by line.
struct SASLRelay: Equatable, Sendable {
    let mechanism: String
    /// Whom the client says it is, where the mechanism lets us read it.
    var user: [UInt8]?
    /// LOGIN sends the name as its first response.
    var hasResponse = false

    mutating func learn(_ response: Span<UInt8>) {
        defer { hasResponse = true }
        switch mechanism {
        case "PLAIN": user = SASLResponse.plain(response)?.user
        case "LOGIN": if !hasResponse { user = SASLResponse.decodeBase64(response) }
        default: break
        }
    }
}

/// How the owner reads what the upstream sends next.
package enum ReplyPart: Equatable, Sendable {
    /// A status line.
    case status
    /// The rest of a multi-line reply, which goes to the client as it is.
    case list
    /// The same; each part of it is also given to `uidlListingReceived`.
    case uidlListing
    /// The rest of a multi-line reply, which is read whole and given to `listCollected`.
    case collected
    /// A message, which the owner delivers.
    case message
    /// Nothing is due.
    case none
}

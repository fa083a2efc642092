// Every bound of the protocol: name, default, reason.
// Must not hold bounds of time (those belong to the relay) or of mail.

/// How much a peer may send before the session ends, in octets unless said otherwise.
package struct Limits: Sendable {
    /// A command line with its CRLF (RFC 2449 section 4).
    package var commandLine = 255
    /// AUTH with an initial response, and each SASL response after it; the figure of RFC 4954 section 4 for SMTP,
    /// because OAuth tokens and Kerberos tickets do not fit 255.
    package var saslLine = 12_288
    /// A command line of a session in UTF-8 mode, where names and passwords take up to four octets for a character
    /// (RFC 6856 section 2).
    package var utf8CommandLine = 1_020
    /// A reply's first line; RFC 1939 says 512, real servers write more, and a SASL challenge may be as long as a response.
    package var replyLine = 12_288
    /// The upstream's greeting; nothing real is near it.
    package var greetingLine = 2_048
    /// Line ends in a row before a reply; then they are no reply.
    package var blankLines = 8
    /// Replies that are read whole before they are answered: CAPA and the list of AUTH.
    package var list = 16_384
    /// Commands sent upstream whose replies are still due; more wait in the client's connection.
    package var pipelinedCommands = 64
    /// Commands in a row that could not be understood; then the session ends.
    package var badCommands = 10
    /// Commands before a login; then the session ends. Programs need half a dozen.
    package var commandsBeforeLogin = 100
    /// Commands of a session; then it ends. Fetching and deleting a hundred thousand messages takes a third of them.
    package var commands = 1_000_000
    /// Logins that were refused; then the session ends. People mistype twice, programs guess on.
    package var failedLogins = 5
    /// What is remembered of a UIDL listing for the audit log; what is beyond it has no UIDL there.
    package var uidlListing = 1_048_576

    /// Sizes that are remembered of a maildrop's listing for rules that ask for them; others are asked for one by one.
    package var sizes = 65_536
    /// Messages of a maildrop whose sizes are all asked for at once.
    package var smallMaildrop: UInt32 = 1_000
    /// A header has fewer lines: TOP of so many brings all of it, whatever the server counts.
    package var headerLines: UInt64 = 10_000
    /// A message of so many octets is judged by the header that TOP brings before it is fetched, where the rules may put
    /// something else in its place: on a slow line that is seconds, and for a round trip nobody minds.
    package var headerFirst = 131_072

    package init() {}
}

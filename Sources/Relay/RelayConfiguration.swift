// What a relay is told to do: listeners, upstreams, routes, times. Plain values, made once and replaced whole.
// Must not read files or know of YAML: the composition root translates settings into this.

package import Filtering
package import NIOCore
package import Patterns
package import ProxyProtocol
package import Quarantine
package import Scanning
package import Store
package import TLS
package import Transport

/// Everything that a running relay takes from its settings; replaced as a whole when settings are reloaded.
package struct RelayConfiguration: Sendable {
    /// Where clients connect.
    package var listeners: [Listener]
    /// The servers, in the order of the settings.
    package var upstreams: [Upstream]
    /// First match wins. Empty: the only upstream is for everybody and is dialled at once.
    package var routes: [Route]
    /// Users whose passwords are checked here.
    package var accounts = Accounts()
    /// Is asked about everybody who has no account; there are no routes then.
    package var directory: Directory?
    /// Of accounts that log in with tokens.
    package var tokens: (any TokenSource)?
    /// Lets a client log in without TLS from other than a loopback address.
    package var allowPlaintextLogin: Bool
    /// From where nobody is counted or has to wait: own machines, and proxies, behind which everybody has one address.
    package var trustedNetworks = [Network].loopback
    /// Who is believed when it says whose connection it passes on (PROXY protocol).
    package var trustedProxies: [Network] = []
    /// Commands that POP3 does not know and that are passed on; each is taken to have a one-line reply. Upper case.
    package var passThrough: Set<String>
    /// What is done with a bare CR or LF in a message.
    package var lineEndings: LineEndings
    /// What a client gets for a message that rules reject.
    package var rejected: Rejected
    /// What becomes of messages that are too large; nil: those that can't be judged are refused as others are.
    package var sizePolicy: SizePolicy?
    /// What is set for some users; the first match counts.
    package var userSizePolicies: [SizePolicy.OfUser] = []
    /// How long each phase may take.
    package var timeouts: Timeouts
    /// What notices say.
    package var notices = NoticeTexts.standard
    /// Where rules put copies of messages, and the originals of rejected ones go; nil: nowhere.
    package var quarantine: MessageQuarantine?
    /// The originals of discarded messages go there, too.
    package var keepsDiscarded = false
    /// Whom rules can ask about viruses and spam.
    package var scanners = ScannerSet([])
    /// What becomes of a message that a scanner could not look at, by the scanner's name.
    package var unscanned: [String: Unscanned] = [:]
    /// Where verdicts are remembered; nil: nowhere.
    package var store: (any VerdictStore)?
    /// What verdicts depend on: a digest of rules, lists and scanners. Nil: they are not remembered.
    package var fingerprint: Fingerprint?
    /// Octets by which LIST announces each message larger than the server does, for what rules put into its header.
    package var sizeReserve = 0
    /// Kept up to date by whoever made it.
    package var scannerVersions = ScannerVersions(ScannerSet([]))

    package init(
        listeners: [Listener],
        upstreams: [Upstream],
        routes: [Route] = [],
        allowPlaintextLogin: Bool = false,
        passThrough: Set<String> = [],
        lineEndings: LineEndings = .normalise,
        rejected: Rejected = .notice,
        timeouts: Timeouts = Timeouts()
    ) {
        self.listeners = listeners
        self.upstreams = upstreams
        self.routes = routes
        self.allowPlaintextLogin = allowPlaintextLogin
        self.passThrough = passThrough
        self.lineEndings = lineEndings
        self.rejected = rejected
        self.timeouts = timeouts
    }

    /// How a side of a session is encrypted.
    package enum Encryption: String, Sendable, CaseIterable {
        /// Never.
        case none
        /// From the first byte (RFC 8314).
        case implicit
        /// After STLS (RFC 2595).
        case starttls
    }

    /// An address on which clients are accepted.
    package struct Listener: Sendable, CustomStringConvertible {
        package var host: String
        /// 0 lets the system choose; the audit event of the start names the one chosen.
        package var port: Int
        package var encryption: Encryption
        /// Needed unless `encryption` is none.
        package var serverContext: ServerContext?
        package var sizePolicy: SizePolicy?
        /// A connection begins with a header of the PROXY protocol; see ``RelayConfiguration/trustedProxies``.
        package var takesProxyHeader = false

        /// Of a Unix socket, in place of host and port.
        package var path: String?
        /// Who may connect to that, as chmod(2) has it.
        package var mode: UInt32 = 0o666

        package init(host: String, port: Int, encryption: Encryption = .none, serverContext: ServerContext? = nil) {
            self.host = host
            self.port = port
            self.encryption = encryption
            self.serverContext = serverContext
        }

        package var endpoint: Endpoint { if let path { .socket(path: path) } else { .host(host, port: port) } }
        package var description: String { endpoint.description }
    }

    /// A POP3 server behind the relay.
    package struct Upstream: Sendable {
        /// What routes and the audit log call it.
        package var name: String
        package var host: String { didSet { places = [.host(host, port: port)] } }
        package var port: Int { didSet { places = [.host(host, port: port)] } }
        package var encryption: Encryption
        /// Needed unless `encryption` is none.
        package var clientContext: ClientContext?
        /// Where it is, in the order in which it is tried: the host, unless it is said otherwise after that.
        package var places: [Endpoint]
        /// The name that its certificate must carry; nil: that of the host which has answered.
        package var serverName: ServerName?
        /// How many Received lines from the top its provider has written; the last of them names the host that handed a
        /// message in. 0: scanners are told nothing of it.
        package var trustedHops = 0
        package var sizePolicy: SizePolicy?
        /// Sessions with it at once, and how many are dialled in a second; nil: as many as there are clients.
        package var sessions: Int?
        package var dialsPerSecond: Int?
        /// It may be on this machine or a neighbour of it.
        package var mayBeLocal = true
        /// By what Popsieve logs in, in this order; nil: as the client does where it can, and by the strongest otherwise.
        package var logins: [UpstreamMechanism]?
        /// With which header of the PROXY protocol a connection begins; nil: with none.
        package var proxyHeader: ProxyHeader.Version?
        /// It is told who the client is where it offers XCLIENT.
        package var announcesClients = false

        package init(
            name: String,
            host: String,
            port: Int,
            encryption: Encryption = .implicit,
            clientContext: ClientContext? = nil,
            serverName: ServerName? = nil
        ) {
            self.name = name
            self.host = host
            self.port = port
            self.encryption = encryption
            self.clientContext = clientContext
            self.serverName = serverName ?? ServerName(host)
            places = [.host(host, port: port)]
        }
    }

    /// Who goes to which upstream.
    package struct Route: Sendable {
        /// The users' names.
        package var user: Glob
        /// Name of one of the upstreams.
        package var upstream: String
        /// At the upstream; nil: the same.
        package var name: NameRewriting?

        /// - Parameter name: as ``NameRewriting`` has it; what it does not take is no other name
        package init(user: String, upstream: String, as name: String? = nil) {
            self.user = Glob(user)
            self.upstream = upstream
            self.name = name.flatMap { NameRewriting(Glob(user), to: $0) }
        }
    }

    package enum LineEndings: String, Sendable, CaseIterable {
        /// Each becomes CRLF, so that strict and lenient clients read the same.
        case normalise
        /// The bytes stay as they are.
        case keep
    }

    package enum Rejected: String, Sendable, CaseIterable {
        /// A message in its place that tells the reason, so that the client goes on with the next one.
        case notice
        /// `-ERR [SYS/PERM]` and the reason; several clients stop there, at every poll.
        case error
    }

    /// What becomes of a message that a scanner could not look at; the strictest of several counts.
    package enum Unscanned: String, Sendable, CaseIterable {
        /// The client is told to come back.
        case postpone
        /// It is delivered with a header field that says so.
        case pass
        /// The client gets a notice in its place.
        case notice
    }

    /// Bounds in time, one for each phase of a session.
    package struct Timeouts: Sendable {
        /// How long a proxy may take for its header.
        package var proxyHeader = TimeAmount.seconds(10)
        /// From accepting a client until it is logged in: slow logins and idle strangers end here.
        package var login = TimeAmount.seconds(120)
        /// From dialling until the TCP connection stands.
        package var connect = TimeAmount.seconds(10)
        /// From the connection until the upstream's greeting, TLS included.
        package var greeting = TimeAmount.seconds(30)
        /// How long the upstream may take for a reply, or stay silent in the middle of one.
        package var reply = TimeAmount.seconds(300)
        /// How long a client may be silent after login (RFC 1939 section 3: at least ten minutes).
        package var idle = TimeAmount.minutes(10)
        /// How long a client may leave its pending output unread.
        package var stall = TimeAmount.seconds(300)
        /// How long a login waits at most because others have failed; one that would wait longer is refused.
        package var loginDelay = TimeAmount.seconds(30)
        /// How long a reply may be read that goes to nobody: a large message on a slow line takes minutes.
        package var rest = TimeAmount.minutes(30)

        package init() {}
    }
}

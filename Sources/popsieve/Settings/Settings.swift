// Every setting with its default: what the settings file and the flags are turned into.
// Must not read files; SettingsReader does.

import HTTPClient
import NIOCore
import ProxyProtocol
import Quarantine
import Relay
import Scanning
import Sieve
import Transport

/// The settings as people write them. Paths are as they can be opened from the working directory.
struct Settings {
    var listeners = [Listener(host: "127.0.0.1", port: 1110)]
    /// In the order of the file.
    var upstreams: [Upstream] = []
    var routes: [Route] = []
    /// Users whose passwords are checked here.
    var accounts: [Account] = []
    /// A file of their hashes.
    var passwords: String?
    /// Is asked about everybody else.
    var directory: Directory?
    /// Who gives access tokens, in the order of the file.
    var providers: [Provider] = []
    var tokens = TokenStorage()
    /// By which providers are asked.
    var httpProxy: HTTPProxy?
    /// A directory of `*.sieve`; without it messages pass untouched.
    var rules: String?
    var language = Language()
    /// Whom rules can ask, in the order of the file.
    var scanners: [Scanner] = []
    var audit = Audit()
    /// Of its keys.
    var auditPlaces = Places(.program)
    var quarantine = Quarantine()
    /// A file with the texts of notices; nil: the standard ones.
    var notices: String?
    /// A file, or `none`; nil: the default place.
    var store: String?
    /// Octets by which LIST announces each message larger than the server does.
    var sizeReserve = 0
    /// From where nobody is counted or has to wait.
    var trustedNetworks = [Network].loopback
    /// Who is believed when it says whose connection it passes on.
    var trustedProxies: [Network] = []
    var allowPlaintextLogin = false
    /// Commands unknown to POP3 that are passed on, upper case.
    var passThrough = ["LAST"]
    var lineEndings = RelayConfiguration.LineEndings.normalise
    var rejected = RelayConfiguration.Rejected.notice
    /// What becomes of messages that are too large; nil: the usual.
    var sizeLimit: SizePolicy?
    /// What is set for some users.
    var users: [User] = []
    var timeouts = RelayConfiguration.Timeouts()
    var limits = RelayLimits()
    /// Of the keys of `holding`; nil where nobody has set one.
    var holdingPlaces: Places?
    var log = Log()
    /// The socket by which it is steered, or `none`; nil: the default place.
    var control: String?
    /// Where metrics are served; nil: nowhere.
    var metrics: Metrics?
    var places = Places(.program)

    struct Listener {
        var host: String
        /// 0 lets the system choose.
        var port: Int
        var tls = RelayConfiguration.Encryption.none
        var certificate: String?
        var key: String?
        var sizeLimit: SizePolicy?
        /// Connections begin with a header of the PROXY protocol.
        var takesProxyHeader = false
        /// Of a Unix socket, in place of host and port.
        var path: String?
        /// Who may connect to that, as chmod(2) has it; nil: everybody on this machine.
        var mode: UInt32?
        var places = Places(.program)

        /// As people read it.
        var address: String {
            let endpoint: Endpoint = if let path { .socket(path: path) } else { .host(host, port: port) }
            return endpoint.description
        }

        init(host: String, port: Int, tls: RelayConfiguration.Encryption = .none, places: Places = Places(.program)) {
            self.host = host
            self.port = port
            self.tls = tls
            self.places = places
        }

        /// `127.0.0.1:1110`, `unix:/run/popsieve.sock`.
        init?(_ text: String) {
            if case .unix(let path)? = ScannerAddress(text) {
                self.init(host: "", port: 0)
                self.path = path
                return
            }
            guard let address = Quantity.address(text) else { return nil }
            self.init(host: address.host, port: address.port)
        }
    }

    struct Upstream {
        /// What routes and the audit log call it.
        var name: String
        var host: String
        var port = 995
        var tls = RelayConfiguration.Encryption.implicit
        /// The name that the certificate must carry; the host's where it is nil.
        var certificateName: String?
        /// PEM file with the roots to trust; the system's where it is nil.
        var ca: String?
        var pin: String?
        var clientCertificate: String?
        var clientKey: String?
        var acceptAnyCertificate = false
        /// Received lines from the top that the provider has written.
        var trustedHops = 0
        var sizeLimit: SizePolicy?
        /// With it at once, and dialled in a second; nil: any number.
        var sessions: Int?
        var dialsPerSecond: Int?
        /// Its name may lead to this machine.
        var isLocal = false
        /// By what Popsieve logs in; nil: as the client does, or by the strongest.
        var logins: [UpstreamMechanism]?
        /// With which header of the PROXY protocol connections to it begin; nil: with none.
        var proxyHeader: ProxyHeader.Version?
        /// It is told who the client is where it offers XCLIENT.
        var announcesClients = false
        /// Further hosts, for when the first does not answer.
        var others: [Host] = []
        /// Of a Unix socket, in place of hosts.
        var path: String?
        /// A domain that names its servers by SRV records (RFC 6186), in place of hosts.
        var domain: String?

        struct Host: Equatable {
            var host: String
            var port: Int

            /// An address in digits, or the name of this machine itself.
            var isPlain: Bool {
                let name = host.lowercased()
                return IPAddress(host) != nil || name == "localhost" || name.hasSuffix(".localhost")
            }

            var isLoopback: Bool { Quantity.isLoopback(host) }
        }

        /// More are a site's own balancer's business.
        static let mostHosts = 8

        init(name: String, host: String, port: Int = 995) {
            self.name = name
            self.host = host
            self.port = port
        }

        /// `pop.example.com`, `pop.example.com:995`, `unix:/run/dovecot/pop3`.
        init?(_ text: String, name: String?) {
            if case .unix(let path)? = ScannerAddress(text) {
                self.init(name: name ?? text, host: "")
                self.path = path
                tls = .none
                return
            }
            guard let address = Quantity.server(text) else { return nil }
            self.init(name: name ?? address.host, host: address.host, port: address.port)
            tls = Self.usualTLS(port: port)
        }

        /// None where it is no host.
        var hosts: [Host] { path == nil && domain == nil ? [Host(host: host, port: port)] + others : [] }

        var endpoints: [Endpoint] {
            if let path { return [.socket(path: path)] }
            if let domain { return [.service("\(tls == .implicit ? "_pop3s" : "_pop3")._tcp.\(domain)")] }
            return hosts.map { .host($0.host, port: $0.port) }
        }

        /// As people read it.
        var address: String { endpoints.map(\.description).joined(separator: ", ") }
        var places = Places(.program)

        /// Who writes an address knows where it is, and so does who writes localhost.
        var mayBeLocal: Bool {
            isLocal || path != nil || domain == nil && hosts.allSatisfy(\.isPlain)
        }

        /// Received lines; a message that has passed through more servers of one provider goes round in circles.
        static let mostHops = 20

        /// STLS on the port where servers begin in plain text, TLS from the first octet everywhere else (RFC 8314).
        static func usualTLS(port: Int) -> RelayConfiguration.Encryption { port == 110 ? .starttls : .implicit }
        static func usualPort(_ tls: RelayConfiguration.Encryption) -> Int { tls == .implicit ? 995 : 110 }
    }

    struct Scanner: Sendable {
        enum Kind: String, CaseIterable, Sendable {
            case clamd
            case spamd
            case rspamd
            case command
        }

        /// What rules and the audit log call it.
        var name: String
        var kind: Kind
        /// Of all but a command.
        var address: ScannerAddress?
        /// The program, and what it is given.
        var command: [String] = []
        var looksFor: Set<ScanKind>
        var timeout: TimeAmount = .seconds(40)
        /// What becomes of a message that it could not look at.
        var unscanned: RelayConfiguration.Unscanned
        var places = Places(.program)

        /// Where the settings say how it is reached.
        var place: Place { places[kind == .command ? "command" : "address"] }
    }

    /// Where the originals go that rules withhold, and how long they stay.
    struct Quarantine {
        /// A folder, or `none`; nil: the default place.
        var path: String?
        var limits = QuarantineLimits()
        /// Discarded messages are kept, too, as long as the limits of their folder say.
        var keepsDiscarded = false
        /// Of its keys.
        var places = Places(.program)

        /// The word for "keep nothing".
        static let none = "none"
        var isNone: Bool { path == Self.none }
    }

    /// Whose name fits.
    struct User {
        var user: String
        var sizeLimit: SizePolicy?
        var places = Places(.program)
    }

    struct Route {
        var user: String
        var upstream: String
        /// At the upstream.
        var name: String?
        var places = Places(.program)
    }

    struct Log: Equatable {
        var level = Level.info
        var format = Format.text

        enum Level: String, CaseIterable {
            case debug
            case info
            case warning
            case error
        }

        enum Format: String, CaseIterable {
            case text
            case json
        }
    }

    /// Metrics and health over HTTP.
    struct Metrics: Equatable, Sendable {
        var host: String
        /// 0 lets the system choose.
        var port: Int
        /// Others than this machine may ask.
        var allowsRemote = false

        var address: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
    }

    static let defaultFile = "popsieve.yaml"
}

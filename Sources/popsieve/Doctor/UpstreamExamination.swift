// The way to a server and into a mailbox, step by step as the relay goes it; nothing there is changed.
// Must not send DELE, nor RETR, which counts as read at some servers.

import Audit
import AuditReading
import Filtering
import NIOCore
import POP3
import ProxyProtocol
import Relay
import TLS
import Transport

/// One upstream, with a login or without.
final class UpstreamExamination {
    let examination: Examination
    let upstream: RelayConfiguration.Upstream
    let words: UpstreamWords
    let timeouts: RelayConfiguration.Timeouts
    /// Nil: nobody logs in.
    let target: LoginTarget?
    let call: UpstreamCall
    let rules: RuleSet
    let tokens: TokenStep?
    /// Named where there are several.
    private let subject: String?
    private let group: LoopGroup
    /// Addresses of Popsieve's own listeners.
    private let own: [ListenerReach]
    private var due: [String] = []

    /// What the server has shown.
    private(set) var certificate: PeerCertificate?
    var stamp: [UInt8]?
    var capabilities: Capabilities?
    private var offersXCLIENT = false
    /// It has said that it is a POP3 server.
    private var isGreeted = false
    /// The last step, that is.
    private var hasSucceeded = false
    var messages = 0

    init(
        _ examination: Examination,
        _ upstream: RelayConfiguration.Upstream,
        _ setting: Settings.Upstream,
        _ target: LoginTarget?,
        _ outcome: SettingsLoader.Outcome,
        tokens: TokenStep?,
        isOneOfSeveral: Bool,
        on group: LoopGroup
    ) {
        self.examination = examination
        self.upstream = upstream
        self.target = target
        self.tokens = tokens
        self.group = group
        words = UpstreamWords(setting: setting)
        timeouts = outcome.loaded.configuration.timeouts
        rules = outcome.loaded.ruleSet
        subject = isOneOfSeveral ? upstream.name : nil
        own = outcome.settings.listeners.map(\.reach)
        call = UpstreamCall(on: group.loops[0])
        due = steps
    }

    /// In their order.
    private var steps: [String] {
        let start = (hasNames ? ["names"] : []) + ["connection"]
        let tls =
            switch upstream.encryption {
            case .none: ["greeting"]
            case .implicit: ["TLS", "greeting"]
            case .starttls: ["greeting", "STLS", "TLS"]
            }
        let announcing = upstream.announcesClients ? ["XCLIENT"] : []
        let login = target == nil ? [] : ["login", "CAPA after login", "STAT", "TOP", "UTF8"]
        return start + tls + announcing + ["CAPA"] + login
    }

    /// Goes as far as it can.
    func run() async {
        for name in steps {
            guard await take(name) else {
                examination.leaveOut(due, subject, because: "because \(name) failed")
                break
            }
        }
        await sayGoodbye()
        call.close()
    }

    /// Whoever has refused something need not answer any more, and there may be nobody.
    private func sayGoodbye() async {
        guard isGreeted else { return }
        guard due.isEmpty, hasSucceeded else { return call.send(Array("QUIT\r\n".utf8)) }
        _ = try? await call.command("QUIT", within: .seconds(DoctorLimits.farewell))
    }

    private func take(_ name: String) async -> Bool {
        due.removeFirst()
        hasSucceeded = await examination.take(name, subject) { () async throws(Complaint) in
            switch name {
            case "names": try await lookUp()
            case "connection": try await connect()
            case "TLS": try await secure()
            case "greeting": try await greet()
            case "STLS": try await startTLS()
            case "XCLIENT": try await announce()
            case "CAPA": try await askCapabilities()
            case "login": try await logIn()
            case "CAPA after login": try await askCapabilitiesAgain()
            case "STAT": try await askStatus()
            case "TOP": try await askTop()
            default: try await askUTF8()
            }
        }
        return hasSucceeded
    }

    // MARK: Names

    private var hasNames: Bool {
        upstream.places.contains { place in
            switch place {
            case .host(let host, _): IPAddress(host) == nil
            case .service: true
            case .socket: false
            }
        }
    }

    private func lookUp() async throws(Complaint) -> Remark {
        var found: [String] = []
        var lost: DialError?
        for place in upstream.places {
            do throws(DialError) {
                switch place {
                case .host(let host, let port): found.append("\(host) is \(try await addresses(host, port))")
                case .service(let name):
                    let servers = try await group.servers(of: name).map { "\($0.target):\($0.port)" }
                    if servers.isEmpty { throw .noService(name) }
                    found.append("\(name) names \(servers.joined(separator: ", "))")
                case .socket: break
                }
            } catch {
                lost = lost ?? error
            }
        }
        guard let lost else { return Remark(found.joined(separator: "; ")) }
        let complaint = words.unknown(lost)
        guard !found.isEmpty else { throw complaint }
        return .warning("\(complaint.sentence); \(found.joined(separator: "; "))", complaint.remedy)
    }

    private func addresses(_ host: String, _ port: Int) async throws(DialError) -> String {
        let addresses = try await group.addresses(of: host, port: port).compactMap(\.ipAddress)
        if addresses.isEmpty { throw .unknownHost(host) }
        return addresses.prefix(8).joined(separator: ", ")
    }

    // MARK: Connection

    private func connect() async throws(Complaint) -> Remark {
        let (upstream, own) = (upstream, own)
        do throws(UpstreamCall.Fault) {
            try await call.dial(upstream.places, within: timeouts.connect) { address in
                upstream.isMisled(to: address) || own.contains { $0.takes(address) }
            }
        } catch {
            switch error {
            case .failed(DialError.forbidden(let address)) where own.contains { $0.takes(address) }:
                throw Complaint("\(words.setting.address) is this relay itself", "see \(words.whereKey)")
            case .failed(let error): throw words.unreachable(error, timeouts.connect)
            default: throw words.unreachable(DialError.timedOut, timeouts.connect)
            }
        }
        if let version = upstream.proxyHeader { call.send(ProxyHeader(.proxyItself).octets(version)) }
        let named = call.place?.description ?? words.setting.address
        let address = call.remote.flatMap(\.ipAddress).map { "\($0):\(call.remote?.port ?? 0)" }
        return Remark([named, address == named ? nil : address].compactMap(\.self).joined(separator: ", "))
    }

    // MARK: TLS

    private func secure() async throws(Complaint) -> Remark {
        guard let context = upstream.clientContext, let name = upstream.serverName(at: call.place) else {
            throw Complaint("there is no name to check the certificate by", "set \(words.key("name"))")
        }
        let (result, peer) = await call.secure(context, name, within: timeouts.greeting)
        certificate = peer
        do throws(UpstreamCall.Fault) {
            return remark(try result.get(), peer)
        } catch {
            throw words.untrusted(error, peer, timeouts.greeting)
        }
    }

    private func remark(_ handshake: TLSHandshakeCompleted, _ peer: PeerCertificate?) -> Remark {
        let agreed = "\(handshake.version), \(handshake.cipher)"
        guard let peer else { return Remark(agreed) }
        let issuers = peer.issuers.joined(separator: ", by ")
        let days = peer.notAfter.map { Int(($0 - WallClock.now().seconds) / 86_400) }
        let end = days.map { "\($0.of("day")) left" } ?? "without an end"
        let sentence = "\(agreed); \(peer.names.joined(separator: " ")), by \(issuers); \(end)"
        if words.setting.acceptAnyCertificate {
            return .warning(
                "\(sentence); it was not checked",
                "take accept-any-certificate away, and see \(words.key("ca"))"
            )
        }
        guard let days, days < DoctorLimits.days else { return Remark(sentence) }
        return .warning(sentence, "whoever runs the server has to renew it")
    }

    private func startTLS() async throws(Complaint) -> Remark {
        let line = try await ask("STLS")
        guard ReplyStatus(line.span) == .ok else {
            guard upstream.proxyHeader == nil else {
                throw words.refused("STLS", line, call.excerpt(line), words.proxyHint)
            }
            let isOffered = await offersSTLS()
            let what = isOffered ? "STLS, which it offers" : "STLS, and does not offer it"
            let remedy =
                "if it has TLS from the first octet, write tls: implicit and its port, usually 995; see \(words.key("tls"))"
            throw words.refused(what, line, call.excerpt(line), remedy)
        }
        guard !call.hasLeftOvers else {
            throw Complaint(
                "the server has sent octets behind its answer to STLS",
                "somebody may be in between; ask whoever runs it"
            )
        }
        return Remark("the server begins TLS")
    }

    private func offersSTLS() async -> Bool {
        let answer = try? await list()
        return answer?.lines.contains { $0.uppercased() == "STLS" } ?? false
    }

    // MARK: The server's first words

    private func greet() async throws(Complaint) -> Remark {
        let line: [UInt8]
        do throws(UpstreamCall.Fault) {
            line = try await call.reply(within: timeouts.greeting)
        } catch {
            throw ungreeted(error)
        }
        let excerpt = call.excerpt(line)
        guard ReplyStatus(line.span) == .ok else {
            if let other = Self.foreign(line) {
                throw Complaint(
                    "an \(other) server answers there, no POP3: \"\(excerpt)\"",
                    "see \(words.whereKey) and the port"
                )
            }
            throw words.refused("the connection", line, excerpt)
        }
        isGreeted = true
        offersXCLIENT = UpstreamOpening.offersXCLIENT(line.span)
        // What came in plain text is not believed behind STLS.
        if upstream.encryption != .starttls { stamp = LoginOffer.stamp(in: line.span) }
        return Remark(excerpt)
    }

    private func ungreeted(_ fault: UpstreamCall.Fault) -> Complaint {
        let said = "there is no greeting: \(words.words(fault, timeouts.greeting))"
        let hint = words.proxyHint
        if upstream.encryption == .implicit { return Complaint(said, "see what the server's log says; \(hint)") }
        let remedy = "if it begins with TLS (usually at port 995), write tls: implicit in \(words.key("tls"))"
        return Complaint(said, "\(remedy); \(hint)")
    }

    /// What other protocols' servers say first.
    private static func foreign(_ line: [UInt8]) -> String? {
        let text = String(decoding: line.prefix(80), as: UTF8.self)
        if text.hasPrefix("220") { return text.uppercased().contains("FTP") ? "FTP" : "SMTP" }
        if text.hasPrefix("* ") { return "IMAP" }
        if text.hasPrefix("SSH-") { return "SSH" }
        if text.hasPrefix("HTTP/") { return "HTTP" }
        return nil
    }

    private func announce() async throws(Complaint) -> Remark {
        guard offersXCLIENT, let local = call.local, let address = local.ipAddress else {
            let fix = "name this machine in its login_trusted_networks, or take \(words.key("xclient")) away"
            return .warning("the server offers no XCLIENT to this machine: its log has the relay's address", fix)
        }
        let line = try await ask("XCLIENT ADDR=\(address) PORT=\(local.port ?? 0) SESSION=doctor TTL=5")
        guard ReplyStatus(line.span) == .ok else {
            let fix = "nobody can log in: see the server's login_trusted_networks, or take \(words.key("xclient")) away"
            throw words.refused("XCLIENT", line, call.excerpt(line), fix)
        }
        return Remark("the server takes clients' addresses")
    }

    // MARK: What it can do

    private func askCapabilities() async throws(Complaint) -> Remark {
        capabilities = try await list()
        guard let capabilities else {
            if upstream.proxyHeader == nil { return Remark("the server has no CAPA") }
            // Whoever knows that header knows CAPA. What was refused is the header, and each reply is that to the line before.
            throw Complaint("the server refuses CAPA, or the header of the PROXY protocol before it", words.proxyHint)
        }
        return Remark(capabilities.lines.joined(separator: ", "))
    }

    private func askCapabilitiesAgain() async throws(Complaint) -> Remark {
        guard let now = try await list() else { return Remark("the server has no CAPA") }
        let before = capabilities?.lines ?? []
        let added = now.lines.filter { !before.contains($0) }.map { "+\($0)" }
        let gone = before.filter { !now.lines.contains($0) }.map { "-\($0)" }
        return Remark(added.isEmpty && gone.isEmpty ? "the same" : (added + gone).joined(separator: ", "))
    }

    /// Nil where the server knows no CAPA.
    private func list() async throws(Complaint) -> Capabilities? {
        let line = try await ask("CAPA")
        switch ReplyStatus(line.span) {
        case .error: return nil
        case .challenge, .invalid: throw words.refused("CAPA", line, call.excerpt(line))
        case .ok:
            let lines = try await rest(of: "CAPA")
            return Capabilities(lines: lines.map(call.excerpt))
        }
    }

    // MARK: Asking

    func ask(_ command: String) async throws(Complaint) -> [UInt8] {
        do throws(UpstreamCall.Fault) {
            return try await call.command(command, within: timeouts.reply)
        } catch {
            let verb = command.split(separator: " ").first.map(String.init) ?? ""
            let lost = words.lost(verb, error, timeouts.reply)
            // It comes before the first command, and a server that does not know it may take it for one.
            guard upstream.proxyHeader != nil, capabilities == nil else { throw lost }
            throw Complaint(lost.sentence, "\(lost.remedy.map { "\($0); " } ?? "")\(words.proxyHint)")
        }
    }

    func rest(of command: String) async throws(Complaint) -> [[UInt8]] {
        do throws(UpstreamCall.Fault) {
            return try await call.lines(within: timeouts.reply)
        } catch {
            throw words.lost(command, error, timeouts.reply)
        }
    }
}

extension ListenerReach {
    /// Whether a connection to this address comes to the listener.
    func takes(_ address: SocketAddress) -> Bool {
        guard let host = address.ipAddress, port != 0 else { return false }
        let isHere = address.isLoopback && isWildcard
        return isHere && address.port == port || overlaps(ListenerReach(host: host, port: address.port ?? 0))
    }
}

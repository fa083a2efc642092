// What is said where the way to a server ends: who has refused what, and which setting changes it.
// Must not quote what was said in confidence; the call takes that out.

import Audit
import NIOCore
import POP3
import Relay
import TLS
import Transport

/// The settings of an upstream, as sentences name them.
struct UpstreamWords {
    let setting: Settings.Upstream

    /// A key with its place.
    func key(_ name: String) -> String {
        let place = setting.places[name]
        return place.line == nil ? "\"\(name)\"" : "\"\(name)\" (\(place))"
    }

    /// Of where it is.
    var whereKey: String { key(setting.domain == nil ? "host" : "srv") }

    /// Servers that expect the header of the PROXY protocol close where it is missing, and others take it for a command.
    var proxyHint: String {
        setting.proxyHeader == nil
            ? "if it expects the PROXY protocol (Dovecot: haproxy = yes), set proxy-protocol: v2 there"
            : "if it does not expect the PROXY protocol (Dovecot: haproxy), take \(key("proxy-protocol")) away"
    }

    // MARK: The connection

    func unknown(_ error: DialError) -> Complaint {
        let remedy: String? =
            switch error {
            case .unknownHost: "see \(whereKey): is it spelt right?"
            case .noService: "the domain names no servers: write \"host\" in place of \(whereKey)"
            case .nameServiceFailed: "see /etc/resolv.conf, and the name servers in it"
            case .timedOut, .forbidden: nil
            }
        return Complaint("\(NetworkReason(error))", remedy)
    }

    func unreachable(_ error: any Error, _ timeout: TimeAmount) -> Complaint {
        let usual = "POP3 is at port 995 (tls: implicit) or 110 (tls: starttls)"
        switch error {
        case DialError.forbidden(let address):
            let what =
                "\(setting.address) leads to this machine or its network (\(address.ipAddress ?? "")), and is not dialled"
            return Complaint(what, "set local: true if that is meant, else see \(whereKey)")
        case let error as DialError where error.isAboutNames: return unknown(error)
        case DialError.timedOut:
            let what = "\(setting.address) does not answer within \(timeout.setting)"
            return Complaint(what, "see \(whereKey), and whether a firewall is in between; \(usual)")
        default:
            let what = "\(setting.address): \(NetworkReason(error))"
            return Complaint(
                what,
                setting.path == nil ? "see \(whereKey): \(usual)" : "start that server, or see \(whereKey)"
            )
        }
    }

    // MARK: TLS

    func untrusted(_ fault: UpstreamCall.Fault, _ peer: PeerCertificate?, _ time: TimeAmount) -> Complaint {
        guard case .failed(let error) = fault else {
            let remedy = "a server that begins in plain text wants tls: starttls, at port 110; see \(key("tls"))"
            return Complaint("the TLS handshake has no end: \(words(fault, time))", "\(remedy); \(proxyHint)")
        }
        let shown = peer.map { $0.names + [$0.subject] + $0.issuers } ?? []
        if let trap = ProviderTrap.known(.init(host: setting.host, words: shown.joined(separator: " "))) {
            return Complaint(trap.sentence, trap.remedy)
        }
        switch error {
        case TLSError.certificateRejected(let problem):
            return Complaint("the certificate of \(setting.address) is refused: \(said(problem))", remedy(problem))
        case let error as TLSError:
            let remedy =
                "\(error)".contains("does not speak TLS")
                ? "this server begins in plain text: write tls: starttls in \(key("tls")), usually at port 110"
                : "see \(key("tls")), and what the server's log says; \(proxyHint)"
            return Complaint("\(setting.address): \(error)", remedy)
        default: return Complaint("\(setting.address): \(NetworkReason(error))", "see what the server's log says")
        }
    }

    /// Where `ca` is set, nobody needs to be told to set it.
    private func said(_ problem: CertificateProblem) -> String {
        guard let file = setting.ca else { return problem.description }
        return switch problem {
        case .selfSigned(let subject): "it is self-signed (\(subject)), and \(file) does not hold it"
        case .unknownIssuer(let issuer): "its issuer (\(issuer)) is not in \(file), or one in between was not sent"
        default: problem.description
        }
    }

    private func remedy(_ problem: CertificateProblem) -> String {
        switch problem {
        case .selfSigned where setting.ca != nil, .unknownIssuer where setting.ca != nil:
            "put the right issuer's certificate into \(key("ca")); somebody in between may show one of his own"
        case .expired: "whoever runs the server has to renew it, unless this machine's clock is wrong"
        case .notYetValid: "see this machine's clock"
        case .selfSigned, .unknownIssuer: "see \(key("ca")); somebody in between may show one of his own"
        case .nameMismatch: "see \(whereKey); if the server is the right one, set \(key("name")) to what it carries"
        case .pinMismatch: "if the server's key was changed, write the new one into \(key("pin"))"
        case .other: "see what the server shows: openssl s_client"
        }
    }

    // MARK: Replies

    /// What has become of a reply that was due.
    func words(_ fault: UpstreamCall.Fault, _ time: TimeAmount) -> String {
        switch fault {
        case .timedOut: "the server says nothing for \(time.setting)"
        case .slow(let time): "the server's answer does not end within \(time.setting)"
        case .closed: "the server has closed the connection"
        case .endless: "the server's answer has no end"
        case .failed(let error as TLSError): "\(error)"
        case .failed(let error): "\(NetworkReason(error))"
        }
    }

    func lost(_ what: String, _ fault: UpstreamCall.Fault, _ time: TimeAmount) -> Complaint {
        Complaint("no answer to \(what): \(words(fault, time))", "see what the server's log says")
    }

    /// It has said no, or what is no reply.
    ///
    /// - Parameter excerpt: its words, without what was said in confidence
    func refused(
        _ what: String,
        _ line: [UInt8],
        _ excerpt: String,
        withToken: Bool? = nil,
        _ remedy: String? = nil
    ) -> Complaint {
        guard ReplyStatus(line.span) == .error else {
            return Complaint(
                "the answer to \(what) is none of POP3's: \"\(excerpt)\"",
                "see what listens there: \(whereKey)"
            )
        }
        let code = ResponseCode(in: line.span)
        let refusal = ProviderTrap.Refusal(host: setting.host, words: excerpt, code: code, withToken: withToken)
        let said = "the server refuses \(what): \"\(excerpt)\""
        if let trap = ProviderTrap.known(refusal) { return Complaint("\(trap.sentence): \(said)", trap.remedy) }
        return Complaint(said, remedy ?? "see what the server's log says")
    }
}

extension DialError {
    fileprivate var isAboutNames: Bool {
        switch self {
        case .unknownHost, .noService, .nameServiceFailed: true
        case .timedOut, .forbidden: false
        }
    }
}

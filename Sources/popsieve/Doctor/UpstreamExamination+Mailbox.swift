// The login, and what is seen of the mailbox then: how much there is, and what the rules say of its first message.
// Must not fetch a message: TOP shows its header.

import AuditReading
import Filtering
import Foundation
import POP3
import Relay
import SASL
import Transport

extension UpstreamExamination {
    // MARK: Login

    func logIn() async throws(Complaint) -> Remark {
        guard let target else { return Remark("nobody logs in") }
        let mechanism = try mechanism(of: target)
        let first = try await secret(of: target, insteadOf: nil)
        if let refusal = try await attempt(target, mechanism, first) {
            // As the relay does: a token may have been good until now.
            guard target.usesToken, let second = try? await secret(of: target, insteadOf: first), second != first,
                try await attempt(target, mechanism, second) == nil
            else { throw refusal.complaint(words, target) }
        }
        return Remark("\(target.shownName) by \(mechanism.rawValue.uppercased())")
    }

    /// As the relay chooses; a client without an account says it by itself where it can.
    private func mechanism(of target: LoginTarget) throws(Complaint) -> UpstreamMechanism {
        try checkLogins()
        let offer = LoginOffer(
            mechanisms: capabilities?.mechanisms,
            takesUser: capabilities?.takesUser ?? true,
            stamp: stamp
        )
        let isConfidential = upstream.encryption != .none || call.remote?.isLoopback == true
        if target.account == nil, upstream.logins == nil, isConfidential, offer.takesUser { return .user }
        let choice = UpstreamMechanism.choice(
            of: offer,
            upstream.logins,
            withToken: target.usesToken,
            isConfidential: isConfidential
        )
        if let choice { return choice }
        let offered = (offer.mechanisms ?? []) + (offer.takesUser ? ["USER"] : [])
        let list = offered.isEmpty ? "nothing" : offered.joined(separator: " ")
        if !isConfidential, upstream.logins == nil {
            let fix = "see \(words.key("tls")), or name what is allowed with \(words.key("login"))"
            throw Complaint("the server offers \(list), and the connection is not encrypted", fix)
        }
        if let complaint = tokenOnly(offered, target) { throw complaint }
        let asked = upstream.logins.map { $0.map(\.rawValue).joined(separator: ", ") }
        let wanted = asked ?? (target.usesToken ? "xoauth2, oauthbearer" : "a way to give a password")
        throw Complaint("the server offers \(list), and Popsieve needs \(wanted)", "see \(words.key("login"))")
    }

    /// Servers say so in CAPA in more than one way (RFC 2595 has a word for IMAP, which some use here, too).
    private func checkLogins() throws(Complaint) {
        guard let capabilities else { return }
        let isDisabled = capabilities.lines.contains { $0.uppercased() == "LOGINDISABLED" }
        guard isDisabled || !capabilities.takesUser && capabilities.mechanisms.isEmpty && stamp == nil,
            upstream.logins == nil
        else { return }
        // Exchange lists no mechanism, and takes tokens all the same.
        guard isDisabled || target?.usesToken != true else { return }
        let said = isDisabled ? "LOGINDISABLED" : "neither USER nor SASL"
        let fix =
            upstream.encryption == .none
            ? "it may want TLS first: see \(words.key("tls"))" : "switch logins on there, or ask whoever runs it"
        throw Complaint("the server lets nobody log in on this connection: it offers \(said)", fix)
    }

    private func tokenOnly(_ offered: [String], _ target: LoginTarget) -> Complaint? {
        let names = Set(UpstreamMechanism.allCases.filter(\.takesToken).map { $0.rawValue.uppercased() })
        let isTokenOnly = !offered.isEmpty && names.isSuperset(of: offered)
        guard isTokenOnly, !target.usesToken, upstream.logins?.contains(where: { !$0.takesToken }) != true else {
            return nil
        }
        let what = "the server offers \(offered.joined(separator: " ")), and so wants a token in place of a password"
        return Complaint(what, "sign in: popsieve account add \(target.user) --oauth NAME")
    }

    private func secret(of target: LoginTarget, insteadOf refused: HeldSecret?) async throws(Complaint) -> HeldSecret {
        switch target.credential {
        case .password(let secret): return secret
        case .token(let account):
            return try await (tokens ?? TokenStep(nil, nil, on: call.loop)).token(of: account, insteadOf: refused)
        case nil: throw Complaint("there is no password", "type one, or give it with --password-stdin")
        }
    }

    /// One login; nil where it has succeeded.
    private func attempt(
        _ target: LoginTarget,
        _ mechanism: UpstreamMechanism,
        _ secret: HeldSecret
    ) async throws(Complaint) -> LoginRefusal? {
        var dialogue = try LoginDialogue(mechanism, target, secret, stamp, words.setting)
        call.secrets.add(secret.octets)
        var line = try await say(dialogue.firstCommand)
        while true {
            switch try dialogue.reply(line, &call.secrets) {
            case .say(let octets): line = try await say(octets)
            case .done: return nil
            case .refused: return LoginRefusal(line: line, excerpt: call.excerpt(line), dialogue.complaint, mechanism)
            case .violated: throw words.refused("the login", line, call.excerpt(line))
            }
        }
    }

    private func say(_ octets: [UInt8]) async throws(Complaint) -> [UInt8] {
        do throws(UpstreamCall.Fault) {
            return try await call.command(octets, within: timeouts.reply)
        } catch {
            throw words.lost("the login", error, timeouts.reply)
        }
    }

    // MARK: Mailbox

    func askStatus() async throws(Complaint) -> Remark {
        let line = try await ask("STAT")
        let fields = String(decoding: line, as: UTF8.self).split(separator: " ")
        guard ReplyStatus(line.span) == .ok else { throw words.refused("STAT", line, call.excerpt(line)) }
        guard fields.count >= 3, let count = Int(fields[1]), let octets = Int(fields[2]), count >= 0, octets >= 0 else {
            let said = "the answer to STAT tells no numbers: \"\(call.excerpt(line))\""
            throw Complaint(said, "see what listens there: \(words.whereKey)")
        }
        messages = count
        return Remark("\(count.of("message")), \(octets.of("octet"))")
    }

    func askTop() async throws(Complaint) -> Remark {
        guard messages > 0 else { return Remark("the mailbox is empty: there is nothing to show the rules") }
        let line = try await ask("TOP 1 0")
        guard ReplyStatus(line.span) == .ok else {
            throw words.refused(
                "TOP",
                line,
                call.excerpt(line),
                "clients that look at headers first won't work with it"
            )
        }
        let lines = try await rest(of: "TOP")
        let message = FirstMessage(lines, size: try await size(), upstream.name, target?.user)
        return message.remark(rules)
    }

    /// Outlook sends it behind the login to whoever offers it, and stops where it is refused.
    func askUTF8() async throws(Complaint) -> Remark {
        let isOffered = capabilities?.lines.contains { $0.uppercased().hasPrefix("UTF8") } ?? false
        guard isOffered else { return Remark("the server does not offer it") }
        let line = try await ask("UTF8")
        if ReplyStatus(line.span) == .ok { return Remark("the server takes it behind the login, too") }
        let said = call.excerpt(line)
        let what = "the server offers it and refuses it behind the login, where Outlook sends it: \"\(said)\""
        return .warning(what, "Outlook stops there with 0x800CCC90; ask whoever runs the server to offer it no more")
    }

    private func size() async throws(Complaint) -> Int? {
        let line = try await ask("LIST 1")
        let fields = String(decoding: line, as: UTF8.self).split(separator: " ")
        return ReplyStatus(line.span) == .ok && fields.count >= 3 ? Int(fields[2]) : nil
    }
}

/// The server's no to a login.
struct LoginRefusal {
    let line: [UInt8]
    let excerpt: String
    /// What it has said before, of a token.
    let detail: String?
    let mechanism: UpstreamMechanism

    init(line: [UInt8], excerpt: String, _ detail: String?, _ mechanism: UpstreamMechanism) {
        self.line = line
        self.excerpt = excerpt
        self.detail = detail
        self.mechanism = mechanism
    }

    func complaint(_ words: UpstreamWords, _ target: LoginTarget) -> Complaint {
        let what = "the login of \(target.shownName) by \(mechanism.rawValue.uppercased())"
        let said = detail.map { "\(excerpt) (\($0))" } ?? excerpt
        return words.refused(what, line, said, withToken: target.usesToken, target.remedy)
    }
}

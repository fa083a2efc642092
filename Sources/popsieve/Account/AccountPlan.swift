// Where an account's mailbox is and how it is opened: from flags, the table, the domain itself, or the person.
// Must not change anything.

import Foundation
import Glibc
import HTTPClient
import OAuth

/// What is to be set up.
struct AccountPlan {
    enum SignIn: Equatable {
        /// A provider under `oauth`, and as the settings will have it where it is new.
        case oauth(name: String, added: String?)
        case password
    }

    var server: MailServer
    /// What the settings will call the server.
    var name: String
    var signIn: SignIn
    /// What a person has to do first, and where.
    var hints: [String] = []
}

/// What the command line says.
struct AccountWishes {
    var address: String
    var provider: String?
    var server: String?
    var user: String?
    var oauth: String?
    var signIn: OAuthProvider.Flow?
    var usesPassword = false
    var clientID: String?
    var clientSecret: String?
    var tenant: String?

    var domain: String { address.split(separator: "@").last.map(String.init) ?? "" }
}

/// Nobody can say what is missing.
struct AccountPlanFault: Error, Equatable {
    let message: String
    let fix: String
}

struct AccountPlanner {
    let wishes: AccountWishes
    let settings: Settings
    let client: HTTPClient
    var records = ServiceRecords()
    /// Asks the person; nil where there is none.
    let ask: ((String) -> String?)?

    func plan() async throws(AccountPlanFault) -> AccountPlan {
        let known = try knownProvider()
        if case .nothing(let reason)? = known?.signIn {
            throw AccountPlanFault(
                message: "there is no POP3 at \(wishes.domain): \(reason)",
                fix: "it can't be set up"
            )
        }
        let (server, name) = try await server(known)
        var plan = AccountPlan(server: server, name: name, signIn: try signIn(known))
        if let before = known?.before { plan.hints.append("First: \(before).") }
        if plan.signIn == .password, case .appPassword(let place, _)? = known?.signIn {
            plan.hints.append("An app password is needed, not the mailbox's own: \(place)")
        }
        return plan
    }

    private func knownProvider() throws(AccountPlanFault) -> WellKnownProvider? {
        guard let name = wishes.provider else { return wishes.server == nil ? .of(domain: wishes.domain) : nil }
        if let known = WellKnownProvider.named(name) { return known }
        let all = WellKnownProvider.all.map(\.name)
        let near = all.nearest(to: name).map { "did you mean \($0)?" }
        throw AccountPlanFault(
            message: "no provider is known as \"\(name)\"",
            fix: near ?? "known: \(all.joined(separator: ", ")); or name its server with --server HOST"
        )
    }

    // MARK: The server

    private func server(_ known: WellKnownProvider?) async throws(AccountPlanFault) -> (MailServer, name: String) {
        let user = wishes.user ?? wishes.address
        if let text = wishes.server { return (try named(text, user), name: Self.label(wishes.domain)) }
        if let known {
            return (MailServer(host: known.host, port: 995, beginsPlain: false, user: user), name: known.name)
        }
        if let found = try published(user) { return (found, name: Self.label(wishes.domain)) }
        if let found = await Autoconfiguration.server(for: wishes.address, client) {
            var server = found
            if let user = wishes.user { server.user = user }
            return (server, name: Self.label(wishes.domain))
        }
        guard let answer = ask?("Which POP3 server has mail for \(wishes.domain)? HOST or HOST:PORT: "), !answer.isEmpty
        else {
            throw AccountPlanFault(
                message: "nobody says which POP3 server has mail for \(wishes.domain)",
                fix: "name it with --server HOST, or the provider with --provider NAME"
            )
        }
        return (try named(answer, user), name: Self.label(wishes.domain))
    }

    /// By SRV records; a host of another domain only if the person says that it is right.
    private func published(_ user: String) throws(AccountPlanFault) -> MailServer? {
        guard var server = records.server(for: wishes.address) else { return nil }
        server.user = user
        guard !server.belongs(to: wishes.domain) else { return server }
        let place = "\(server.host):\(server.port)"
        if let ask {
            let answer = ask("\(wishes.domain) names \(place) as its POP3 server. Is that right? [y/N] ")
            return answer?.lowercased().hasPrefix("y") == true ? server : nil
        }
        throw AccountPlanFault(
            message: "\(wishes.domain) names a server of another domain, \(place), and anybody could have said so",
            fix: "if that is right, name it with --server \(place)"
        )
    }

    private func named(_ text: String, _ user: String) throws(AccountPlanFault) -> MailServer {
        guard let (host, port) = Quantity.server(text) else {
            throw AccountPlanFault(message: "\"\(text)\" is not a host", fix: "write for example pop.example.com")
        }
        return MailServer(host: host, port: port, beginsPlain: port == 110, user: user)
    }

    /// Of `mail.example.co.uk`: `example`; what settings can call it.
    static func label(_ domain: String) -> String {
        let labels = domain.lowercased().split(separator: ".")
        let longest = labels.dropLast().last { $0.count > 3 } ?? labels.first ?? "mail"
        return String(longest.filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") })
    }

    // MARK: Signing in

    private func signIn(_ known: WellKnownProvider?) throws(AccountPlanFault) -> AccountPlan.SignIn {
        if wishes.usesPassword {
            guard case .oauth? = known?.signIn else { return .password }
            throw AccountPlanFault(
                message: "there are no passwords for POP3 at \(known?.name ?? "")",
                fix: "leave out --password-stdin"
            )
        }
        let isWished = wishes.oauth != nil || wishes.signIn != nil || wishes.clientID != nil
        switch known?.signIn {
        case .oauth(let name)?: return try oauth(wishes.oauth ?? name)
        case .appPassword(_, let name?)? where isWished || settings.providers.contains(where: { $0.name == name }):
            return try oauth(wishes.oauth ?? name)
        case .appPassword?, .password?, nil:
            if let name = wishes.oauth { return try oauth(name) }
            guard isWished else { return .password }
            throw AccountPlanFault(
                message: "nobody says where to sign in",
                fix: "name a provider of oauth: with --oauth NAME"
            )
        case .nothing?: return .password
        }
    }

    private func oauth(_ name: String) throws(AccountPlanFault) -> AccountPlan.SignIn {
        if settings.providers.contains(where: { $0.name == name }) {
            guard wishes.clientID == nil, wishes.clientSecret == nil, wishes.tenant == nil else {
                throw AccountPlanFault(
                    message: "the settings have \(name) under oauth already",
                    fix: "change client-id, client-secret and tenant there, and leave them out here"
                )
            }
            return .oauth(name: name, added: nil)
        }
        guard WellKnownOAuth.named(name) != nil else {
            throw AccountPlanFault(
                message: "the settings have no provider \"\(name)\" under oauth",
                fix: "add it, with its client-id and its issuer"
            )
        }
        guard let id = wishes.clientID else {
            throw AccountPlanFault(
                message: "\(name) wants to know which program asks: a client id is needed",
                fix: "register one (README, \"Providers\") and give it with --client-id ID"
            )
        }
        var values = [("client-id", id.quoted)]
        if let secret = wishes.clientSecret { values.append(("client-secret", secret.quoted)) }
        if let tenant = wishes.tenant { values.append(("tenant", tenant.quoted)) }
        if let flow = wishes.signIn { values.append(("sign-in", flow.rawValue)) }
        return .oauth(name: name, added: "\(name): \(flow(values))")
    }
}

// Accounts among the settings: what can be told without opening a file, and how they are written out.
// Must not read a secret; AccountLoader does.

import Patterns
import Relay
import Yams

extension Settings {
    /// A user whose password is checked here.
    struct Account {
        var user: String
        /// A hash; nil: it stands in the file of passwords.
        var password: String?
        var upstream: String?
        /// At the upstream.
        var name: String?
        /// Where it is had from: a file, or a variable of the environment; never the secret itself.
        var secret: String?
        /// An account of the token store's.
        var token: String?
        var places = Places(.program)
    }

    /// Files with secrets and hashes.
    var accountFiles: [(key: String, path: String, place: Place)] {
        let secrets = accounts.compactMap { account -> (key: String, path: String, place: Place)? in
            guard let path = account.secret, !path.hasPrefix(SettingsSection.variable) else { return nil }
            return ("secret", path, account.places["secret"])
        }
        let fields = (directory?.header ?? []).filter { !$0.source.hasPrefix(SettingsSection.variable) }
        return secrets + fields.map { ("header", $0.source, directory?.places["header"] ?? places.section) }
            + (passwords.map { [("passwords", $0, places["passwords"])] } ?? [])
    }

    func checkAccounts(_ findings: FindingList) {
        let names = upstreams.map(\.name)
        for account in accounts {
            if let upstream = account.upstream, !names.contains(upstream), !places.leavesOpen("upstreams") {
                let near = names.nearest(to: upstream).map { "did you mean \"\($0)\"?" }
                let message = "there is no upstream \"\(upstream)\""
                let fix = near ?? "known: \(names.joined(separator: ", "))"
                findings.error(account.places["upstream"], message, fix)
            } else if account.upstream == nil, upstreams.count > 1, routes.isEmpty {
                let message = "there are \(upstreams.count) upstreams, and the account does not say which"
                findings.error(account.places.section, message, "add upstream: \(names[0])")
            }
            checkName(account.user, account.name, account.places, findings)
            checkCredential(account, findings)
            if account.password != nil, !Glob(account.user).isPlain {
                let message = "whoever has this password gets in by every name that \"\(account.user)\" matches"
                findings.warning(account.places["password"], message, "put each user's hash into the file of passwords")
            }
        }
        for (index, account) in accounts.enumerated() {
            let same = accounts[..<index].first { $0.user.lowercased() == account.user.lowercased() }
            guard let same else { continue }
            let message = "the user \"\(account.user)\" has an account already, at \(same.places["user"])"
            findings.error(account.places["user"], message, "keep one of them")
        }
        if passwords != nil, accounts.isEmpty, !places.leavesOpen("accounts") {
            let fix = "say with accounts what is behind them, or take it away"
            findings.warning(places["passwords"], "nobody uses these passwords: there are no accounts", fix)
        }
    }

    private func checkCredential(_ account: Account, _ findings: FindingList) {
        let isOpen = account.places.leavesOpen("secret") || account.places.leavesOpen("token")
        if account.secret != nil, account.token != nil {
            let message = "an account logs in upstream with a \"secret\" or with a \"token\""
            findings.error(account.places["token"], message, "keep one of them")
        } else if account.secret == nil, account.token == nil, !isOpen {
            let message = "an account needs a \"secret\" or a \"token\" to log in upstream"
            let fix = "write for example secret: me.secret, a file with the password"
            findings.error(account.places.section, message, fix)
        }
    }

    /// `as` of a route or an account.
    func checkName(_ user: String, _ name: String?, _ places: Places, _ findings: FindingList) {
        guard let name, NameRewriting(Glob(user), to: name) == nil else { return }
        let message = "the star in \"\(name)\" stands for what the only star of \"\(user)\" has matched"
        findings.error(places["as"], message, "write one star in each, or a name without one")
    }
}

extension Settings.Account {
    var text: String {
        let texts = [
            ("user", user), ("password", password), ("upstream", upstream), ("as", name), ("secret", secret),
            ("token", token),
        ]
        return "  - " + flow(texts.compactMap { key, value in value.map { (key, $0.quoted) } })
    }
}

extension SettingsReader {
    func readAccounts(_ root: SettingsSection, into settings: inout Settings) {
        settings.accounts = root.list("accounts", readAccount) ?? []
        settings.passwords = root.secretPath("passwords")
    }

    private func readAccount(_ node: Node) -> Settings.Account? {
        guard let section = SettingsSection(node, source, what: "an account") else { return nil }
        let user = section.string("user")
        var account = Settings.Account(user: user ?? "")
        account.password = section.string("password")
        account.upstream = section.string("upstream")
        account.name = section.string("as")
        account.secret = section.secretPath("secret", mayBeVariable: true)
        account.token = section.string("token")
        section.finish()
        section.misses("user", "an account needs a \"user\"", "write for example user: printer@office.example")
        account.places = section.places
        return user == nil ? nil : account
    }

    /// `login` of an upstream: by what Popsieve logs in, in this order.
    func readLogins(_ section: SettingsSection) -> [UpstreamMechanism]? {
        section.list("login") { node in
            let text = node.scalar?.string ?? ""
            if let mechanism = UpstreamMechanism(rawValue: text.lowercased()) { return mechanism }
            let known = UpstreamMechanism.allCases.map(\.rawValue)
            let near = known.nearest(to: text).map { "did you mean \($0)?" }
            let fix = near ?? "known: \(known.joined(separator: ", "))"
            source.findings.error(source.place(of: node), "\"\(text)\" is no way to log in", fix)
            return nil
        }
    }
}

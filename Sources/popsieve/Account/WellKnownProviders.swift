// Providers whose servers and ways to sign in are known, by the domains of their addresses. Data; add a line.
// Must not hold a client id: whoever runs Popsieve registers his own, or uses the one of his site.

/// A provider of mail.
struct WellKnownProvider: Sendable {
    /// How a mailbox is opened there.
    enum SignIn: Equatable, Sendable {
        /// OAuth alone, as this provider of ``WellKnownOAuth``.
        case oauth(String)
        /// A password that is made for one program, after two-step verification was switched on; or OAuth.
        case appPassword(at: String, oauth: String?)
        /// The mailbox's own password.
        case password
        /// There is no POP3: why, and what there is.
        case nothing(String)
    }

    /// What the settings call its server.
    let name: String
    let host: String
    /// With a dot at the end: any top-level domain.
    let domains: [String]
    let signIn: SignIn
    /// What people have to switch on before.
    var before: String?

    static func of(domain: String) -> WellKnownProvider? {
        let domain = domain.lowercased()
        return all.first { provider in
            provider.domains.contains { known in
                guard known.hasSuffix(".") else { return domain == known }
                let rest = domain.hasPrefix(known) ? domain.dropFirst(known.count) : ""
                return !rest.isEmpty && rest.split(separator: ".").allSatisfy { $0.count <= 3 }
            }
        }
    }

    static func named(_ name: String) -> WellKnownProvider? { all.first { $0.name == name.lowercased() } }

    private static let webSwitch = "switch POP3 on in the web interface's settings"

    static let all: [WellKnownProvider] = [
        .init(
            name: "gmail",
            host: "pop.gmail.com",
            domains: ["gmail.com", "googlemail.com"],
            signIn: .appPassword(at: "https://myaccount.google.com/apppasswords", oauth: "google"),
            before: "Gmail, Settings, Forwarding and POP/IMAP: enable POP"
        ),
        .init(
            name: "outlook",
            host: "outlook.office365.com",
            domains: ["outlook.", "hotmail.", "live.", "msn.com", "passport.com", "windowslive.com"],
            signIn: .oauth("microsoft"),
            before: "Outlook, Settings, Mail, Forwarding and IMAP: let devices and apps use POP"
        ),
        .init(name: "microsoft365", host: "outlook.office365.com", domains: [], signIn: .oauth("microsoft")),
        .init(
            name: "yahoo",
            host: "pop.mail.yahoo.com",
            domains: ["yahoo.", "ymail.com", "rocketmail.com"],
            signIn: .appPassword(at: "https://login.yahoo.com/account/security", oauth: "yahoo")
        ),
        .init(
            name: "aol",
            host: "pop.aol.com",
            domains: ["aol.", "aim.com"],
            signIn: .appPassword(at: "https://login.aol.com/account/security", oauth: "aol")
        ),
        .init(
            name: "fastmail",
            host: "pop.fastmail.com",
            domains: ["fastmail.com", "fastmail.fm", "sent.com"],
            signIn: .appPassword(at: "https://app.fastmail.com/settings/security/apps", oauth: "fastmail")
        ),
        .init(
            name: "gmx",
            host: "pop.gmx.net",
            domains: ["gmx.net", "gmx.de", "gmx.at", "gmx.ch", "gmx.eu", "gmx.info", "gmx.org"],
            signIn: .password,
            before: webSwitch
        ),
        .init(
            name: "gmx-com",
            host: "pop.gmx.com",
            domains: ["gmx.com", "gmx.us"],
            signIn: .password,
            before: webSwitch
        ),
        .init(name: "webde", host: "pop3.web.de", domains: ["web.de"], signIn: .password, before: webSwitch),
        .init(
            name: "t-online",
            host: "securepop.t-online.de",
            domains: ["t-online.de", "magenta.de"],
            signIn: .password
        ),
        .init(name: "freenet", host: "mx.freenet.de", domains: ["freenet.de"], signIn: .password),
        .init(
            name: "posteo",
            host: "posteo.de",
            domains: ["posteo.de", "posteo.net", "posteo.org"],
            signIn: .password
        ),
        .init(name: "mailbox", host: "pop3.mailbox.org", domains: ["mailbox.org"], signIn: .password),
        .init(
            name: "zoho",
            host: "pop.zoho.com",
            domains: ["zoho.com", "zohomail.com"],
            signIn: .password,
            before: webSwitch
        ),
        .init(
            name: "yandex",
            host: "pop.yandex.com",
            domains: ["yandex.", "ya.ru"],
            signIn: .appPassword(at: "https://id.yandex.com/security/app-passwords", oauth: nil),
            before: webSwitch
        ),
        .init(
            name: "mailru",
            host: "pop.mail.ru",
            domains: ["mail.ru", "bk.ru", "inbox.ru", "list.ru"],
            signIn: .appPassword(at: "https://account.mail.ru/user/2-step-auth/passwords", oauth: nil)
        ),
        .init(name: "orange", host: "pop.orange.fr", domains: ["orange.fr", "wanadoo.fr"], signIn: .password),
        .init(name: "free", host: "pop.free.fr", domains: ["free.fr"], signIn: .password),
        .init(
            name: "icloud",
            host: "",
            domains: ["icloud.com", "me.com", "mac.com"],
            signIn: .nothing("iCloud has IMAP only")
        ),
        .init(
            name: "proton",
            host: "",
            domains: ["proton.me", "protonmail.com", "protonmail.ch", "pm.me"],
            signIn: .nothing("Proton's Bridge has IMAP only")
        ),
        .init(
            name: "tuta",
            host: "",
            domains: ["tuta.com", "tuta.io", "tutanota.com", "tutanota.de", "tutamail.com", "keemail.me"],
            signIn: .nothing("Tuta can be read by its own programs only")
        ),
    ]
}

/// Where well-known providers give tokens.
struct WellKnownOAuth: Sendable {
    let name: String
    /// `{tenant}` stands for the organisation, where there are such.
    let authorization: String
    let token: String
    var device: String?
    let scopes: [String]
    /// Of a client without a person.
    var daemonScopes: [String] = []
    var parameters: [String: String] = [:]
    var redirectHost = "127.0.0.1"

    static let usualTenant = "common"

    static func named(_ name: String) -> WellKnownOAuth? { all.first { $0.name == name } }

    static let all = [
        WellKnownOAuth(
            name: "microsoft",
            authorization: "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/authorize",
            token: "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token",
            device: "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/devicecode",
            scopes: ["https://outlook.office.com/POP.AccessAsUser.All", "offline_access"],
            daemonScopes: ["https://outlook.office365.com/.default"],
            // Registered as http://localhost it may have any port.
            redirectHost: "localhost"
        ),
        WellKnownOAuth(
            name: "google",
            authorization: "https://accounts.google.com/o/oauth2/v2/auth",
            token: "https://oauth2.googleapis.com/token",
            // Not by device code: Google does not let mail be read by it.
            scopes: ["https://mail.google.com/"],
            parameters: ["access_type": "offline", "prompt": "consent"]
        ),
        WellKnownOAuth(
            name: "yahoo",
            authorization: "https://api.login.yahoo.com/oauth2/request_auth",
            token: "https://api.login.yahoo.com/oauth2/get_token",
            scopes: ["mail-w"]
        ),
        WellKnownOAuth(
            name: "aol",
            authorization: "https://api.login.aol.com/oauth2/request_auth",
            token: "https://api.login.aol.com/oauth2/get_token",
            scopes: ["mail-w"]
        ),
        WellKnownOAuth(
            name: "fastmail",
            authorization: "https://api.fastmail.com/oauth/authorize",
            token: "https://api.fastmail.com/oauth/refresh",
            scopes: ["https://www.fastmail.com/dev/protocol-pop", "offline_access"]
        ),
    ]
}

// What providers refuse with words that do not say what to do: each with what it means.
// Must not be asked before something was refused.

import POP3

/// A refusal that is known.
struct ProviderTrap: Sendable {
    /// Ends of host names where it counts; none: anywhere.
    var hosts: [String] = []
    /// In small letters; one of them is in what the server says. None: whatever it says.
    var words: [String] = []
    var code: ResponseCode?
    /// Nil: with a password or a token.
    var withToken: Bool?
    let sentence: String
    let remedy: String

    /// What the server has refused.
    struct Refusal {
        /// As the settings have it.
        var host: String
        /// Its words, or what stands in its certificate.
        var words: String
        var code: ResponseCode?
        /// Nil: no login was tried.
        var withToken: Bool?
    }

    /// The first that fits.
    static func known(_ refusal: Refusal) -> ProviderTrap? { all.first { $0.fits(refusal) } }

    private func fits(_ refusal: Refusal) -> Bool {
        let host = refusal.host.lowercased()
        let said = refusal.words.lowercased()
        return (hosts.isEmpty || hosts.contains { host == $0 || host.hasSuffix(".\($0)") })
            && (words.isEmpty || words.contains { said.contains($0) })
            && (code == nil || code == refusal.code)
            && (withToken == nil || withToken == refusal.withToken)
    }

    private static let google = ["gmail.com", "googlemail.com", "google.com"]
    private static let microsoft = ["office365.com", "office.com", "outlook.com", "hotmail.com", "live.com"]
    private static let yahoo = ["yahoo.com", "yahoo.co.jp", "aol.com", "att.net"]

    /// Those of one provider before those of all.
    static let all: [ProviderTrap] = ofGoogle + ofMicrosoft + ofOthers + general

    private static let ofGoogle = [
        ProviderTrap(
            words: ["invalid2.invalid"],
            sentence: "Gmail was not told which host is meant (SNI is missing), and shows a certificate of nobody's",
            remedy:
                "write \"host\" as a name, pop.gmail.com, not as an address; without \"name\" it is what is asked for"
        ),
        ProviderTrap(
            words: ["not enabled for pop", "pop access is not enabled", "enable your account for pop"],
            sentence: "POP is switched off for this mailbox",
            remedy: "switch it on: in Gmail, Settings, Forwarding and POP/IMAP"
        ),
        ProviderTrap(
            words: ["application-specific password", "app password"],
            sentence: "the provider takes an app password here, not the account's own",
            remedy: "make one (Google: https://myaccount.google.com/apppasswords) and put it into \"secret\""
        ),
        ProviderTrap(
            words: ["web login required"],
            sentence: "the provider wants to see the person first",
            remedy: "log in once in a browser, then with an app password or: popsieve account add"
        ),
        ProviderTrap(
            words: ["bandwidth limit", "command or bandwidth"],
            sentence: "Gmail has had enough of this account for today",
            remedy: "wait, and let clients ask less often"
        ),
        ProviderTrap(
            hosts: google,
            words: ["username and password not accepted"],
            withToken: false,
            sentence: "Gmail takes app passwords and tokens only, and this is neither",
            remedy: "make one at https://myaccount.google.com/apppasswords, or use: popsieve account add"
        ),
    ]

    private static let ofMicrosoft = [
        ProviderTrap(
            words: ["server unavailable. 21"],
            sentence: "Microsoft slows this mailbox down (its \"21\")",
            remedy: "wait some minutes, and let clients ask less often"
        ),
        ProviderTrap(
            words: ["userconnectionlimitreached"],
            sentence: "the mailbox has too many connections open at Microsoft",
            remedy: "bound them with \"sessions\" of the upstream, and end other programs that fetch"
        ),
        ProviderTrap(
            words: ["authenticated but not connected"],
            sentence: "Microsoft knows the user, and POP is switched off for the mailbox",
            remedy: "switch it on: Set-CASMailbox USER -PopEnabled $true"
        ),
        ProviderTrap(
            hosts: microsoft,
            words: ["logon failure", "authentication failed", "basicauthblocked"],
            withToken: false,
            sentence: "Microsoft takes no passwords for POP any more, only tokens",
            remedy: "use: popsieve account add ADDRESS"
        ),
        ProviderTrap(
            hosts: microsoft,
            words: ["authentication failure", "authenticate failed", "logon failure", "authentication failed"],
            withToken: true,
            sentence: "Microsoft refuses the token",
            remedy: "POP must be on for the mailbox (Set-CASMailbox USER -PopEnabled $true), and the application needs "
                + "POP.AccessAsUser.All; then: popsieve account renew"
        ),
    ]

    private static let ofOthers = [
        ProviderTrap(
            hosts: yahoo,
            code: .auth,
            withToken: false,
            sentence: "Yahoo and AOL take an app password here, not the account's own",
            remedy: "make one in the account's security settings, and put it into \"secret\""
        ),
        ProviderTrap(
            hosts: ["fastmail.com", "yandex.com", "yandex.ru", "mail.ru"],
            code: .auth,
            withToken: false,
            sentence: "the provider takes an app password here, not the account's own",
            remedy: "make one in its settings, and put it into \"secret\""
        ),
        ProviderTrap(
            hosts: ["gmx.net", "gmx.com", "web.de", "zoho.com", "zoho.eu"],
            code: .auth,
            sentence: "POP may be switched off for this mailbox, or the password is wrong",
            remedy: "switch POP on in the provider's settings, then see \"secret\""
        ),
    ]

    private static let general = [
        ProviderTrap(
            words: [
                "plaintext authentication disallowed", "cleartext authentication disallowed", "logindisabled",
                "login disabled", "login is disabled", "logins are disabled",
            ],
            sentence: "the server takes no logins on this connection",
            remedy: "where it is not encrypted, see \"tls\"; else ask whoever runs the server"
        ),
        ProviderTrap(
            words: ["too many connections", "maximum number of connections", "too many simultaneous"],
            sentence: "too many connections are open for this user or from this address",
            remedy: "bound them with \"sessions\" of the upstream, and end other programs that fetch"
        ),
        ProviderTrap(
            code: .loginDelay,
            sentence: "the server wants more time between two logins (LOGIN-DELAY)",
            remedy: "wait, and let clients ask less often"
        ),
        ProviderTrap(
            code: .inUse,
            sentence: "another session has the mailbox open",
            remedy: "end that program, or wait until the server forgets it"
        ),
        ProviderTrap(
            code: .systemTemporary,
            sentence: "the server has trouble of its own for the moment",
            remedy: "try again later"
        ),
        ProviderTrap(
            code: .systemPermanent,
            sentence: "the server has trouble that does not go away by itself",
            remedy: "ask whoever runs it"
        ),
    ]
}

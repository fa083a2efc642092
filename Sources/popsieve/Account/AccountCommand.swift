// `popsieve account`: mailboxes that Popsieve opens itself, for devices with passwords of their own.
// Must not print a token or a provider's password, nor change settings that would then be wrong.

import ArgumentParser
import Audit
import AuditReading
import Foundation
import Glibc
import HTTPClient
import NIOPosix
import OAuth
import Passwords
import Relay
import TLS
import Tokens

struct AccountCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "account",
        abstract: "Set up mailboxes for printers and old programs.",
        discussion: """
              popsieve account add me@gmail.com
              popsieve account add me@office.example --provider microsoft365 \\
                --client-id ID --sign-in device
              popsieve account list
              popsieve account renew me@office.example   when the provider wants it

            The device logs in here with a password of its own, Popsieve there with an access token (OAuth 2.0) or an app \
            password. Everything stands in the settings file; tokens are encrypted in a file of their own.

            Exit codes: 0 done; 1 the account is set up, and its mailbox does not open; 64 the command line is wrong, or \
            something has to be said; 66 a file or a password can't be read, or there is no such account; 69 the provider \
            refuses or can't be reached; 74 a file can't be written; 78 the settings are wrong.
            """,
        subcommands: [Add.self, List.self, Remove.self, Renew.self, Reseal.self]
    )

    struct File: ParsableArguments {
        @Option(name: [.short, .long], help: "The settings file.", completion: .file(extensions: ["yaml"]))
        var config: String?

        /// - Parameter mayBeNew: they need not be there yet
        func settings(mayBeNew: Bool = false) throws -> AccountSettings {
            let settings = try AccountSettings(config)
            guard !mayBeNew, settings.isNew, config != nil || settings.isMissing else { return settings }
            let fix = "popsieve account add makes them"
            throw Exit.saying(Finding(Place(file: settings.file), .error, "there are no settings", fix), Exit.noInput)
        }
    }

    /// How a person signs in.
    struct Way: ParsableArguments {
        @Option(help: "A browser here, a code to type anywhere, or no person.")
        var signIn: OAuthProvider.Flow?

        @Option(help: ArgumentHelp("The port of 127.0.0.1 to which the browser comes back.", valueName: "port"))
        var redirectPort = 0

        @Flag(help: "The browser's last address comes by standard input.")
        var paste = false

        func validate() throws {
            guard (0...65_535).contains(redirectPort) else { throw ValidationError("a port is a number up to 65535") }
        }
    }
}

extension OAuthProvider.Flow: ExpressibleByArgument {}

extension AccountCommand {
    /// Asks a provider, and says what it has refused.
    static func signIn(
        _ provider: Settings.Provider,
        _ user: String,
        _ way: Way,
        _ settings: Settings
    ) async throws -> Grant {
        let list = FindingList()
        var provider = provider
        provider.signIn = way.signIn ?? provider.signIn
        guard let configured = OAuthLoader(findings: list).configured(provider) else {
            FindingPrinter().print(list.findings)
            throw Exit.faulty(list.findings)
        }
        let directory = ProviderDirectory(
            [configured],
            on: MultiThreadedEventLoopGroup.singleton,
            proxy: settings.httpProxy
        )
        do throws(OAuthFailure) {
            let endpoint = try await directory.endpoint(provider.name)
            return try await SignIn(endpoint: endpoint, user: user, port: way.redirectPort, readsInput: way.paste)
                .grant()
        } catch {
            let message = "signing in at \(provider.name) has failed: \(error)"
            throw Exit.saying(Finding(.program, .error, message, error.remedy), Exit.unavailable)
        }
    }

    static func httpClient(_ settings: Settings) throws -> HTTPClient {
        do {
            return try HTTPClient(on: MultiThreadedEventLoopGroup.singleton, proxy: settings.httpProxy)
        } catch {
            throw Exit.saying(Finding(.program, .error, error.problem, error.fix), Exit.unavailable)
        }
    }

    /// Keeps what a provider has given.
    static func keep(
        _ grant: Grant,
        as name: String,
        of provider: String,
        _ user: String,
        in store: TokenStore
    ) throws {
        let expires = WallClock.now().seconds + grant.lifetime.components.seconds
        do throws(TokenFileFault) {
            try store.update { tokens in
                tokens[name] = StoredToken(
                    provider: provider,
                    user: user,
                    refreshToken: grant.refreshToken,
                    accessToken: grant.accessToken,
                    expires: expires
                )
            }
        } catch {
            throw Exit.saying(Finding(Place(file: store.path), .error, "\(error)"), Exit.notWritten)
        }
    }

    static func noAccount(_ name: String, _ settings: AccountSettings) -> ExitCode {
        let users = settings.settings.accounts.map(\.user)
        let near = users.nearest(to: name).map { "did you mean \($0)?" }
        let fix = near ?? (users.isEmpty ? "popsieve account add sets one up" : "see popsieve account list")
        return Exit.saying(Finding(.whole(settings.file), .error, "there is no account \"\(name)\"", fix), Exit.noInput)
    }
}

extension AccountCommand {
    fileprivate static func unusable(_ fault: TokenFileFault, _ store: TokenStore, _ code: ExitCode) -> ExitCode {
        Exit.saying(Finding(Place(file: store.path), .error, "\(fault)", fault.remedy(for: store.path)), code)
    }

    /// What the settings go on naming, though nobody uses it.
    fileprivate static func idleUpstream(_ account: Settings.Account, _ settings: Settings) -> String? {
        guard let name = account.upstream, settings.upstreams.count > 1 else { return nil }
        let users = settings.accounts.filter { $0.upstream == name }.count
        let isRouted = settings.routes.contains { $0.upstream == name } || settings.directory?.upstream == name
        return users <= 1 && !isRouted ? name : nil
    }
}

extension OAuthFailure {
    /// What a person can do.
    var remedy: String? {
        switch self {
        case .refused(code: "invalid_client", _), .refused(code: "unauthorized_client", _):
            "see that client-id, client-secret and tenant are those that were registered"
        case .refused(code: "access_denied", _): "sign in again, and let the program have the mail"
        case .expired: "begin again"
        case .unavailable: "try again later; behind a proxy set http-proxy"
        case .refused, .malformed, .impossible: nil
        }
    }
}

extension AccountCommand {
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List accounts, and whether they can be opened.")

        @OptionGroup(title: "Settings") var place: File
        @Argument(help: "Only this one.") var name: String?
        @Flag(help: "One JSON object a line.") var json = false

        func run() async throws {
            StandardOutput.outlivesItsReader()
            let settings = try place.settings()
            var accounts = settings.settings.accounts
            if let name {
                guard let account = settings.account(name) else { throw AccountCommand.noAccount(name, settings) }
                accounts = [account]
            }
            let tokens = try accounts.contains { $0.token != nil } ? readTokens(settings) : [:]
            if accounts.isEmpty { StandardError.write("there are no accounts; popsieve account add sets one up\n") }
            for account in accounts {
                let line = AccountLine(account, account.token.flatMap { tokens[$0] }, settings.settings)
                try StandardOutput.write((json ? JSONText.line(line) : line.text.printable) + "\n")
            }
        }

        private func readTokens(_ settings: AccountSettings) throws -> [String: StoredToken] {
            let store = try settings.store()
            do throws(TokenFileFault) {
                return try store.tokens()
            } catch {
                throw AccountCommand.unusable(error, store, Exit.noInput)
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Take an account and its token away.")

        @OptionGroup(title: "Settings") var place: File
        @Argument(help: "As list names it.") var name: String

        func run() async throws {
            let settings = try place.settings()
            guard let account = settings.account(name) else { throw AccountCommand.noAccount(name, settings) }
            try settings.change { edit, now in
                guard let line = now.account(name)?.places.section.line else { return }
                edit.remove(elementAt: line, below: "accounts")
            }
            let isShared = settings.settings.accounts.count { $0.token == account.token } > 1
            if let token = account.token, !isShared, let store = try? settings.store() {
                _ = try? store.update { $0[token] = nil }
            }
            try StandardOutput.write("\(account.user) is gone".printable + "; popsieve reload tells the relay\n")
            if let name = AccountCommand.idleUpstream(account, settings.settings) {
                try StandardOutput.write(
                    "nobody uses the upstream \(name) any more; it is still there".printable + "\n"
                )
            }
            if let path = account.secret, SettingsSection.octets(of: path) == nil {
                try StandardOutput.write("its password is still in \(path)".printable + "\n")
            }
        }
    }

    struct Renew: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Sign in again for an account; a relay that runs notices by itself."
        )

        @OptionGroup(title: "Settings") var place: File
        @OptionGroup(title: "Signing in") var way: Way
        @Argument(help: "As list names it.") var name: String

        func run() async throws {
            let settings = try place.settings()
            guard let account = settings.account(name) else { throw AccountCommand.noAccount(name, settings) }
            guard let token = account.token else {
                let place = account.secret.map { ", \($0), then: popsieve reload" } ?? ""
                let fix = "change the password where its secret is\(place)"
                throw Exit.saying(Finding(.program, .error, "\(name) logs in with a password", fix), Exit.usage)
            }
            let store = try settings.store(makesKey: true)
            let before: StoredToken?
            do throws(TokenFileFault) {
                before = try store.tokens()[token]
            } catch {
                // Before a person signs in for nothing.
                throw AccountCommand.unusable(error, store, Exit.noInput)
            }
            let providers = settings.settings.providers
            let own = before.flatMap { before in providers.first { $0.name == before.provider } }
            let provider = before == nil ? providers.first : own
            guard let provider, providers.count == 1 || before != nil else {
                let fix = "take the account away and add it again"
                throw Exit.saying(
                    Finding(.program, .error, "which provider \(name) has is not known", fix),
                    Exit.config
                )
            }
            let user = before?.user ?? account.name ?? account.user
            let grant = try await AccountCommand.signIn(provider, user, way, settings.settings)
            try AccountCommand.keep(grant, as: token, of: provider.name, user, in: store)
            try StandardOutput.write("\(token) is signed in again".printable + "\n")
        }
    }

    struct Reseal: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Encrypt all tokens with the first key, after it was changed."
        )

        @OptionGroup(title: "Settings") var place: File

        func run() async throws {
            let store = try place.settings().store()
            do throws(TokenFileFault) {
                try store.reseal()
            } catch {
                let isUnread = if case .system = error { false } else { true }
                throw AccountCommand.unusable(error, store, isUnread ? Exit.noInput : Exit.notWritten)
            }
            try StandardOutput.write("all tokens are encrypted with the first key; old-key can go\n")
        }
    }
}

/// One account as people and programs see it.
struct AccountLine: Encodable {
    let user: String
    let upstream: String?
    let by: String
    let provider: String?
    /// Seconds since 1970.
    let expires: Int64?
    let problem: String?

    init(_ account: Settings.Account, _ token: StoredToken?, _ settings: Settings) {
        user = account.user
        upstream = account.upstream ?? (settings.upstreams.count == 1 ? settings.upstreams[0].name : nil)
        by = account.token == nil ? "password" : "token"
        provider = token?.provider
        expires = token?.expires
        let isMissing = account.token != nil && token == nil
        problem = isMissing ? "nobody has signed in" : token?.trouble
    }

    var text: String {
        let place = upstream.map { " at \($0)" } ?? ""
        let way = provider.map { "\(by) of \($0)" } ?? by
        let state = problem.map { "; \($0): popsieve account renew \(user)" } ?? ""
        return "\(user)\(place): \(way)\(state)"
    }
}

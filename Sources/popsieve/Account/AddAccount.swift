// `popsieve account add`: finds the server, signs in, makes a password for the device, writes the settings.

import ArgumentParser
import Audit
import Foundation
import Glibc
import OAuth
import Passwords
import Patterns
import Relay
import Tokens

extension AccountCommand {
    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "add",
            abstract: "Set up a mailbox: find its server, sign in, and make a password for the device.",
            discussion: """
                The server is a well-known provider's, what the domain publishes, or --server. With --json the device's \
                password is one that you give.
                """
        )

        @OptionGroup(title: "Settings") var place: File
        @OptionGroup(title: "Signing in") var way: Way
        @Argument(help: "The mailbox.") var address: String
        @Option(help: ArgumentHelp("A well-known provider, such as gmail or microsoft365.", valueName: "name"))
        var provider: String?
        @Option(help: ArgumentHelp("Its POP3 server, where nobody else says it.", valueName: "host[:port]"))
        var server: String?
        @Option(help: ArgumentHelp("The user's name there, if it is not the address.", valueName: "name"))
        var user: String?
        @Option(help: ArgumentHelp("The name with which the device logs in here.", valueName: "name"))
        var deviceUser: String?
        @Option(help: ArgumentHelp("The device's password; default: a new one.", valueName: "file|env:name"))
        var devicePassword: String?
        @Option(help: ArgumentHelp("A provider under oauth in the settings.", valueName: "name"))
        var oauth: String?
        @Option(help: ArgumentHelp("As it was registered at the provider.", valueName: "id")) var clientId: String?
        @Option(help: ArgumentHelp("The same, where there is one.", valueName: "file|env:name|credential:name"))
        var clientSecret: String?
        @Option(help: ArgumentHelp("The organisation at Microsoft; default: any.", valueName: "domain"))
        var tenant: String?
        @Flag(help: "Log in there with a password from standard input.")
        var passwordStdin = false
        @Flag(help: "Don't log in there to see whether it works.")
        var untried = false
        @Flag(help: "Print one JSON object, without the password.") var json = false

        func validate() throws {
            let parts = address.split(separator: "@", omittingEmptySubsequences: false)
            let isPlain = address.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F && $0 != 0x22 && $0 != 0x5C }
            guard parts.count == 2, isPlain, !parts[0].isEmpty, Quantity.isHost(String(parts[1])) else {
                throw ValidationError("\"\(address.printable)\" is not an address; write for example me@example.com")
            }
            // The settings take a star for any name, and everybody would get in by it.
            guard Glob(address).isPlain, Glob(deviceUser ?? "x").isPlain else {
                throw ValidationError("an account is for one name: write it without * and ?")
            }
            guard deviceUser.map({ !$0.isEmpty && !$0.hasControlCharacter }) ?? true else {
                throw ValidationError("--device-user has no name")
            }
            guard way.signIn != .clientCredentials || clientSecret != nil || oauth != nil else {
                throw ValidationError(
                    "client credentials need --client-secret, or a provider that the settings have (--oauth)"
                )
            }
            guard !json || devicePassword != nil else {
                throw ValidationError("--json prints no password: give the device's with --device-password FILE")
            }
            guard !passwordStdin || !way.paste else {
                throw ValidationError("standard input brings a password or an address, not both")
            }
        }

        func run() async throws {
            StandardOutput.outlivesItsReader()
            let settings = try place.settings(mayBeNew: true)
            let name = deviceUser ?? address
            try refuseSecond(name, settings)
            let plan = try await plan(settings)
            for hint in plan.hints { StandardError.write("\(hint)\n") }
            let device = try devicePasswordText() ?? DevicePassword.make()
            guard let hash = PasswordHash.make(of: Array(device.utf8)) else {
                throw Exit.saying(Finding(.program, .error, "crypt(3) of this system makes no hash"), Exit.unavailable)
            }
            var fields = [("user", name.quoted), ("password", hash.text.quoted)]
            if plan.server.user != name { fields.append(("as", plan.server.user.quoted)) }
            let opening = try await opening(plan, settings)
            fields.append(opening)
            do {
                try write(plan, name, fields, settings)
            } catch {
                if opening.0 == "secret" { forget(opening.1, settings) }
                throw error
            }
            // The password before all that takes long: it is shown once.
            if !json { try tell(settings, plan, name, devicePassword == nil ? device : nil) }
            let fault = untried ? nil : try await FirstLogin(user: name, settingsFile: settings.file).fault()
            try json ? tellAsJSON(settings, plan, name, fault) : tell(fault, name, settings)
            if fault != nil { throw ExitCode.failure }
        }

        func refuseSecond(_ name: String, _ settings: AccountSettings) throws {
            guard let account = settings.account(name) else { return }
            let renew = "to sign in again: popsieve account renew \(name)"
            let fix = account.token == nil ? "take another name with --device-user, or remove it first" : renew
            // Not its place: the line has a hash in it, and would be shown.
            let finding = Finding(Place(file: settings.file), .error, "\"\(name)\" has an account", fix)
            throw Exit.saying(finding, Exit.usage)
        }

        private func plan(_ settings: AccountSettings) async throws -> AccountPlan {
            var wishes = AccountWishes(address: address)
            (wishes.provider, wishes.server, wishes.user, wishes.oauth) = (provider, server, user, oauth)
            (wishes.signIn, wishes.usesPassword, wishes.tenant) = (way.signIn, passwordStdin, tenant)
            (wishes.clientID, wishes.clientSecret) = (clientId, clientSecret)
            let asks = isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1
            let planner = AccountPlanner(
                wishes: wishes,
                settings: settings.settings,
                client: try AccountCommand.httpClient(settings.settings),
                ask: asks
                    ? { (question) -> String? in
                        StandardError.write(question)
                        return readLine()
                    } : nil
            )
            do throws(AccountPlanFault) {
                return try await planner.plan()
            } catch {
                throw Exit.saying(Finding(.program, .error, error.message, error.fix), Exit.usage)
            }
        }

        // MARK: What opens the mailbox

        /// Signs in, or takes the password; the account's last field.
        private func opening(_ plan: AccountPlan, _ settings: AccountSettings) async throws -> (String, String) {
            switch plan.signIn {
            case .password: return ("secret", try keepPassword(plan, settings).quoted)
            case .oauth(let name, let added):
                let provider = try namedProvider(name, added, settings)
                let store = try settings.store(makesKey: true)
                let user = plan.server.user
                if let kept = try? store.tokens()[address], kept.provider == name, kept.user == user,
                    kept.trouble == nil
                {
                    StandardError.write(
                        "\(address.printable) is signed in already; the token serves this device, too\n"
                    )
                    return ("token", address.quoted)
                }
                let grant = try await AccountCommand.signIn(provider, user, way, settings.settings)
                guard grant.refreshToken != nil || provider.signIn == .clientCredentials else {
                    let fix = "see that the scopes ask for it, such as offline_access"
                    let message = "\(name) gives a token for an hour, and none to renew it"
                    throw Exit.saying(Finding(.program, .error, message, fix), Exit.unavailable)
                }
                try AccountCommand.keep(grant, as: address, of: name, user, in: store)
                return ("token", address.quoted)
            }
        }

        /// As the settings will have it.
        private func namedProvider(
            _ name: String,
            _ added: String?,
            _ settings: AccountSettings
        ) throws -> Settings.Provider {
            let list = FindingList()
            let text = added.map { "oauth:\n  \($0)\n" }
            let providers =
                text.map { SettingsReader.read($0, file: settings.file, list).providers } ?? settings.settings.providers
            guard !list.hasErrors, var provider = providers.first(where: { $0.name == name }) else {
                let message = list.findings.first?.message ?? "there is no provider \(name)"
                throw Exit.saying(Finding(.program, .error, message, list.findings.first?.fix), Exit.usage)
            }
            provider.signIn = way.signIn ?? provider.signIn
            // It stands in no file yet.
            if added != nil { provider.places["client-secret"] = .flag("--client-secret") }
            return provider
        }

        private func keepPassword(_ plan: AccountPlan, _ settings: AccountSettings) throws -> String {
            let password = try providerPassword(plan)
            let folder = Self.folder(settings)
            // Others of the same mailbox have files of their own, and one that is left of an account that is gone stays.
            let base = (deviceUser ?? address).lowercased().replacing("/", with: "_")
            let names = ["\(base).secret"] + (2...999).map { "\(base)-\($0).secret" }
            let name = names.first { !FileManager.default.fileExists(atPath: folder + $0) } ?? names[0]
            do throws(UnreadableFile) {
                try SecretFile.make(folder + name, password + [0x0A], like: settings.file)
            } catch {
                throw Exit.saying(Finding(error, folder + name), Exit.notWritten)
            }
            return name
        }

        private static func folder(_ settings: AccountSettings) -> String {
            settings.file.contains("/") ? settings.file.parentFolder + "/" : ""
        }

        /// No settings name it.
        private func forget(_ quoted: String, _ settings: AccountSettings) {
            let name = quoted.trimmingCharacters(in: ["\""])
            try? FileManager.default.removeItem(atPath: Self.folder(settings) + name)
        }

        private func providerPassword(_ plan: AccountPlan) throws -> [UInt8] {
            var password: [UInt8]?
            if passwordStdin {
                password = readLine().map { Array($0.utf8) }
            } else if let terminal = SilentTerminal() {
                defer { terminal.end() }
                password = terminal.ask("Password of \(plan.server.user.printable) at \(plan.server.host): ")
            } else {
                let finding = Finding(
                    .program,
                    .error,
                    "there is no terminal to ask at",
                    "give it with --password-stdin"
                )
                throw Exit.saying(finding, Exit.usage)
            }
            guard let password, !password.isEmpty, password.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
                throw Exit.saying(Finding(.program, .error, "there is no password", "type one"), Exit.noInput)
            }
            return password
        }

        /// One that somebody has chosen.
        private func devicePasswordText() throws -> String? {
            guard let source = devicePassword else { return nil }
            let text: String?
            if source.hasPrefix("env:") {
                text = ProcessInfo.processInfo.environment[String(source.dropFirst(4))]
            } else {
                do throws(UnreadableFile) {
                    text = String(
                        validating: try FileManager.default.regularFile(at: source, upTo: 4_096),
                        as: UTF8.self
                    )
                } catch {
                    throw Exit.saying(Finding(error, source), Exit.noInput)
                }
            }
            let line = text?.split(separator: "\n").first.map { $0.last == "\r" ? $0.dropLast() : $0 }.map(String.init)
            guard let line, line.utf8.count >= 8 else {
                let fix = "at least eight characters, in the first line"
                throw Exit.saying(
                    Finding(.flag("--device-password"), .error, "there is no password", fix),
                    Exit.noInput
                )
            }
            return line
        }
    }
}

// Hashes and secrets of the accounts: read from where the settings say, at the start and at each reload.
// Must not say a secret, or what stands in its file.

import Foundation
import Passwords
import Patterns
import Relay

/// Makes a relay's accounts; what can't be had is a finding.
struct AccountLoader {
    let findings: FindingList

    /// Octets of a file of hashes: a hundred thousand users.
    private static let passwordsLimit = 1 << 24
    /// Octets of a secret. Tokens have two thousand.
    private static let secretLimit = 1 << 14

    func accounts(_ settings: Settings) -> Accounts {
        guard let path = settings.passwords else { return accounts(settings, PasswordFile()) }
        return accounts(settings, readPasswords(path, settings.places["passwords"]))
    }

    /// - Parameter file: nil where it can't be read
    private func accounts(_ settings: Settings, _ file: PasswordFile?) -> Accounts {
        Accounts(settings.accounts.compactMap { account($0, file, settings) }, passwords: file ?? PasswordFile())
    }

    private func account(_ setting: Settings.Account, _ file: PasswordFile?, _ settings: Settings) -> Accounts.Account?
    {
        let hash = hash(setting, file, settings)
        guard let credential = credential(setting) else { return nil }
        var account = Accounts.Account(user: Glob(setting.user), credential: credential)
        account.password = hash
        account.upstream = setting.upstream
        account.name = setting.name.flatMap { NameRewriting(account.user, to: $0) }
        return account
    }

    // MARK: Hashes

    private func hash(_ account: Settings.Account, _ file: PasswordFile?, _ settings: Settings) -> PasswordHash? {
        guard let text = account.password else {
            guard let file else { return nil }
            let isKnown = Glob(account.user).isPlain ? file[Array(account.user.utf8)] != nil : settings.passwords != nil
            if !isKnown, !account.places.leavesOpen("password"), !settings.places.leavesOpen("passwords") {
                let fix = "add password: with what popsieve password prints, or a line to the file of passwords"
                findings.error(account.places["user"], "\"\(account.user)\" has no password", fix)
            }
            return nil
        }
        do throws(PasswordHashFault) {
            return try PasswordHash(text)
        } catch {
            findings.error(account.places["password"], error.message, error.fix)
            return nil
        }
    }

    private func readPasswords(_ path: String, _ place: Place) -> PasswordFile? {
        guard let text = read(path, "passwords", place, Self.passwordsLimit) else { return nil }
        let (file, faults) = PasswordFile.read(text)
        for fault in faults {
            var line = Place(file: path, line: fault.line, column: 1)
            line.isConfidential = true
            switch fault.cause {
            case .noColon: findings.error(line, "this is no user with a hash", "write USER:HASH")
            case .noUser: findings.error(line, "there is no user before the colon", "write USER:HASH")
            case .hash(let fault): findings.error(line, fault.message, fault.fix)
            case .twice(let first):
                findings.error(line, "the user stands in line \(first) already", "keep one of them")
            }
        }
        return file
    }

    // MARK: Secrets

    private func credential(_ account: Settings.Account) -> Accounts.Credential? {
        guard let path = account.secret else { return account.token.map { .token(account: $0) } }
        return secret(path, account.places["secret"]).map { .password($0) }
    }

    /// From a file, or a variable of the environment.
    func secret(_ source: String, _ place: Place) -> HeldSecret? {
        if let octets = SettingsSection.octets(of: source) { return secret(octets, place, source) }
        return read(source, "secret", place, Self.secretLimit).flatMap { secret(Array($0.utf8), place, source) }
    }

    /// One line.
    private func secret(_ octets: [UInt8], _ place: Place, _ source: String) -> HeldSecret? {
        var octets = octets
        while let last = octets.last, last == 0x0A || last == 0x0D { octets.removeLast() }
        guard !octets.isEmpty, octets.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            let fix = "put the password there, and nothing else"
            findings.error(place, "\(source): this is not one line with a password", fix)
            return nil
        }
        return HeldSecret(octets)
    }

    private func read(_ path: String, _ what: String, _ place: Place, _ limit: Int) -> String? {
        let octets: [UInt8]
        do {
            octets = try FileManager.default.regularFile(at: path, upTo: limit)
        } catch  where what == "secret" && error == .missing {
            // Somebody may have written the secret itself there.
            let fix = "write a file's name, or credential:NAME or env:NAME"
            findings.error(place, "the secret can't be read: there is no file of this name", fix)
            return nil
        } catch {
            findings.error(place, "\(path): the \(what) can't be read: \(error)", error.fix)
            return nil
        }
        if let mode = FileManager.default.permissions(path), mode & 0o004 != 0 {
            findings.warning(place, "\(path): anybody on this machine may read it", "chmod o-r \(path)")
        }
        if let text = String(validating: octets, as: UTF8.self) { return text }
        findings.error(place, "\(path): this is not UTF-8", "save the file as UTF-8")
        return nil
    }
}

extension PasswordHashFault {
    var message: String {
        switch self {
        case .unknown: "this is no hash of a password"
        case .weak: "this hash is guessed too quickly"
        case .scheme(let name): "hashes of the scheme \(name) can't be checked here"
        }
    }

    var fix: String { "make one with: popsieve password" }
}

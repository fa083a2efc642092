// What a login needs before a server is dialled: whose mailbox, by which password or token.
// Must not log in.

import NIOCore
import NIOPosix
import Passwords
import Relay

struct LoginPreparation {
    /// A login that can be tried, and where tokens come from.
    typealias Prepared = (target: LoginTarget, tokens: (any TokenSource)?)

    let examination: Examination
    let outcome: SettingsLoader.Outcome
    let user: String
    /// The user's password is given, also where none is needed.
    let isPasswordGiven: Bool
    /// Asks for it.
    let password: () throws -> [UInt8]

    /// Nil where it can't be tried.
    func prepare() async throws -> Prepared? {
        let loaded = outcome.loaded
        let match = loaded.configuration.accounts.match(Array(user.utf8))
        if match == nil, loaded.directory != nil { return try await askDirectory().map { ($0, nil) } }
        let (user, settings) = (user, outcome.settings)
        let found = await examination.take("account") { () async throws(Complaint) in
            let target = try LoginTarget(user, loaded.configuration, settings)
            return (target, target.remark)
        }
        guard var target = found else { return nil }
        let typed = target.credential == nil || isPasswordGiven ? try password() : nil
        if let typed, let match {
            guard await check(typed, match.hash) else { return nil }
        } else if let typed {
            target.credential = .password(HeldSecret(typed))
        }
        guard case .token(let account) = target.credential else { return (target, nil) }
        return await takeToken(of: account).map { (target, $0) }
    }

    /// The device's own password.
    private func check(_ typed: [UInt8], _ hash: PasswordHash?) async -> Bool {
        let user = user
        return await examination.take("password") { () async throws(Complaint) in
            if hash?.matches(typed) == true { return Remark("it is that of \(user) here") }
            let fix = "make a hash of the right one: popsieve password"
            throw Complaint("the password that was given is not that of \(user) here", fix)
        }
    }

    private func askDirectory() async throws -> LoginTarget? {
        let (typed, loaded, user) = (HeldSecret(try password()), outcome.loaded, user)
        return await examination.take("directory") { () async throws(Complaint) in
            guard let directory = DirectoryStep(loaded, on: MultiThreadedEventLoopGroup.singleton) else {
                throw Complaint("there is no directory", "see auth-http")
            }
            return try await directory.target(user, typed)
        }
    }

    /// Whoever gives tokens, once there is one of this account's.
    private func takeToken(of account: String) async -> (any TokenSource)? {
        let (loaded, loop) = (outcome.loaded, MultiThreadedEventLoopGroup.singleton.next())
        let source = await examination.take("token") { () async throws(Complaint) in
            let inUse = TokensInUse(on: .singletonMultiThreadedEventLoopGroup, nil, settingsFile: nil)
            let source = await inUse.take(loaded.tokens)
            _ = try await TokenStep(source, on: loop).token(of: account)
            return (source, Remark("there is one for \(account)"))
        }
        return source ?? nil
    }
}

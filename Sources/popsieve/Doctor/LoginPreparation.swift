// What a login needs before a server is dialled: whose mailbox, by which password or token.
// Must not log in.

import NIOCore
import NIOPosix
import Passwords
import Relay

struct LoginPreparation {
    /// A login that can be tried, and where tokens come from.
    typealias Prepared = (target: LoginTarget, tokens: TokenStep?)

    let examination: Examination
    let outcome: SettingsLoader.Outcome
    let user: String
    /// The user's password is given, also where none is needed.
    let isPasswordGiven: Bool
    /// Asks for it.
    let password: () throws(Complaint) -> [UInt8]

    /// Nil where it can't be tried.
    func prepare() async -> Prepared? {
        let loaded = outcome.loaded
        let match = loaded.configuration.accounts.match(Array(user.utf8))
        if match == nil, loaded.directory != nil { return await askDirectory().map { ($0, nil) } }
        let (user, settings) = (user, outcome.settings)
        let found = await examination.take("account") { () async throws(Complaint) in
            let target = try LoginTarget(user, loaded.configuration, settings)
            return (target, target.remark)
        }
        guard var target = found else { return nil }
        var typed: [UInt8]?
        if target.credential == nil || isPasswordGiven {
            guard let given = ask() else { return nil }
            typed = given
        }
        if let typed, let match {
            guard await check(typed, match.hash) else { return nil }
        } else if let typed {
            target.credential = .password(HeldSecret(typed))
        }
        guard case .token(let account) = target.credential else { return (target, nil) }
        return await takeToken(of: account).map { (target, $0) }
    }

    /// Nil where there is none. How long people take to type is nobody's business.
    private func ask() -> [UInt8]? {
        do throws(Complaint) {
            return try password()
        } catch {
            let (sentence, remedy) = (error.sentence, error.remedy)
            let step = ExaminationStep(name: "password", result: .failed, sentence: sentence, remedy: remedy)
            examination.add(step)
            return nil
        }
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

    private func askDirectory() async -> LoginTarget? {
        guard let given = ask() else { return nil }
        let (typed, loaded, user) = (HeldSecret(given), outcome.loaded, user)
        return await examination.take("directory") { () async throws(Complaint) in
            guard let directory = DirectoryStep(loaded, on: MultiThreadedEventLoopGroup.singleton) else {
                throw Complaint("there is no directory", "see auth-http")
            }
            return try await directory.target(user, typed)
        }
    }

    /// Whoever gives tokens, once there is one of this account's.
    private func takeToken(of account: String) async -> TokenStep? {
        let (loaded, loop) = (outcome.loaded, MultiThreadedEventLoopGroup.singleton.next())
        return await examination.take("token") { () async throws(Complaint) in
            let inUse = TokensInUse(on: .singletonMultiThreadedEventLoopGroup, nil, settingsFile: nil)
            let step = TokenStep(await inUse.take(loaded.tokens), loaded.tokens, on: loop)
            _ = try await step.token(of: account)
            return (step, Remark("there is one for \(account)"))
        }
    }
}

// What the directory of the settings says of a user, asked as the relay asks it.
// Must not show a password.

import HTTPClient
import NIOCore
import POP3
import Relay

struct DirectoryStep {
    let configuration: RelayConfiguration
    let directory: RelayConfiguration.Directory
    let loop: any EventLoop

    /// Nil where the settings name no directory.
    init?(_ loaded: Loaded, on group: any EventLoopGroup) {
        // Nobody guesses here: a refusal is told at once.
        configuration = loaded.withDirectory(on: group, delaysRefusals: false).configuration
        guard let directory = configuration.directory else { return nil }
        self.directory = directory
        loop = group.next()
    }

    func target(_ user: String, _ password: HeldSecret) async throws(Complaint) -> (LoginTarget, Remark) {
        var secrets = Secrets()
        secrets.add(password.octets)
        secrets.add(Array(AuthHTTP.escape(password.octets).utf8))
        let entry = try await entry(user, password, secrets)
        if let other = entry.password { secrets.add(other.octets) }
        guard let upstream = configuration.upstream(at: entry.server, of: directory) else {
            let what = "the directory names \(secrets.excerpt("\(entry.server)")), which the settings don't let it"
            throw Complaint(what, "see \"servers\" and \"upstream\" of auth-http")
        }
        var target = LoginTarget(user, at: upstream, as: entry.user, .password(entry.password ?? password))
        target.shownName = secrets.excerpt(target.shownName)
        let name = entry.user.map { _ in " as \(target.shownName)" } ?? ""
        return (target, Remark("the directory lets \(user) in at \(secrets.excerpt("\(entry.server)"))\(name)"))
    }

    private func entry(
        _ user: String,
        _ password: HeldSecret,
        _ secrets: Secrets
    ) async throws(Complaint) -> DirectoryEntry {
        let question = DirectoryQuestion(user: Array(user.utf8), password: password, clientAddress: "127.0.0.1")
        do {
            switch try await directory.source.answer(to: question, on: loop).get() {
            case .accepted(let entry): return entry
            case .refused(let words):
                throw Complaint(
                    "the directory refuses \(user): \"\(secrets.excerpt(words))\"",
                    "see whether user and password are right"
                )
            }
        } catch let complaint as Complaint {
            throw complaint
        } catch {
            let reason = (error as? DirectoryFailure).map { secrets.excerpt($0.reason) } ?? "no answer"
            throw Complaint(
                "the directory gives no answer: \(reason)",
                "see \"url\" of auth-http, and that server's log"
            )
        }
    }
}

extension Secrets {
    /// What somebody has said, for people: without what was said in confidence.
    fileprivate func excerpt(_ words: String) -> String {
        excerpt(Array(words.utf8).span, upTo: DoctorLimits.excerpt)
    }
}

// What the directory of the settings says of a user, asked as the relay asks it.
// Must not show a password.

import HTTPClient
import NIOCore
import Relay

struct DirectoryStep {
    let configuration: RelayConfiguration
    let directory: RelayConfiguration.Directory
    let loop: any EventLoop

    /// Nil where the settings name no directory.
    init?(_ loaded: Loaded, on group: any EventLoopGroup) {
        configuration = loaded.withDirectory(on: group).configuration
        guard let directory = configuration.directory else { return nil }
        self.directory = directory
        loop = group.next()
    }

    func target(_ user: String, _ password: HeldSecret) async throws(Complaint) -> (LoginTarget, Remark) {
        let entry = try await entry(user, password)
        guard let upstream = configuration.upstream(at: entry.server, of: directory) else {
            let what = "the directory names \(entry.server), which the settings don't let it"
            throw Complaint(what, "see \"servers\" and \"upstream\" of auth-http")
        }
        let target = LoginTarget(user, at: upstream, as: entry.user, .password(entry.password ?? password))
        let name = entry.user.map { " as \(String(decoding: $0, as: UTF8.self))" } ?? ""
        return (target, Remark("the directory lets \(user) in at \(entry.server)\(name)"))
    }

    private func entry(_ user: String, _ password: HeldSecret) async throws(Complaint) -> DirectoryEntry {
        let question = DirectoryQuestion(user: Array(user.utf8), password: password, clientAddress: "127.0.0.1")
        do {
            switch try await directory.source.answer(to: question, on: loop).get() {
            case .accepted(let entry): return entry
            case .refused(let words):
                throw Complaint(
                    "the directory refuses \(user): \"\(words)\"",
                    "see whether user and password are right"
                )
            }
        } catch let complaint as Complaint {
            throw complaint
        } catch {
            let reason = (error as? DirectoryFailure)?.reason ?? "no answer"
            throw Complaint(
                "the directory gives no answer: \(reason)",
                "see \"url\" of auth-http, and that server's log"
            )
        }
    }
}

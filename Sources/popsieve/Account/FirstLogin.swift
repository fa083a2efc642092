// Whether a mailbox that was just set up opens, found out as the doctor does.
// Must not change settings, nor anything at the server.

import AuditReading
import NIOCore
import Relay
import Transport

/// The first login of an account, without its device.
struct FirstLogin {
    let user: String
    let settingsFile: String

    /// The step that failed; nil: the mailbox opens.
    func fault() async throws -> ExaminationStep? {
        let waiting = Waiting()
        let examination = Examination(begun: { waiting.begin($0) }, told: { _ in waiting.end() })
        defer { waiting.end() }
        try await examine(examination)
        return examination.steps.first { $0.result == .failed }
    }

    private func examine(_ examination: Examination) async throws {
        let loader = SettingsLoader(flags: SettingsFlags(config: settingsFile))
        guard let outcome = LocalExamination(examination: examination, loader: loader).load().outcome else { return }
        let preparation = LoginPreparation(
            examination: examination,
            outcome: outcome,
            user: user,
            isPasswordGiven: false,
            // An account has what opens its mailbox.
            password: { [] }
        )
        guard let login = await preparation.prepare(),
            let setting = outcome.settings.upstreams.first(where: { $0.name == login.target.upstream.name })
        else { return }
        let group = try Exit.sayingWhy { try LoopGroup(count: 1) }
        let way = UpstreamExamination(
            examination,
            login.target.upstream,
            setting,
            login.target,
            outcome,
            tokens: login.tokens,
            isOneOfSeveral: false,
            on: group
        )
        await way.run()
        try? await group.shutdownGracefully()
    }
}

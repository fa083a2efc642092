// `popsieve doctor`: walks the whole way from the settings to a mailbox, and says where it ends and why.
// Must not change anything, at a server least of all.

import ArgumentParser
import Audit
import AuditReading
import NIOCore
import Relay
import TLS
import Transport

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Walk the whole way, and say what is wrong.",
        usage: "popsieve doctor [options] [account]",
        discussion: """
              popsieve doctor                           settings, servers, scanners, disks
              popsieve doctor printer                   and the mailbox of an account
              popsieve doctor me@example.com            of anybody: asks for the password
              popsieve doctor --json | jq -r '.steps[] | select(.result == "failed")'

            Each step tells its time, its result, who has refused what, and which setting changes it; the first that \
            failed is the cause. It goes as the relay goes; with an account it logs in, and shows the rules the first \
            message's header (TOP). Nothing is changed or fetched at the server; an access token may be renewed. Rights \
            and limits are those of whoever asks: for a service, run it as its user.

            Exit codes: 0 all is well; 1 there are warnings; 64 the command line is wrong; 66 a file that it names can't \
            be read; 69 a step failed; 78 settings, certificates or rules are wrong.
            """
    )

    @Option(name: [.short, .long], help: "The settings file.", completion: .file(extensions: ["yaml"]))
    var config: String?

    @Option(help: ArgumentHelp("A provider's server, in place of those of the file.", valueName: "host[:port]"))
    var upstream: String?

    @Option(help: ArgumentHelp("A directory of *.sieve rule files.", valueName: "dir"), completion: .directory)
    var rules: String?

    @Argument(help: "A user, as a client names it.")
    var account: String?

    @Flag(help: "Read the user's password from standard input.")
    var passwordStdin = false

    @Flag(help: "Print one JSON object.")
    var json = false

    @Option(help: "Colours: auto, always or never; auto respects NO_COLOR.")
    var color = ColourChoice.auto

    func validate() throws {
        guard account == nil, passwordStdin else { return }
        throw ValidationError("a password needs a user; try: popsieve doctor --password-stdin me@example.com")
    }

    func run() async throws {
        StandardOutput.outlivesItsReader()
        Confinement.begin(allowsDumps: false)
        let start = ContinuousClock.now
        let text = DoctorText(terminal: Terminal(hasColours: color.isWanted))
        let waiting = Waiting()
        var closed: (any Error)?
        let examination = Examination(
            begun: { waiting.begin($0) },
            told: { step in
                waiting.end()
                if json { return }
                do { try StandardOutput.write(text.line(step)) } catch { closed = closed ?? error }
            }
        )
        let code = try await examine(examination, waiting)
        waiting.end()
        if let closed { throw closed }
        let report = DoctorReport(examination, account: account, start.duration(to: .now))
        try StandardOutput.write(json ? JSONText.line(report) + "\n" : text.end(examination.steps))
        throw code
    }

    private func examine(_ examination: Examination, _ waiting: Waiting) async throws -> ExitCode {
        let local = LocalExamination(
            examination: examination,
            loader: SettingsLoader(flags: SettingsFlags(config: config, upstream: upstream, rules: rules))
        )
        let (outcome, faults) = local.load()
        guard let outcome else {
            leaveOut("because no relay would start with these settings", examination)
            return examination.exitCode(faults == .unreadable ? Exit.noInput : Exit.config)
        }
        guard await local.lookAtDescriptors(outcome) else {
            leaveOut("because there are too few open files", examination)
            return examination.exitCode(nil)
        }
        let running = await RunningRelay.find(outcome, loader: local.loader, examination)
        await ListenerExamination(loaded: outcome.everything, running: running).take(examination)
        let certificates = try await examineUpstreams(examination, outcome, waiting)
        await local.lookAtScanners(outcome)
        await local.lookAtFolders(outcome)
        await local.lookAtClock(outcome, certificates)
        return examination.exitCode(nil)
    }

    private func leaveOut(_ reason: String, _ examination: Examination) {
        let steps = (account == nil ? [] : ["account"]) + ["listeners", "upstreams", "scanners", "folders", "clock"]
        examination.leaveOut(steps, because: reason)
    }

    // MARK: Upstreams

    /// - Returns: what the servers have shown
    private func examineUpstreams(
        _ examination: Examination,
        _ outcome: SettingsLoader.Outcome,
        _ waiting: Waiting
    ) async throws -> [PeerCertificate] {
        let group = try Exit.sayingWhy { try LoopGroup(count: 1) }
        defer { Task { try? await group.shutdownGracefully() } }
        var login: LoginPreparation.Prepared?
        if let account {
            let preparation = LoginPreparation(
                examination: examination,
                outcome: outcome,
                user: account,
                isPasswordGiven: passwordStdin,
                password: { () throws(Complaint) in try password(waiting) }
            )
            login = await preparation.prepare()
            if login == nil {
                examination.leaveOut(["connection", "login"], because: "because the login can't be tried")
                return []
            }
        }
        let upstreams = login.map { [$0.target.upstream] } ?? outcome.loaded.configuration.upstreams
        var certificates: [PeerCertificate] = []
        for upstream in upstreams {
            guard let setting = outcome.settings.upstreams.first(where: { $0.name == upstream.name }) else { continue }
            let way = UpstreamExamination(
                examination,
                upstream,
                setting,
                login?.target,
                outcome,
                tokens: login?.tokens,
                isOneOfSeveral: upstreams.count > 1,
                on: group
            )
            await way.run()
            certificates += way.certificate.map { [$0] } ?? []
        }
        return certificates
    }

    private func password(_ waiting: Waiting) throws(Complaint) -> [UInt8] {
        waiting.end()
        let password: [UInt8]?
        if passwordStdin {
            password = try? StandardInput.firstLine(upTo: PasswordCommand.longest)
        } else {
            guard let terminal = SilentTerminal() else {
                throw Complaint("there is no terminal to ask at", "give the password with --password-stdin")
            }
            defer { terminal.end() }
            password = terminal.ask("Password: ")
        }
        guard let password, !password.isEmpty, password.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw Complaint("there is no password", "type one")
        }
        return password
    }
}

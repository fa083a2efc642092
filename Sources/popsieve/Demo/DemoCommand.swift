// `popsieve demo`: a maildrop, the relay before it, and the audit log as it is written; nothing to set up.
// Must not listen on anything but loopback, nor leave anything behind but rules that a person has changed.

import ArgumentParser
import AuditReading
import Foundation
import Glibc
import Logging
import Relay

struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Try it without any set-up, on sample mail.",
        usage: "popsieve demo [options]",
        discussion: """
            Starts a small POP3 server with sample messages and the relay in front of it, both on 127.0.0.1, says how \
            to look at them with curl or a mail program, and shows what the relay does. Ctrl-C ends it; rules that you \
            have changed are kept, and it says where.

              popsieve demo
              popsieve demo --rules Rules   with your own rules, reloaded when one is saved
            """
    )

    @Option(help: "The relay's port; 0 lets the system choose.")
    var port = 1110

    @Option(help: ArgumentHelp("Your own rules instead of the demo's.", valueName: "dir"), completion: .directory)
    var rules: String?

    @Option(help: "Colours: auto, always or never; auto respects NO_COLOR.")
    var color = ColourChoice.auto

    func validate() throws {
        guard (0...65_535).contains(port) else {
            throw ValidationError("--port: \"\(port)\" is not a port; write 0 to 65535")
        }
    }

    func run() async throws {
        StandardOutput.outlivesItsReader()
        let folder = try makeFolder()
        defer { Self.remove(folder) }
        let maildrop = try await MaildropServer.start(Maildrop(SampleMessage.all))
        try folder.writeSettings(maildropPort: maildrop.port)
        do {
            try await serve(folder)
        } catch let error as Relay.ListenError {
            let fix = error.finder.map { "\($0), or choose another with --port, 0 for any" }
            let finding = Finding(.flag("--port"), .error, error.description, fix ?? "choose another with --port")
            throw Exit.saying(finding, Exit.unavailable)
        }
        try? await maildrop.stop()
    }

    private func makeFolder() throws -> DemoFolder {
        do {
            return try DemoFolder(rules: rules)
        } catch {
            let place = FileManager.default.temporaryDirectory.path
            var cause = UnreadableFile(error, at: place)
            (cause.attempt, cause.fix) = (.written, "name another folder with TMPDIR=")
            throw Exit.saying(Finding(cause, place), Exit.unavailable)
        }
    }

    private static func remove(_ folder: DemoFolder) {
        let introduction = DemoIntroduction(folder: folder, terminal: Terminal(descriptor: STDERR_FILENO))
        // Standard output may be a pipe whose reader has gone.
        introduction.farewell(keptRules: folder.remove()).map { StandardError.write("\n\($0)") }
    }

    /// Serves until Ctrl-C; meanwhile the audit log is shown and the rule files are watched.
    private func serve(_ folder: DemoFolder) async throws {
        let flags = SettingsFlags(
            config: folder.settings.path,
            listen: ["127.0.0.1:\(port)"],
            rules: folder.rules.path,
            audit: folder.auditLog.path
        )
        let loader = SettingsLoader(flags: flags)
        let outcome = try Exit.reporting { () throws(SettingsLoader.Failure) in try loader.load() }
        // What the log would say, the audit log does, and more readably.
        var log = Logger(label: "popsieve")
        log.logLevel = .critical
        let terminal = Terminal(hasColours: color.isWanted)
        let introduction = DemoIntroduction(folder: folder, terminal: terminal)
        let (introduced, introduce) = AsyncStream<Void>.makeStream()
        let server = Server(
            loaded: outcome.loaded,
            load: { [log] in try loader.reload(log) },
            log: log,
            started: { addresses in
                try? StandardOutput.write(Data(introduction.text(address: addresses.first ?? "").utf8))
                introduce.finish()
            }
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            group.addTask {
                for await _ in introduced {}
                guard !Task.isCancelled else { return }
                try await Self.show(folder, terminal)
            }
            group.addTask { try await Self.watch(folder) }
            // The first to end is the server, or whoever can't write any more.
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    /// Prints the audit log's lines as they come, and the last ones when the task is cancelled.
    private static func show(_ folder: DemoFolder, _ terminal: Terminal) async throws {
        var follower = LogFollower(path: folder.auditLog.path)
        // Nothing but rules changes here, so that news of settings would only raise questions.
        let filter = AuditFilter(leftOut: ["settings_reloaded"])
        var view = TailView(filter, console: AuditConsole(terminal: terminal))
        while true {
            let isLast = Task.isCancelled
            while case .bytes(let bytes) = try follower.step() {
                try StandardOutput.write(view.shown(of: bytes))
            }
            if isLast { return }
            try? await Task.sleep(for: .milliseconds(50))
        }
    }

    /// Has everything loaded again, as SIGHUP does, when a rule file changes.
    private static func watch(_ folder: DemoFolder) async throws {
        var before = folder.fingerprint()
        while true {
            try await Task.sleep(for: .milliseconds(500))
            let now = folder.fingerprint()
            if now != before { kill(getpid(), SIGHUP) }
            before = now
        }
    }
}

// `popsieve tail`: the audit log as people read it.
// Must not change the log.

import ArgumentParser
import Audit
import AuditReading
import Foundation
import Patterns
import SystemPackage
import UnixSignals

struct TailCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tail",
        abstract: "Show the audit log, readably, and follow it.",
        usage: "popsieve tail [options] [file]",
        discussion: """
            Each line says when, in which session, for whom, and what happened. Without filters the last lines are \
            shown as they are; with filters, the last ones that the filters accept. Control characters in mail are \
            never shown. Rotated files are not read. Exit codes: 65 the file is no audit log; 66 it can't be read.

            Examples:
              popsieve tail --follow audit.jsonl
              popsieve tail -f --user '*@example.com' --verdict tagged audit.jsonl
              popsieve tail --json --event login_failed -n 1000 audit.jsonl | jq -r .client
              popsieve serve --upstream pop.example.com --audit - | popsieve tail -
            """
    )

    /// Where an installed relay writes its log.
    static let defaultFile = "/var/log/popsieve/audit.jsonl"

    @Argument(help: "The audit log; - is standard input.", completion: .file())
    var file = Self.defaultFile

    @Flag(
        name: .shortAndLong,
        help: "Go on as the log grows, also across logrotate, and wait for it if it isn't there."
    )
    var follow = false

    @Option(
        name: [.customShort("n"), .long],
        help: ArgumentHelp("Begin with this many lines of what is there.", valueName: "n")
    )
    var lines = 10

    @Option(
        help: ArgumentHelp(
            "Only this user; * and ? are wildcards, upper and lower case are one. Each of these options can be given more than once.",
            valueName: "glob"
        )
    )
    var user: [String] = []

    @Option(
        help: ArgumentHelp(
            "Only messages with this verdict: \(AuditFilter.verdicts.joined(separator: ", ")).",
            valueName: "word"
        )
    )
    var verdict: [String] = []

    @Option(help: ArgumentHelp("Only this session; the first characters are enough.", valueName: "id"))
    var session: [String] = []

    @Option(help: ArgumentHelp("Only this event, such as message or login_failed.", valueName: "name"))
    var event: [String] = []

    @Flag(help: "Show the lines as they are in the log.")
    var json = false

    @Option(help: "Colours: auto, always or never; auto respects NO_COLOR.")
    var color = ColourChoice.auto

    func validate() throws {
        guard lines >= 0 else { throw ValidationError("--lines: \"\(lines)\" is negative; write for example 100") }
        for word in verdict { try Self.check(word, "--verdict", "verdict", AuditFilter.verdicts) }
        for word in event { try Self.check(word, "--event", "event", Sentence.events) }
    }

    /// A word that no line has would show nothing, and look as if nothing had happened.
    private static func check(_ word: String, _ flag: String, _ noun: String, _ known: [String]) throws {
        guard !known.contains(word) else { return }
        let near = known.nearest(to: word).map { "did you mean \($0)? " }
        throw ValidationError(
            "\(flag): there is no \(noun) \"\(word.printable)\"; \(near ?? "")known: \(known.joined(separator: ", "))"
        )
    }

    func run() async throws {
        StandardOutput.outlivesItsReader()
        let filter = AuditFilter(user: user.map { Glob($0) }, verdict: verdict, session: session, event: event)
        let terminal = Terminal(hasColours: color.isWanted)
        var view = TailView(filter, isJSON: json, console: AuditConsole(terminal: terminal))
        try await Interrupt.ending {
            if file == "-" {
                try showStandardInput(&view)
            } else {
                try await show(&view)
            }
        }
    }

    private func showStandardInput(_ view: inout TailView) throws {
        // What may be no log at all waits for a line that tells.
        var held: [UInt8] = []
        while case let bytes = try StandardInput.read(), !bytes.isEmpty {
            held += view.shown(of: bytes)
            if view.selection.isOfSomethingElse {
                if held.count > Self.heldLimit { try refuseOthers(view, "standard input") }
            } else {
                try StandardOutput.write(held)
                held = []
            }
        }
        held += view.rest()
        try refuseOthers(view, "standard input")
        try StandardOutput.write(held)
    }

    private func show(_ view: inout TailView) async throws {
        var follower = LogFollower(path: file)
        if let entries = try last(of: &follower, &view) {
            let shown = view.shown(entries) + (follow ? [] : view.rest())
            try refuseOthers(view, file)
            try StandardOutput.write(shown)
        } else if follow {
            StandardError.write("popsieve: \(file.printable) isn't there yet; waiting for it (Ctrl-C ends this)\n")
        } else {
            throw Exit.saying(Finding(.missingLog, file), Exit.noInput)
        }
        if follow { try await follow(&follower, &view) }
    }

    private func follow(_ follower: inout LogFollower, _ view: inout TailView) async throws {
        while true {
            switch try follower.step() {
            case .bytes(let bytes): try StandardOutput.write(view.shown(of: bytes))
            case .ended: try StandardOutput.write(view.rest())
            case .nothing, .missing: try await Task.sleep(for: .milliseconds(200))
            }
        }
    }

    /// Octets to show of standard input that are held until it has told that it is a log.
    private static let heldLimit = 65_536

    private func refuseOthers(_ view: TailView, _ file: String) throws {
        guard view.selection.isOfSomethingElse else { return }
        if let compression = Compression(fileAt: self.file) { throw compression.refusal(of: file, for: "tail") }
        let message = "this is no audit log: not one of its lines is an event"
        let finding = Finding(Place(file: file), .error, message, "name the file that the settings call audit")
        throw Exit.saying(finding, Exit.data)
    }

    /// The last lines; nil if there is no file.
    private func last(of follower: inout LogFollower, _ view: inout TailView) throws -> [AuditReader.Entry]? {
        do {
            // A folder, or a pipe, has no end to begin before.
            switch try? Stat(FilePath(file)).type {
            case nil, .regular?: return try view.selection.last(lines, of: &follower)
            case .directory?: throw UnreadableFile.directory
            default: throw UnreadableFile.pipe(file)
            }
        } catch {
            let cause = error as? UnreadableFile ?? UnreadableFile(error, at: file)
            throw Exit.saying(Finding(cause, file), Exit.noInput)
        }
    }
}

extension UnreadableFile {
    fileprivate static let missingLog = UnreadableFile(
        description: Self.missing.description,
        fix: "name the one that the settings call audit, or wait for it with --follow"
    )

    fileprivate static func pipe(_ file: String) -> UnreadableFile {
        UnreadableFile(description: Self.irregular.description, fix: "to read a pipe: popsieve tail - < \(file)")
    }
}

/// Ctrl-C.
enum Interrupt {
    /// Runs an endless task; SIGINT ends the process with 128 + 2, as shells count it.
    static func ending(_ body: () async throws -> Void) async throws {
        let signals = await UnixSignalsSequence(trapping: .sigint)
        let watch = Task {
            for await _ in signals { Foundation.exit(130) }
        }
        defer { watch.cancel() }
        try await body()
    }
}

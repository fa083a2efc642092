// `popsieve report`: what a day or a week of the audit log comes to.
// Must not change the log.

import ArgumentParser
import Audit
import AuditReading
import Foundation
import Relay

struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Sum up a day or a week of the audit log.",
        usage: "popsieve report [options] [file ...]",
        discussion: """
            A file's rotated ones (FILE.1, FILE.2, …, FILE-20261128) are read with it, as far back as --since reaches. \
            What comes again and again is counted exactly; of more than 5,000 names those that are rare may be among "all \
            others".

            Examples:
              popsieve report --since 1d
              popsieve report --since 2026-11-23 --html report.html audit.jsonl
              popsieve report --json --since 1w | jq .verdicts
              zcat -f audit.jsonl.2.gz audit.jsonl.1 audit.jsonl | popsieve report -

            Exit codes: 0 all is well; 64 the command line is wrong; 65 a file that it names is no audit log, or is \
            compressed; 66 a file that it names can't be read; 74 the page could not be written.
            """
    )

    @Argument(help: "The audit log's files; - is standard input.", completion: .file())
    var files = [TailCommand.defaultFile]

    @Option(help: ArgumentHelp("What happened since: 12h, 1d, 1w ago, or a day such as 2026-11-23.", valueName: "when"))
    var since: String?

    @Flag(help: "As JSON, for programs.")
    var json = false

    @Option(help: ArgumentHelp("As a page for browsers, in one file; - is standard output.", valueName: "page"))
    var html: String?

    @Option(help: "Colours: auto, always or never; auto respects NO_COLOR.")
    var color = ColourChoice.auto

    func validate() throws {
        if let since, Self.moment(since, now: WallClock.seconds, zone: .current) == nil {
            let fix = "write for example 12h, 1d, 1w or 2026-11-23"
            throw ValidationError("--since: \"\(since.printable)\" is no time; \(fix)")
        }
        if json, html != nil { throw ValidationError("--json and --html are two reports; ask for one") }
    }

    func run() async throws {
        StandardOutput.outlivesItsReader()
        let since = since.flatMap { Self.moment($0, now: WallClock.seconds, zone: .current) }
        let names = LogFiles.inOrder(files).flatMap { Self.withRotated($0, since, among: files) }
        let page = try html.map { try PageFile($0, beside: names) }
        LeftOutFiles(beside: files, since: since).tell()
        try await Interrupt.ending {
            let totals = try read(names, since)
            let report = Report(totals, since: since, files: files, zone: .current)
            if let page {
                try page.write(ReportPage(report).text)
            } else if json {
                try StandardOutput.write(JSONText.line(ReportJSON(report)) + "\n")
            } else {
                try StandardOutput.write(ReportText(report, Terminal(hasColours: color.isWanted)).text)
            }
        }
    }

    private func read(_ names: [String], _ since: Int64?) throws -> ReportTotals {
        var totals = ReportTotals()
        var progress = Progress(names)
        for name in names {
            var reader = AuditReader()
            let before = totals
            var entries = 0
            func take(_ entry: AuditReader.Entry) {
                entries += 1
                switch entry {
                case .record(let record):
                    if let since, let time = record.time, time.seconds < since { return totals.leaveOut() }
                    totals.add(record)
                case .unreadable: totals.addUnreadable()
                }
            }
            try LogInput.read(name, for: "report") { bytes in
                reader.read(bytes).forEach(take)
                progress.advance(by: bytes.count)
            }
            if let rest = reader.finish() { take(rest) }
            if totals.unreadable - before.unreadable == entries, entries > 0 { throw Self.foreign(name) }
        }
        progress.end()
        return totals
    }

    private static func foreign(_ name: String) -> ExitCode {
        let place = Place(file: name == "-" ? "standard input" : name)
        let message = "this is no audit log: not one of its lines is an event"
        return Exit.saying(Finding(place, .error, message, "name the file that the settings call audit"), Exit.data)
    }

    /// Those that are so old that nothing in them counts are left out.
    private static func withRotated(_ file: String, _ since: Int64?, among named: [String]) -> [String] {
        guard file != "-" else { return [file] }
        let rotated = (LogFiles.dated(of: file) + LogFiles.rotated(of: file)).filter { name in
            guard !named.contains(name) else { return false }
            return LogInput.isFrom(since, name)
        }
        return rotated + [file]
    }

    /// Seconds since 1970; nil for what is neither so long ago nor a day of the calendar.
    static func moment(_ text: String, now: Int64, zone: TimeZone) -> Int64? {
        if text.hasSuffix("w"), let weeks = Quantity.age(text.dropLast() + "d") { return now - 7 * weeks }
        if let age = Quantity.age(text) { return now - age }
        if let time = AuditTime(text) { return time.seconds }
        guard let day = AuditTime(text + "T00:00:00.000000Z") else { return nil }
        let offset = zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(day.seconds)))
        return day.seconds - Int64(offset)
    }
}

extension WallClock {
    fileprivate static var seconds: Int64 { now().seconds }
}

// `popsieve quarantine`: what rules have put away, for the person who runs the relay.
// Must not change a message: it is listed, shown, released or deleted as it is.

import ArgumentParser
import Audit
import AuditReading
import Foundation
import Quarantine
import Relay

struct QuarantineCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quarantine",
        abstract: "Look after what rules have put into the quarantine.",
        discussion: """
            Examples:
              popsieve quarantine list
              popsieve quarantine show 8f3a9c21d07b4e55 > message.eml
              popsieve quarantine release 8f3a9c21d07b4e55    # it is delivered after all
              popsieve quarantine expire --days 30

            Who has released, deleted or expired what is told by the audit log that the settings name.

            Exit codes: 0 all is well; 64 the command line is wrong; 66 there is no such message or quarantine; 69 the \
            quarantine or the audit log can't be used; 74 the disk is full: nothing was changed; 78 the settings are wrong.
            """,
        subcommands: [List.self, Show.self, Release.self, Delete.self, Expire.self]
    )

    /// Where the quarantine is.
    struct Place: ParsableArguments {
        @Option(name: [.short, .long], help: "The settings file.", completion: .file(extensions: ["yaml"]))
        var config: String?

        @Option(help: ArgumentHelp("The quarantine's folder; it wins over the settings.", valueName: "dir"))
        var folder: String?

        func open() throws -> MessageQuarantine { try openToChange().quarantine }

        /// With the log of who changes it.
        func openToChange() throws -> (quarantine: MessageQuarantine, log: QuarantineLog) {
            let flags = SettingsFlags(config: config)
            let list = FindingList()
            let settings = SettingsLoader(flags: flags).readSettings(list)
            if folder == nil, list.hasErrors {
                FindingPrinter().print(list.findings)
                throw Exit.faulty(list.findings)
            }
            guard let path = folder ?? settings.quarantineFolder() else {
                let place = settings.quarantine.places["path"]
                let fix = "name its folder with --folder"
                throw Exit.saying(Finding(place, .error, "there is no quarantine", fix), Exit.config)
            }
            guard FileManager.default.fileExists(atPath: path) else {
                let finding = Finding(
                    .program,
                    .error,
                    "there is no quarantine at \"\(path)\"",
                    "name it with --folder"
                )
                throw Exit.saying(finding, Exit.noInput)
            }
            let log = try QuarantineLog(settings)
            return (try Exit.readingQuarantine { () throws(QuarantineError) in try MessageQuarantine(root: path) }, log)
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List messages, the newest first.")

        @OptionGroup(title: "Quarantine") var place: Place
        @Option(help: "Only this quarantine folder.") var name: String?
        @Option(help: "Only this user's.") var user: String?
        @Option(help: "Only what has this in its From field.") var from: String?
        @Option(help: "Only what has this in its Subject.") var subject: String?
        @Option(name: [.customShort("n"), .long], help: "At most so many.") var lines = 100
        @Flag(help: "One JSON object a line.") var json = false

        func run() throws {
            let quarantine = try place.open()
            StandardOutput.outlivesItsReader()
            let messages = try Exit.readingQuarantine { () throws(QuarantineError) in
                var query = QuarantineQuery()
                query.isNewestFirst = true
                query.folder = try name.map { (name) throws(QuarantineError) in try QuarantineFolder(name) }
                query.user = user.map { Array($0.utf8) }
                query.sender = from
                query.subject = subject
                return try quarantine.list(query, most: max(0, lines))
            }
            for message in messages { try StandardOutput.write((json ? message.json : message.line) + "\n") }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Write an original to standard output, as the server sent it; on a terminal without control characters."
        )

        @OptionGroup(title: "Quarantine") var place: Place
        @Argument(help: "As list and the notice name it.") var identifier: String

        func run() throws {
            let quarantine = try place.open()
            StandardOutput.outlivesItsReader()
            let isTerminal = isatty(STDOUT_FILENO) == 1
            let octets = try Exit.readingQuarantine { () throws(QuarantineError) in
                var reader = try quarantine.reader(of: try named(identifier))
                var octets: [UInt8] = []
                while true {
                    let next = try reader.next()
                    if next.isEmpty { return octets }
                    octets += next
                }
            }
            guard isTerminal else { return try StandardOutput.write(octets) }
            let text = String(decoding: octets, as: UTF8.self).replacing("\r\n", with: "\n")
            for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
                try StandardOutput.write(String(line).printable + "\n")
            }
        }
    }

    struct Release: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let the next retrieval deliver the original, whatever the rules say.",
            discussion: """
                A mail program that has deleted the notice, or that fetches nothing twice, does not ask for it again: give \
                such a person the file that "popsieve quarantine show ID > message.eml" writes.
                """
        )

        @OptionGroup(title: "Quarantine") var place: Place
        @Argument(help: "As list and the notice name it.") var identifier: String
        @Flag(help: "Print it as a JSON object.") var json = false

        func run() throws {
            let (quarantine, log) = try place.openToChange()
            let now = WallClock.now().microsecondsSinceEpoch
            let message = try Exit.readingQuarantine {
                try quarantine.release(try named(identifier), by: log.person, at: now) { message in
                    try log.record(.released(.init(message, by: log.person)))
                }
            }
            try StandardOutput.write((json ? message.json : "released: \(message.line)") + "\n")
        }
    }

    struct Delete: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Delete a message from the quarantine, for good.")

        @OptionGroup(title: "Quarantine") var place: Place
        @Argument(help: "As list and the notice name it.") var identifiers: [String]
        @Flag(help: "One JSON object a line.") var json = false

        func run() throws {
            let (quarantine, log) = try place.openToChange()
            for identifier in identifiers {
                let message = try Exit.readingQuarantine {
                    try quarantine.delete(try named(identifier)) { message in
                        try log.record(.removed(.init(message, by: log.person)))
                    }
                }
                try StandardOutput.write((json ? message.json : "deleted: \(message.line)") + "\n")
            }
        }
    }

    struct Expire: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Delete what is older than so many days, or the oldest of what is too much."
        )

        @OptionGroup(title: "Quarantine") var place: Place
        @Option(help: "Older than so many days.") var days: Int?
        @Option(help: "Until all that is left has so many octets, such as 1 GiB or 1048576.") var size: String?
        @Option(help: "Only this quarantine folder.") var name: String?
        @Flag(help: "Print it as a JSON object.") var json = false

        func validate() throws {
            if days == nil, size == nil { throw ValidationError("say what is too much, with --days or --size") }
            if let days, days < 0 { throw ValidationError("--days is a number from 0 on") }
            if let size, Quantity.size(size) == nil {
                throw ValidationError("\"\(size.printable)\" is no size; write 1 MiB")
            }
        }

        func run() throws {
            let (quarantine, log) = try place.openToChange()
            let now = WallClock.now().microsecondsSinceEpoch
            let expired = try Exit.readingQuarantine {
                var expiry = QuarantineExpiry()
                expiry.seconds = days.map { Int64($0) * 86_400 }
                expiry.octets = size.flatMap(Quantity.size)
                expiry.folder = try name.map { try QuarantineFolder($0) }
                try quarantine.tidy(now: now)
                return try quarantine.expire(expiry, now: now) { expired in
                    try log.record(.expired(.init(expired, by: log.person)))
                }
            }
            let count = expired.identifiers.count
            let text = json ? "{\"deleted\":\(count),\"octets\":\(expired.octets)}" : "deleted \(count.of("message"))"
            try StandardOutput.write(text + "\n")
        }
    }
}

/// A message by the name that a person has typed.
private func named(_ text: String) throws(QuarantineError) -> QuarantineIdentifier {
    guard let identifier = QuarantineIdentifier(text) else { throw .noIdentifier(text) }
    return identifier
}

extension Exit {
    /// What is wrong with the quarantine ends the command: with ``noInput`` where a message is not there.
    static func readingQuarantine<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as QuarantineError {
            let words = "\(error)".split(separator: "; ", maxSplits: 1).map(String.init)
            let code =
                switch error {
                case .notFound, .noIdentifier, .damaged, .withoutUIDL: noInput
                default: unavailable
                }
            throw saying(Finding(.program, .error, words[0], words.count > 1 ? words[1] : "look at the folder"), code)
        }
    }
}

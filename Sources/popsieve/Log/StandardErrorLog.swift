// The operator's log: whole lines on standard error, as text or as JSON, in colour only on a terminal.
// Must not be given secrets or messages; the audit log is another thing.

import Audit
import Foundation
import Glibc
import Logging
import Relay
import Synchronization

/// How the operator's log is written; a reload changes it for everybody who has the log.
final class LogSettings: Sendable {
    private let current: Mutex<Settings.Log>

    init(_ settings: Settings.Log) {
        current = Mutex(settings)
    }

    var settings: Settings.Log {
        get { current.withLock { $0 } }
        set { current.withLock { $0 = newValue } }
    }
}

/// A handler for swift-log.
struct StandardErrorLog: LogHandler {
    var metadata: Logger.Metadata = [:]
    private var ownLevel: Logger.Level?
    private let settings: LogSettings
    private let terminal = Terminal(descriptor: STDERR_FILENO)

    /// The log of a service: nobody waits for standard error from now on.
    static func logger(_ settings: LogSettings) -> Logger {
        let handler = StandardErrorLog(settings)
        StandardError.becomesService { lost in
            handler.line(.error, "lines are missing here: nobody read standard error", ["lines": "\(lost)"])
        }
        return Logger(label: "popsieve") { _ in handler }
    }

    init(_ settings: LogSettings) {
        self.settings = settings
    }

    /// As the settings have it, unless somebody has set it for a logger of their own.
    var logLevel: Logger.Level {
        get { ownLevel ?? Logger.Level(rawValue: settings.settings.level.rawValue) ?? .info }
        set { ownLevel = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let metadata = self.metadata.merging(event.metadata ?? [:]) { _, new in new }
        StandardError.write(line(event.level, event.message.description, metadata.mapValues(\.description)))
    }

    private func line(_ level: Logger.Level, _ message: String, _ metadata: [String: String]) -> String {
        let line = LogLine(time: WallClock.now().text, level: level, message: message, metadata: metadata)
        return (settings.settings.format == .json ? line.json : line.text(terminal)) + "\n"
    }
}

/// One line of the log.
struct LogLine {
    /// RFC 3339, UTC.
    var time: String
    var level: Logger.Level
    var message: String
    var metadata: [String: String]

    /// `TIME LEVEL MESSAGE KEY=VALUE …`; what is no plain word is in quotes.
    func text(_ terminal: Terminal) -> String {
        let colour: Terminal.Style = level >= .error ? .red : level == .warning ? .yellow : .green
        let values = metadata.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value.asLogValue)" }.joined()
        let head = "\(terminal.paint(time, .dim)) \(terminal.paint(level.rawValue, colour))"
        return "\(head) \(message.printable)\(values)"
    }

    /// One object; the line's own keys come before metadata of the same name.
    var json: String {
        let own = ["time": time, "level": level.rawValue, "message": message]
        return JSONText.line(metadata.merging(own) { _, own in own })
    }
}

extension String {
    fileprivate var asLogValue: String {
        let isWord = !isEmpty && unicodeScalars.allSatisfy { $0.value > 0x20 && !#"="\"#.unicodeScalars.contains($0) }
        if isWord { return printable }
        return "\"\(replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").printable)\""
    }
}

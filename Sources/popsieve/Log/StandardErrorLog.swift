// The operator's log: whole lines on standard error, as text or as JSON, in colour only on a terminal.
// Must not be given secrets or messages; the audit log is another thing.

import Audit
import Foundation
import Glibc
import Logging
import Relay

/// A handler for swift-log.
struct StandardErrorLog: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level
    private let format: Settings.Log.Format
    private let terminal = Terminal(descriptor: STDERR_FILENO)

    static func logger(_ settings: Settings.Log) -> Logger {
        Logger(label: "popsieve") { _ in StandardErrorLog(settings) }
    }

    init(_ settings: Settings.Log) {
        format = settings.format
        logLevel = Logger.Level(rawValue: settings.level.rawValue) ?? .info
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let metadata = self.metadata.merging(event.metadata ?? [:]) { _, new in new }
        let line = LogLine(
            time: WallClock.now().text,
            level: event.level,
            message: event.message.description,
            metadata: metadata.mapValues(\.description)
        )
        StandardError.write((format == .json ? line.json : line.text(terminal)) + "\n")
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

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
        let pairs = metadata.sorted { $0.key < $1.key }.map { ($0.key, "\($0.value)") }
        let line = format == .json ? json(event, pairs) : text(event, pairs)
        FindingPrinter.write(line + "\n")
    }

    private var time: String { Date().formatted(.iso8601) }

    private func text(_ event: LogEvent, _ pairs: [(String, String)]) -> String {
        let level = event.level.rawValue
        let colour: Terminal.Style = event.level >= .error ? .red : event.level == .warning ? .yellow : .green
        let values = pairs.map { " \($0.0)=\($0.1.contains(" ") ? "\"\($0.1.printable)\"" : $0.1.printable)" }.joined()
        return
            "\(terminal.paint(time, .dim)) \(terminal.paint(level, colour)) \(event.message.description.printable)\(values)"
    }

    private func json(_ event: LogEvent, _ pairs: [(String, String)]) -> String {
        var object = ["time": time, "level": event.level.rawValue, "message": event.message.description]
        for (key, value) in pairs { object[key] = value }
        guard
            let data = try? JSONSerialization.data(
                withJSONObject: object,
                options: [.sortedKeys, .withoutEscapingSlashes]
            )
        else { return "{}" }
        return String(decoding: data, as: UTF8.self)
    }
}

// What `tail` shows of the lines that were selected: as text, or as they are.

import Audit
import AuditReading

/// Bytes of a log in, bytes for standard output out.
struct TailView {
    var selection: LogSelection
    /// Lines stay JSON.
    let isJSON: Bool
    private var console: AuditConsole

    init(_ filter: AuditFilter = AuditFilter(), isJSON: Bool = false, console: AuditConsole) {
        selection = LogSelection(filter)
        self.isJSON = isJSON
        self.console = console
    }

    /// What is shown of a log's next bytes.
    mutating func shown(of bytes: [UInt8]) -> [UInt8] { shown(selection.entries(in: bytes)) }

    /// What is shown of a file's last line that has no end.
    mutating func rest() -> [UInt8] { shown(selection.finish()) }

    mutating func shown(_ entries: [AuditReader.Entry]) -> [UInt8] {
        var bytes: [UInt8] = []
        for entry in entries {
            if isJSON {
                guard case .record(let record) = entry else { continue }
                bytes += record.line.shownAsJSON + [UInt8(ascii: "\n")]
            } else {
                bytes += console.lines(for: entry).utf8
            }
        }
        return bytes
    }
}

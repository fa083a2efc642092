// What `tail` shows of the lines it reads: those that the filter accepts, as text or as they are.
// Must not open or write anything.

import Audit
import Foundation

/// Bytes of a log in, bytes for standard output out.
struct TailView {
    var filter: TailFilter
    /// Lines stay JSON.
    var isJSON: Bool
    var console: AuditConsole
    private var reader = AuditReader()

    init(filter: TailFilter, isJSON: Bool, console: AuditConsole) {
        self.filter = filter
        self.isJSON = isJSON
        self.console = console
    }

    /// The entries that the bytes complete and that a person wants to see.
    mutating func entries(in bytes: [UInt8]) -> [AuditReader.Entry] {
        reader.read(bytes).filter(isWanted)
    }

    /// What a file ends in that is no whole line.
    mutating func finish() -> [AuditReader.Entry] {
        [reader.finish()].compactMap(\.self).filter(isWanted)
    }

    /// What is shown of the entries.
    mutating func shown(_ entries: some Sequence<AuditReader.Entry>) -> [UInt8] {
        var bytes: [UInt8] = []
        for entry in entries {
            if isJSON {
                guard case .record(let record) = entry else { continue }
                bytes += record.line + [UInt8(ascii: "\n")]
            } else {
                bytes += console.lines(for: entry).utf8
            }
        }
        return bytes
    }

    /// A line that can't be read is worth seeing unless particular lines are asked for.
    private func isWanted(_ entry: AuditReader.Entry) -> Bool {
        switch entry {
        case .record(let record): filter.accepts(record)
        case .unreadable: filter == TailFilter()
        }
    }
}

extension TailView {
    /// Octets of the first look at a file's end; each further look is at four times as many.
    private static let firstLook = 256 * 1024

    /// The last entries that the filter accepts. Leaves the follower where it goes on, and half a line in the reader.
    mutating func last(_ count: Int, of follower: inout LogFollower) throws -> [AuditReader.Entry]? {
        var distance = Self.firstLook
        while true {
            reader = AuditReader()
            guard let start = try follower.begin(beforeEnd: distance) else { return nil }
            var entries: [AuditReader.Entry] = []
            var isFirst = start > 0
            while case .bytes(var bytes) = try follower.step() {
                if isFirst {
                    // The look begins in the middle of a line.
                    guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")) else { continue }
                    bytes.removeSubrange(...end)
                    isFirst = false
                }
                entries = (entries + self.entries(in: bytes)).suffix(count)
            }
            if start == 0 || entries.count >= count { return entries }
            distance *= 4
        }
    }
}

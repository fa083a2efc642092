// The lines of a log that a filter accepts, from the log's bytes in whatever pieces they come.
// Must not open or write anything.

package import Audit

/// Reads a log, or its end.
package struct LogSelection: Sendable {
    package let filter: AuditFilter
    private var reader = AuditReader()
    private var hasRecords = false
    private var hasOthers = false

    /// Lines were read, and not one of them is an event.
    package var isOfSomethingElse: Bool { hasOthers && !hasRecords }

    package init(_ filter: AuditFilter = AuditFilter()) {
        self.filter = filter
    }

    /// The entries that the bytes complete and that the filter accepts.
    package mutating func entries(in bytes: [UInt8]) -> [AuditReader.Entry] {
        wanted(reader.read(bytes))
    }

    /// What a file ends in that is no whole line.
    package mutating func finish() -> [AuditReader.Entry] {
        wanted([reader.finish()].compactMap(\.self))
    }

    private mutating func wanted(_ entries: [AuditReader.Entry]) -> [AuditReader.Entry] {
        for entry in entries {
            if case .record = entry { hasRecords = true } else { hasOthers = true }
        }
        return entries.filter(isWanted)
    }

    /// A line that can't be read is worth seeing unless particular lines are asked for.
    private func isWanted(_ entry: AuditReader.Entry) -> Bool {
        switch entry {
        case .record(let record): filter.accepts(record)
        case .unreadable: !filter.isParticular
        }
    }
}

extension LogSelection {
    /// Octets of the first look at a file's end; each further look is at four times as many.
    private static let firstLook = 256 * 1024

    /// The last entries that the filter accepts; nil if there is no file.
    ///
    /// Leaves the follower where it goes on, and half a line in the reader. Throws if the file can't be read.
    package mutating func last(_ count: Int, of follower: inout LogFollower) throws -> [AuditReader.Entry]? {
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

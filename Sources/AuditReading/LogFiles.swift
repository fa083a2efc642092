// The files of a log in the order in which they were written, and their lines.
// Must not know what is in a line.

import Audit
import Foundation

/// Names of a log's files: `audit.jsonl` is written, `audit.jsonl.1` is the youngest of those that are full.
package enum LogFiles {
    /// Numbers that are looked at; more are not kept.
    private static let most = 1_000

    /// Those that logrotate has named by a day, such as `audit.jsonl-20261128`, the oldest first.
    package static func dated(of path: String) -> [String] {
        let slash = path.lastIndex(of: "/")
        let folder = slash.map { String(path[...$0]) } ?? ""
        let own = slash.map { path[path.index(after: $0)...] } ?? path[...]
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.isEmpty ? "." : folder)) ?? []
        return names.filter { name in
            guard name.hasPrefix("\(own)-") else { return false }
            // With the hour, or the second since 1970, where there are several a day.
            let day = name.utf8.dropFirst(own.utf8.count + 1)
            return (8...19).contains(day.count) && day.allSatisfy { (0x30...0x39).contains($0) || $0 == 0x2D }
        }.sorted().map { folder + $0 }
    }

    /// The rotated ones of a file, the oldest first.
    package static func rotated(of path: String) -> [String] {
        var names: [String] = []
        var missing = 0
        for number in 1...most {
            let name = FileRotation.name(path, number)
            if FileIdentity(path: name) != nil { names.append(name) } else { missing += 1 }
            // One may be missing where a rotation was cut short.
            if missing > 2 { break }
        }
        return names.reversed()
    }

    /// Rotated files before those that they come from, the oldest first, however a shell has sorted them.
    package static func inOrder(_ paths: [String]) -> [String] {
        let bases = paths.map { base($0).path }
        return paths.enumerated().sorted { one, other in
            let (mine, theirs) = (base(one.element), base(other.element))
            if mine.path == theirs.path { return mine.number > theirs.number }
            let places = [mine, theirs].map { bases.firstIndex(of: $0.path) ?? 0 }
            return places[0] < places[1]
        }.map(\.element)
    }

    /// `audit.jsonl.2` is number 2 of `audit.jsonl`, which is its own number 0.
    private static func base(_ path: String) -> (path: String, number: Int) {
        guard let dot = path.lastIndex(of: "."), let number = Int(path[path.index(after: dot)...]), number > 0 else {
            return (path, 0)
        }
        return (String(path[..<dot]), number)
    }
}

/// Lines of bytes that come in pieces.
package struct LogLines {
    private var rest: [UInt8] = []

    package init() {}

    /// The lines that the bytes complete, without their ends. One that is longer than any of ours comes in pieces.
    package mutating func read(_ bytes: [UInt8]) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var start = 0
        while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
            lines.append(rest + bytes[start..<end])
            rest.removeAll()
            start = end + 1
        }
        rest += bytes[start...]
        if rest.count > AuditReader.lineLimit { lines.append(finish() ?? []) }
        return lines
    }

    /// What has no end; nil where there is nothing.
    package mutating func finish() -> [UInt8]? {
        defer { rest.removeAll() }
        return rest.isEmpty ? nil : rest
    }
}

// How a log file ends: its last whole line, and what comes behind it.
// Must not read more than the longest line. Says `unsafe`, because pread(2) takes a pointer.

import SystemPackage

/// The end of a file.
struct FileTail {
    private static let firstLook = 16 * 1024

    /// Octets of the file.
    var size = 0
    /// The last line that has an end, without it; nil where there is none.
    var line: [UInt8]?
    /// What stands behind that: half a line, if anything.
    var half: [UInt8] = []

    /// Of a path, or of `/proc/self/fd/N`; nil where there is no file that can be read.
    init?(path: String) {
        guard
            let file = try? FileDescriptor.open(
                FilePath(path),
                .readOnly,
                options: [.closeOnExec, .nonBlocking]
            )
        else { return nil }
        defer { try? file.close() }
        guard let status = try? Stat(file), status.type == .regular else { return nil }
        size = Int(status.size)
        var length = Self.firstLook
        while true {
            let octets = Self.read(file, from: max(0, size - length), size)
            if take(octets, isAll: length >= size) || length >= AuditReader.lineLimit { return }
            length *= 4
        }
    }

    /// False if the last line may begin before the octets.
    private mutating func take(_ octets: [UInt8], isAll: Bool) -> Bool {
        let lineFeed = UInt8(ascii: "\n")
        guard let end = octets.lastIndex(of: lineFeed) else {
            half = octets
            return isAll
        }
        half = Array(octets[(end + 1)...])
        let start = octets[..<end].lastIndex(of: lineFeed)
        guard start != nil || isAll else { return false }
        line = Array(octets[((start ?? -1) + 1)..<end])
        return true
    }

    private static func read(_ file: FileDescriptor, from start: Int, _ end: Int) -> [UInt8] {
        var octets = [UInt8](repeating: 0, count: end - start)
        var count = 0
        while count < octets.count {
            // Invariant: what is read lies within the octets.
            let taken = unsafe octets.withUnsafeMutableBytes { area in
                (try? unsafe file.read(
                    fromAbsoluteOffset: Int64(start + count),
                    into: UnsafeMutableRawBufferPointer(rebasing: area[count...])
                )) ?? 0
            }
            guard taken > 0 else { break }
            count += taken
        }
        return Array(octets[..<count])
    }
}

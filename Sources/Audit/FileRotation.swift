// A log file that is full: it gets a number, and a new one stands in its place.
// Must not lose a line, whatever fails or whoever dies in the middle. Says `unsafe`, because rename(2) takes pointers.

import Glibc
import SystemPackage

/// When a file is full, and how many full ones are kept: `audit.jsonl.1` is the youngest.
package struct FileRotation: Sendable, Equatable {
    /// Octets of one file.
    package var octets: Int
    /// Files besides the one that is written.
    package var keep: Int

    package init(octets: Int, keep: Int) {
        self.octets = octets
        self.keep = keep
    }

    /// The name of a full file.
    package static func name(_ path: String, _ number: Int) -> String { "\(path).\(number)" }

    /// Puts a new, empty file in the place of the one at `path`, which becomes number 1.
    ///
    /// What can fail for want of room is done first. After a failure, or a death in between, a number may be missing in
    /// the row; the next rotation fills it before any file has to go.
    func rotate(_ path: String) throws(Errno) -> Descriptor {
        let new = path + ".new"
        let file = try Descriptor(appendingTo: new)
        // Left behind by a process that died it is empty; anything else is somebody's.
        guard file.isRegular, FileIdentity(path: new)?.size == 0 else { throw .fileExists }
        if let mode = try? Stat(FilePath(path)).permissions { file.allow(mode) }
        try shift(path)
        try Self.rename(path, Self.name(path, 1))
        do throws(Errno) {
            try Self.rename(new, path)
        } catch {
            try? Self.rename(Self.name(path, 1), path)
            throw error
        }
        removeSurplus(path)
        return file
    }

    /// Frees number 1: those up to the first gap get the next number, and without a gap the oldest goes.
    private func shift(_ path: String) throws(Errno) {
        let gap = (1..<keep).first { !Self.exists(Self.name(path, $0)) } ?? keep
        for number in stride(from: gap - 1, through: 1, by: -1) {
            try Self.rename(Self.name(path, number), Self.name(path, number + 1))
        }
    }

    /// Those that an earlier, larger bound has kept.
    private func removeSurplus(_ path: String) {
        var number = keep + 1
        while unsafe unlink(Self.name(path, number)) == 0 { number += 1 }
    }

    private static func exists(_ path: String) -> Bool {
        (try? Stat(FilePath(path), followTargetSymlink: false)) != nil
    }

    private static func rename(_ old: String, _ new: String) throws(Errno) {
        guard unsafe Glibc.rename(old, new) == 0 else { throw Errno(rawValue: errno) }
    }
}

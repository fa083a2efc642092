// A small file system for one folder of a relay, mounted where the relay alone sees it: it goes with the relay.
// Must not fill a disk that others use.

import ChildProcess
import Foundation

/// A disk in memory that is soon full.
struct SmallDisk: Sendable {
    /// The folder in whose place it is.
    let path: String
    let octets: Int

    /// Whether this user may mount one; root must be.
    static let isPossible: Bool = {
        if getuid() == 0 { return true }
        let disk = SmallDisk(path: FileManager.default.temporaryDirectory.path, octets: 65_536)
        guard let command = try? disk.prefix + ["/bin/true"] else { return false }
        return (try? ChildProcess(path: command[0], Array(command.dropFirst())).waitForEnd()) == 0
    }()

    /// What makes a command one that has the disk.
    var prefix: [String] {
        get throws {
            let isRoot = getuid() == 0
            let script = #"mkdir -p "$0" && mount -t tmpfs -o "$1" none "$0" && shift && exec "$@""#
            return [try Program.unshare.path()] + (isRoot ? [] : ["--user", "--map-root-user"])
                + ["--mount", try Program.shell.path(), "-c", script, path, "size=\(octets),mode=700"]
        }
    }

    /// Leaves so much room.
    func fill(of relay: Popsieve, leaving room: Int) throws {
        let ballast = relay.seen(path + "/ballast")
        guard FileManager.default.createFile(atPath: ballast, contents: nil),
            let file = FileHandle(forWritingAtPath: ballast)
        else { throw CocoaError(.fileWriteUnknown) }
        defer { try? file.close() }
        let page = Data(count: 4_096)
        // As much as there is: the write that finds no room ends it.
        while (try? file.write(contentsOf: page)) != nil {}
        try file.truncate(atOffset: file.offset() - UInt64(room))
    }

    func empty(of relay: Popsieve) throws {
        try FileManager.default.removeItem(atPath: relay.seen(path + "/ballast"))
    }
}

// A small disk of its own, for tests that fill one.
// Must not outlive its test.

import ChildProcess
import Foundation
import Glibc

/// A file system in memory.
struct Disk {
    /// Whether this user may mount; tried once.
    static let isPossible: Bool = {
        guard geteuid() == 0, let folder = try? TemporaryFolder() else { return false }
        guard (try? run("mount", ["-t", "tmpfs", "-o", "size=64k", "none", folder.path])) == 0 else { return false }
        return (try? run("umount", ["-l", folder.path])) == 0
    }()

    private let path: String

    struct Failure: Error {}

    /// Must be removed; the folder is there already.
    init(at path: String, octets: Int) async throws {
        self.path = path
        guard try Self.run("mount", ["-t", "tmpfs", "-o", "size=\(octets),mode=700", "none", path]) == 0 else {
            throw Failure()
        }
    }

    /// Takes it out of sight; what has it open goes on with it.
    func remove() async throws {
        guard try Self.run("umount", ["-l", path]) == 0 else { throw Failure() }
    }

    private static func run(_ name: String, _ arguments: [String]) throws -> Int32 {
        guard let path = program(name) else { throw Failure() }
        return try ChildProcess(path: path, arguments).waitForEnd()
    }
}

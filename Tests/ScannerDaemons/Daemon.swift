// Real scanners, each started once for all tests that ask it.
// Must not touch the system's own.

import ChildProcess
import Foundation
import Synchronization

/// A program that the tests need, and the Debian package that brings it.
package struct Program: Sendable {
    package let name: String
    package let package: String

    package static let clamd = Program(name: "clamd", package: "clamav-daemon")
    package static let spamd = Program(name: "spamd", package: "spamd")
    package static let rspamd = Program(name: "rspamd", package: "rspamd")
    package static let shell = Program(name: "sh", package: "dash")

    package struct Missing: Error, CustomStringConvertible {
        package let description: String
    }

    package func path() throws -> String {
        let search = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        for folder in search.split(separator: ":").map(String.init) + ["/usr/sbin", "/sbin"] {
            let path = "\(folder)/\(name)"
            if FileManager.default.isExecutableFile(atPath: path) { return path }
        }
        throw Missing(description: "\(name) is not installed; the tests need it: apt-get install \(package)")
    }
}

/// A running one, in a folder of its own.
package struct Daemon: Sendable {
    package let folder: String
    private let shell: ChildProcess
    private let lifeline: Pipe

    /// Starts a program; a shell stands between, which ends it and removes the folder when this process is gone.
    package init(_ program: Program, _ arguments: [String], in folder: String) throws {
        let script = """
            "$@" & daemon=$!
            read -r line
            kill $daemon 2> /dev/null; wait $daemon
            rm -rf "$0"
            """
        self.folder = folder
        lifeline = Pipe()
        let log = "\(folder)/output"
        _ = FileManager.default.createFile(atPath: log, contents: nil)
        let output = try FileHandle(forWritingTo: URL(fileURLWithPath: log))
        shell = try ChildProcess(
            path: Program.shell.path(),
            ["-c", script, folder, program.path()] + arguments,
            folder: folder,
            input: lifeline.fileHandleForReading,
            output: output,
            errors: output
        )
    }

    /// Ends it and waits for that.
    package func stop() async throws {
        try lifeline.fileHandleForWriting.close()
        _ = await shell.end()
    }

    /// A new folder with a path short enough for sockets.
    package static func folder() throws -> String {
        let path = FileManager.default.temporaryDirectory.path + "/scan-" + UUID().uuidString.prefix(8).lowercased()
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    package static func write(_ text: String, to path: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    }
}

/// A free port that the system picks from those above what `Daemon`s get; whoever asked binds it soon.
package enum Port {
    private static let given = Mutex<Set<Int>>([])

    package static func free() -> Int {
        let tables = ["/proc/net/tcp", "/proc/net/tcp6"].map {
            (try? String(contentsOfFile: $0, encoding: .utf8)) ?? ""
        }
        let used = Set(
            tables.joined().split(separator: "\n").compactMap { line -> Int? in
                line.split(separator: " ").dropFirst().first?.split(separator: ":").last.flatMap { Int($0, radix: 16) }
            }
        )
        while true {
            let port = Int.random(in: 10_000..<32_000)
            if !used.contains(port), given.withLock({ $0.insert(port).inserted }) { return port }
        }
    }
}

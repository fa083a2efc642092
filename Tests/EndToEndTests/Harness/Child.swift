// Child processes: clients that run to their end, and servers that run as long as a test.
// Must not know what the programs are for.

import ChildProcess
import Foundation

/// A program that was run to its end.
struct Ended: Sendable, CustomStringConvertible {
    let status: Int32
    let output: Data
    let errors: String

    var description: String {
        "status \(status)\n\(String(decoding: output.prefix(2_000), as: UTF8.self))\n\(errors.suffix(2_000))"
    }
}

/// A running process.
struct Child: Sendable {
    private let process: ChildProcess

    /// Runs a program to its end, at most two minutes.
    static func run(
        _ program: Program,
        _ arguments: [String],
        in folder: Folder,
        environment: [String: String] = [:]
    ) async throws -> Ended {
        try await run(path: program.path(), arguments, in: folder, environment: environment)
    }

    static func run(
        path: String,
        _ arguments: [String],
        in folder: Folder,
        environment: [String: String] = [:]
    ) async throws -> Ended {
        let name = "\((path as NSString).lastPathComponent)-\(UUID().uuidString.prefix(8))"
        let child = try Child(
            path: Program.timeout.path(),
            ["--kill-after=5", "120", path] + arguments,
            in: folder,
            name: name,
            environment: environment
        )
        let status = await child.process.end()
        let ended = try Ended(
            status: status,
            output: folder.read(name + ".out"),
            errors: String(decoding: folder.read(name + ".err"), as: UTF8.self)
        )
        if path == Built.popsieve { Secrets.check(ended) }
        return ended
    }

    /// Starts a program; what it writes goes to `NAME.out` and `NAME.err` in `folder`.
    private init(
        path: String,
        _ arguments: [String],
        in folder: Folder,
        name: String,
        environment: [String: String] = [:],
        input: Pipe? = nil
    ) throws {
        func file(_ suffix: String) throws -> FileHandle {
            try FileHandle(forWritingTo: URL(fileURLWithPath: try folder.write(name + suffix, Data())))
        }
        process = try ChildProcess(
            path: path,
            arguments,
            environment: ProcessInfo.processInfo.environment.merging(environment) { $1 },
            folder: folder.path,
            input: input?.fileHandleForReading ?? .nullDevice,
            output: file(".out"),
            errors: file(".err")
        )
    }

    /// Runs a server while `body` runs. A shell stands between, which ends the server when the tests are gone.
    ///
    /// - Returns: what `body` returns, and the server's exit status (128 and more: the signal that ended it).
    static func serving<Result>(
        path: String,
        _ arguments: [String],
        in folder: Folder,
        name: String,
        _ body: (pid_t) async throws -> Result
    ) async throws -> (Result, status: Int32) {
        let script = """
            "$@" & server=$!
            echo $server > "$0.new" && mv "$0.new" "$0"
            read -r line
            kill $server 2> /dev/null
            wait $server
            """
        let pipe = Pipe()
        let pidFile = folder[name + ".pid"]
        let shell = try Child(
            path: Program.shell.path(),
            ["-c", script, pidFile, path] + arguments,
            in: folder,
            name: name,
            input: pipe
        )
        do {
            let pid = try await eventually("\(name) starts") {
                (try? String(contentsOfFile: pidFile, encoding: .utf8)).flatMap { pid_t($0.dropLast()) }
            }
            let result = try await body(pid)
            try pipe.fileHandleForWriting.close()
            return (result, await shell.endedOrKilled(pid))
        } catch {
            try? pipe.fileHandleForWriting.close()
            _ = await shell.endedOrKilled()
            throw error
        }
    }

    /// Waits for the end, and puts one to a server that does not want to.
    private func endedOrKilled(_ pid: pid_t? = nil) async -> Int32 {
        let patience = Task {
            try await Task.sleep(for: .seconds(20))
            kill(pid ?? process.identifier, SIGKILL)
        }
        defer { patience.cancel() }
        return await process.end()
    }
}

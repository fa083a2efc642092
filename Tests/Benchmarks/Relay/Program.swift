// A program that the benchmark has started: as many open files as it may have, what it says in files.
// Must not outlive the benchmark: whoever starts it stops it.

import ChildProcess
import Foundation

struct Program {
    private let process: ChildProcess
    private let output: String
    private let errors: String

    /// Our own program, which has the upstream and the load as hidden commands.
    static let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""

    /// - Parameters:
    ///   - name: of its files in `folder`
    ///   - input: whose end tells it to end, where it is one of our own
    init(_ command: [String], named name: String, in folder: String, input: FileHandle = .nullDevice) throws {
        output = "\(folder)/\(name).out"
        errors = "\(folder)/\(name).err"
        for file in [output, errors] { try Data().write(to: URL(fileURLWithPath: file)) }
        process = try ChildProcess(
            path: "/bin/sh",
            ["-c", #"ulimit -n "$(ulimit -Hn)"; exec "$@""#, name] + command,
            input: input,
            output: FileHandle(forWritingAtPath: output) ?? .nullDevice,
            errors: FileHandle(forWritingAtPath: errors) ?? .nullDevice
        )
    }

    var tree: ProcessTree { ProcessTree(root: process.identifier) }
    var isRunning: Bool { FileManager.default.fileExists(atPath: "/proc/\(process.identifier)") }

    /// What it has printed.
    var said: String { (try? String(contentsOfFile: output, encoding: .utf8)) ?? "" }
    /// The last of what it has complained about.
    var complaint: String {
        let text = (try? String(contentsOfFile: errors, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").suffix(3).joined(separator: "\n")
    }

    func end() async { _ = await process.end() }

    /// Waits until something is so, as long as the program runs.
    ///
    /// - Returns: whether it is
    func waits(seconds: Int = 20, until isSo: () async -> Bool) async throws -> Bool {
        for _ in 0..<seconds * 100 {
            if await isSo() { return true }
            guard isRunning else { return false }
            try await Task.sleep(for: .milliseconds(10))
        }
        return false
    }

    /// Asks it to end, and ends it and all that it has started where it does not.
    func stop() async {
        process.signal(SIGTERM)
        let impatience = Task { [tree] in
            try await Task.sleep(for: .seconds(5))
            tree.kill()
        }
        await end()
        impatience.cancel()
    }
}

/// Does something, and then something that has to be done, also where the first has failed.
func finally<Value>(_ body: () async throws -> Value, then last: () async -> Void) async throws -> Value {
    do {
        let value = try await body()
        await last()
        return value
    } catch {
        await last()
        throw error
    }
}

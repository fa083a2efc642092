// `popsieve` as it was built, run to its end with what it says kept apart from what the tests say.

import ChildProcess
import Foundation

enum BuiltProgram {
    /// Beside the tests' own binary.
    static let path: String = {
        let own = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return ((own ?? CommandLine.arguments[0]) as NSString).deletingLastPathComponent + "/popsieve"
    }()
}

/// How a run ended.
struct Ended {
    /// The exit status, or 128 and the signal that ended it.
    let status: Int32
    let output: String
    let errors: String
}

extension TemporaryFolder {
    /// Runs `popsieve` in this folder, for which `@` stands in arguments and in what is said.
    ///
    /// - Parameter program: starts it, as `env` would
    func popsieve(_ arguments: [String], under program: [String] = []) async throws -> Ended {
        let said = try TemporaryFolder()
        func file(_ name: String) throws -> FileHandle {
            try FileHandle(forWritingTo: URL(fileURLWithPath: try said.write(name, "")))
        }
        let process = try ChildProcess(
            path: program.isEmpty ? BuiltProgram.path : "/usr/bin/env",
            (program.isEmpty ? [] : program + [BuiltProgram.path]) + arguments.map { $0.replacing("@", with: path) },
            folder: path,
            output: file("output"),
            errors: file("errors")
        )
        let status = await process.end()
        func text(_ name: String) throws -> String {
            try String(contentsOfFile: "\(said.path)/\(name)", encoding: .utf8).replacing(path, with: "@")
        }
        return try Ended(status: status, output: text("output"), errors: text("errors"))
    }

    /// The exit status alone.
    func popsieve(_ arguments: String...) async throws -> Int32 { try await popsieve(arguments).status }
}

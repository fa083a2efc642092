// Programs that make a part of the package.
// Must not go on where one of them has failed.

import Foundation

enum Tool {
    struct Failed: Error, CustomStringConvertible {
        let command: [String]
        let status: Int32

        var description: String { "\(command.joined(separator: " ")): exit status \(status)" }
    }

    /// What it says is for whoever waits.
    static func run(_ command: [String], in folder: String? = nil) throws {
        let process = process(command, in: folder)
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failed(command: command, status: process.terminationStatus)
        }
    }

    static func output(_ command: [String], in folder: String? = nil) throws -> String {
        let process = process(command, in: folder)
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failed(command: command, status: process.terminationStatus)
        }
        return String(decoding: output, as: UTF8.self)
    }

    private static func process(_ command: [String], in folder: String?) -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command
        if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
        return process
    }
}

extension String {
    var trimmed: String { trimmingCharacters(in: .whitespacesAndNewlines) }
}

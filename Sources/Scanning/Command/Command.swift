// Any program as a scanner: the message on its standard input, a line of JSON on its standard output.
// Must not hand the relay's own environment, files or signals to it.

import Foundation
import NIOCore

/// A program that is started for each message.
struct Command: ScanEngine {
    let path: String
    let arguments: [String]
    let limits: ScanLimits

    func scan(
        _ source: any ScanSource,
        _ circumstances: ScanCircumstances,
        isRetry: Bool
    ) async throws(UnscannedReason) -> ScanResult {
        let maximum = limits.message ?? Limits.commandMessage
        guard source.count <= maximum else { return .unscanned(.tooLarge(limit: maximum)) }
        _ = try await check()
        return try CommandReply.result(try await output(source, circumstances))
    }

    /// Runs it; what it wrote.
    private func output(
        _ source: any ScanSource,
        _ circumstances: ScanCircumstances
    ) async throws(UnscannedReason) -> [UInt8] {
        let program = Program(
            [Self.bounder] + bounds + ["--", path] + arguments,
            environment: Self.environment(circumstances).map { "\($0)=\($1)" },
            outputLimit: Limits.commandOutput
        )
        let ended = try await program.run(source)
        switch ended.status {
        case .exited(0): return ended.output
        case .exited(let status): throw .exited(status)
        case .killed(let signal): throw .killed(signal: signal)
        }
    }

    /// A program that is there and can be run. Whether it can scan shows when it does.
    func check() async throws(UnscannedReason) -> String {
        let manager = FileManager.default
        guard manager.fileExists(atPath: path) else { throw .unreachable("no such file") }
        guard path.hasPrefix("/"), manager.isExecutableFile(atPath: path) else {
            throw .unreachable("permission denied")
        }
        return path
    }

    /// The program by name, size and date, and its arguments.
    func fingerprint() async throws(UnscannedReason) -> String {
        let attributes = try? FileManager.default.attributesOfItem(atPath: try await check())
        let date = (attributes?[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
        let size = (attributes?[.size] as? NSNumber)?.intValue ?? 0
        return PlainText.line(([path] + arguments + ["\(size)", "\(Int(date))"]).joined(separator: " "))
    }
}

// MARK: How it is started

extension Command {
    /// The system's base has it: it sets bounds and becomes the program.
    private static let bounder = "/usr/bin/prlimit"

    private var bounds: [String] {
        let seconds = max(1, Int(limits.timeout.components.seconds))
        return ["--as=\(limits.memory)", "--cpu=\(seconds)", "--core=0", "--fsize=\(limits.memory)"]
    }

    /// What is known of the message, and what programs need; nothing of the relay's.
    static func environment(_ circumstances: ScanCircumstances) -> [String: String] {
        let known: [String: String?] = [
            "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "POPSIEVE_ADDRESS": circumstances.address,
            "POPSIEVE_HELO": circumstances.helo, "POPSIEVE_SENDER": circumstances.sender,
            "POPSIEVE_USER": circumstances.user,
        ]
        return known.compactMapValues { value in value.flatMap { $0.isFieldSafe ? $0 : nil } }
    }
}

// Any program as a scanner: the message on its standard input, a line of JSON on its standard output.
// Must not hand the relay's own environment, files or signals to it.

import Foundation
import NIOCore
import Subprocess
import SystemPackage

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
        Self.ignoreBrokenPipes
        let pipe = try InputPipe()
        let outcome: (status: TerminationStatus, output: [UInt8])
        do {
            let result = try await run(
                configuration(circumstances),
                input: .fileDescriptor(pipe.readEnd, closeAfterSpawningProcess: false),
                output: .bytes(limit: Limits.commandOutput),
                error: .fileDescriptor(pipe.nowhere, closeAfterSpawningProcess: false)
            ) { _ in
                pipe.closeReadEnd()
                try await Self.write(source, to: pipe)
            }
            outcome = (result.terminationStatus, result.standardOutput)
            // What it has left behind in its group is of no use to anybody.
            _ = kill(-result.processIdentifier.value, SIGKILL)
        } catch {
            throw Self.reason(error)
        }
        switch outcome.status {
        case .exited(0): return outcome.output
        case .exited(let status): throw .exited(Int(status))
        case .signaled(let signal): throw .killed(signal: Int(signal))
        }
    }

    /// One that has seen enough may close its input: it answers all the same.
    private static func write(_ source: any ScanSource, to pipe: InputPipe) async throws {
        for range in source.pieces {
            let piece = Array(try source.piece(range).readableBytesView)
            guard (try? await pipe.write(piece)) != nil else { break }
        }
        pipe.finish()
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
    private func configuration(_ circumstances: ScanCircumstances) -> Configuration {
        var options = PlatformOptions()
        // A process group of its own, which ends as a whole: when its time is over, and when nobody waits any more.
        options.processGroupID = 0
        options.teardownSequence = [.send(signal: .kill, toProcessGroup: true, allowedDurationToNextStep: .zero)]
        return Configuration(
            executable: .path("/usr/bin/prlimit"),
            arguments: Arguments(bounds + ["--", path] + arguments),
            environment: .custom(Self.environment(circumstances)),
            workingDirectory: "/",
            platformOptions: options
        )
    }

    /// For `prlimit`, which the system's base has: it sets them and becomes the program.
    private var bounds: [String] {
        let seconds = max(1, Int(limits.timeout.components.seconds))
        return ["--as=\(limits.memory)", "--cpu=\(seconds)", "--core=0", "--fsize=\(limits.memory)"]
    }

    /// What is known of the message, and what programs need; nothing of the relay's.
    static func environment(_ circumstances: ScanCircumstances) -> [Environment.Key: String] {
        let known: [Environment.Key: String?] = [
            "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "POPSIEVE_ADDRESS": circumstances.address,
            "POPSIEVE_HELO": circumstances.helo, "POPSIEVE_SENDER": circumstances.sender,
            "POPSIEVE_USER": circumstances.user,
        ]
        return known.compactMapValues { value in value.flatMap { $0.isFieldSafe ? $0 : nil } }
    }

    private static func reason(_ error: any Error) -> UnscannedReason {
        switch error {
        case let reason as UnscannedReason: reason
        case let error as SubprocessError where error.code == .outputLimitExceeded:
            .badAnswer("it has more than \(Limits.commandOutput) octets")
        case let error as SubprocessError where error.code == .spawnFailed || error.code == .executableNotFound:
            .unreachable(PlainText.line(error.description))
        default: .failed(PlainText.line("\(error)"))
        }
    }

    /// Writing to a program that has ended is an error, and no signal that ends the relay.
    private static let ignoreBrokenPipes: Void = {
        _ = signal(SIGPIPE, SIG_IGN)
    }()
}

// Standard output as a person or a pipe sees it.

import ArgumentParser
import Foundation
import Glibc

/// Whether lines are coloured.
enum ColourChoice: String, CaseIterable, ExpressibleByArgument {
    /// On a terminal, unless NO_COLOR (no-color.org) is set or the terminal is dumb.
    case auto
    case always
    case never

    func isWanted(onTerminal: Bool, environment: [String: String]) -> Bool {
        switch self {
        case .always: true
        case .never: false
        case .auto: onTerminal && environment["NO_COLOR", default: ""].isEmpty && environment["TERM"] != "dumb"
        }
    }

    /// For this process's standard output.
    var isWanted: Bool {
        isWanted(onTerminal: isatty(STDOUT_FILENO) == 1, environment: ProcessInfo.processInfo.environment)
    }
}

/// This process's standard output.
enum StandardOutput {
    /// Lets a write to a pipe that nobody reads fail instead of killing the process.
    static func outlivesItsReader() {
        _ = signal(SIGPIPE, SIG_IGN)
    }

    /// Whole lines.
    static func write(_ text: String) throws { try write(Data(text.utf8)) }

    /// Throws the exit status 0 if nobody reads any more: whoever closed the pipe has seen enough.
    static func write(_ bytes: some DataProtocol) throws {
        do {
            try FileHandle.standardOutput.write(contentsOf: bytes)
        } catch let error as CocoaError where (error.underlying as? NSError)?.code == Int(EPIPE) {
            throw ExitCode.success
        } catch {
            var cause = UnreadableFile(error, at: "")
            (cause.attempt, cause.fix) = (.written, "see where it goes to: is the disk full?")
            throw Exit.saying(Finding(cause, "standard output"), Exit.notWritten)
        }
    }
}

// How commands end: the codes of sysexits.h, and what a person is told.
// Must not be used below the commands.

import ArgumentParser
import Audit

enum Exit {
    /// EX_CONFIG: settings, certificates or rules are wrong.
    static let config = ExitCode(78)
    /// EX_UNAVAILABLE: an address is taken, a server can't be reached.
    static let unavailable = ExitCode(69)
    /// EX_IOERR: it ran and was asked to end, but lines of its audit log are missing.
    static let linesLost = ExitCode(74)
    /// EX_NOINPUT: a file that was named can't be read.
    static let noInput = ExitCode(66)

    /// Prints what is wrong with settings or rules and ends with 78.
    static func reporting<Value>(_ body: () throws(SettingsLoader.Failure) -> Value) throws -> Value {
        do {
            return try body()
        } catch {
            FindingPrinter().print(error.findings)
            throw faulty(error.findings, "nothing was started")
        }
    }

    /// Says how much is wrong and ends with 78.
    static func faulty(_ findings: [Finding], _ consequence: String? = nil) -> ExitCode {
        let errors = findings.count { $0.severity == .error }
        let end = consequence.map { "; \($0)" } ?? ""
        StandardError.write("popsieve: \(errors.of("error"))\(end)\n")
        return config
    }

    /// Says why and ends with 69.
    static func unavailable(_ why: String) -> ExitCode {
        StandardError.write("popsieve: \(why.printable)\n")
        return unavailable
    }
}

extension Int {
    /// `1 error`, `2 errors`.
    func of(_ noun: String) -> String { "\(self) \(noun)\(self == 1 ? "" : "s")" }
}

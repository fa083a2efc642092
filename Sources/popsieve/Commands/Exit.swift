// How commands end: the codes of sysexits.h, and what a person is told.
// Must not be used below the commands.

import ArgumentParser
import AuditReading
import Transport

enum Exit {
    /// EX_USAGE: the command line is wrong.
    static let usage = ExitCode.validationFailure
    /// EX_DATAERR: a file that was named on the command line is something else.
    static let data = ExitCode(65)
    /// EX_NOINPUT: a file that was named on the command line can't be read.
    static let noInput = ExitCode(66)
    /// EX_UNAVAILABLE: an address is taken, the audit log can't be opened.
    static let unavailable = ExitCode(69)
    /// EX_IOERR: what was to be written is not: audit lines, or standard output.
    static let notWritten = ExitCode(74)
    /// EX_CONFIG: settings, certificates or rules are wrong.
    static let config = ExitCode(78)

    /// Prints what is wrong with settings or rules; see ``faulty(_:_:)``.
    static func reporting<Value>(_ body: () throws(SettingsLoader.Failure) -> Value) throws -> Value {
        do {
            return try body()
        } catch {
            FindingPrinter().print(error.findings)
            throw faulty(error.findings, "nothing was started")
        }
    }

    /// What the environment should give can't be had.
    static func sayingWhy<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch {
            throw saying(Finding(.program, .error, NetworkReason(error).description), unavailable)
        }
    }

    /// Says how much is wrong. The code is ``noInput`` if nothing is but that named files can't be read.
    static func faulty(_ findings: [Finding], _ consequence: String? = nil) -> ExitCode {
        let errors = findings.filter { $0.severity == .error }
        let end = consequence.map { "; \($0)" } ?? ""
        StandardError.write("popsieve: \(errors.count.of("error"))\(end)\n")
        return errors.allSatisfy(\.isAboutInput) ? noInput : config
    }

    /// Says what is wrong, and is the code to end with.
    static func saying(_ finding: Finding, _ code: ExitCode) -> ExitCode {
        FindingPrinter().print([finding])
        return code
    }
}

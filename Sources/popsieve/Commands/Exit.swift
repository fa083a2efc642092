// How commands end: the codes of sysexits.h, and what a person is told.
// Must not be used below the commands.

import ArgumentParser

enum Exit {
    /// EX_CONFIG: settings, certificates or rules are wrong.
    static let config = ExitCode(78)
    /// EX_UNAVAILABLE: an address is taken, a server can't be reached.
    static let unavailable = ExitCode(69)
    /// EX_NOINPUT: a file that was named can't be read.
    static let noInput = ExitCode(66)

    /// Prints what is wrong with settings or rules and ends with 78.
    static func reporting<Value>(_ body: () throws(SettingsLoader.Failure) -> Value) throws -> Value {
        do {
            return try body()
        } catch {
            FindingPrinter().print(error.findings)
            let errors = error.findings.count { $0.severity == .error }
            FindingPrinter.write("popsieve: \(errors) error\(errors == 1 ? "" : "s"); nothing was started\n")
            throw config
        }
    }

    /// Says why and ends with 69.
    static func unavailable(_ why: String) -> ExitCode {
        FindingPrinter.write("popsieve: \(why)\n")
        return unavailable
    }
}

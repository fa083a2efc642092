// `popsieve audit`: what can be asked about the log as a whole.

import ArgumentParser

struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "See whether the audit log is what was written.",
        discussion: "Exit codes: those of `popsieve audit verify`, which its help tells.",
        subcommands: [VerifyCommand.self]
    )
}

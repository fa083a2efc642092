// The program that is packaged, asked about itself: its version, its help, its completions, its unit.
// Must not know a command or an option: they are what the program says.

import Foundation

struct PackagedProgram {
    /// Absolute.
    let path: String
    let version: String

    init(path: String) throws {
        self.path = URL(fileURLWithPath: path).standardizedFileURL.path
        version = try Tool.output([self.path, "--version"]).trimmed
    }

    enum Shell: String, CaseIterable {
        case bash
        case zsh
        case fish
    }

    func completions(_ shell: Shell) throws -> String {
        try Tool.output([path, "--generate-completion-script", shell.rawValue])
    }

    /// One of the files of `popsieve service`, for where the package puts the program.
    func serviceFile(_ arguments: String...) throws -> String {
        try Tool.output(
            [path, "service"] + arguments + ["--program", "/usr/bin/popsieve", "--config", PackageTree.settingsFile]
        )
    }

    func help() throws -> CommandHelp {
        struct Dump: Decodable { let command: CommandHelp }
        let dump = try Tool.output([path, "--experimental-dump-help"])
        return try JSONDecoder().decode(Dump.self, from: Data(dump.utf8)).command
    }
}

/// A command as ArgumentParser describes it.
struct CommandHelp: Decodable {
    struct Argument: Decodable {
        struct Name: Decodable {
            let kind: String
            let name: String

            var text: String { kind == "long" ? "--\(name)" : "-\(name)" }
        }

        let kind: String
        let names: [Name]?
        let valueName: String?
        let abstract: String?
        let discussion: String?
        let defaultValue: String?
        let allValues: [String]?
        let isOptional: Bool
        let isRepeating: Bool
        let shouldDisplay: Bool
    }

    let commandName: String
    let abstract: String?
    let discussion: String?
    let arguments: [Argument]?
    let subcommands: [CommandHelp]?
    let shouldDisplay: Bool
}

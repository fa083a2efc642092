// `popsieve fmt`: rule files in their usual form.
// Must not write a file whose meaning would be another, nor one that is as it should be.

import ArgumentParser
import Audit
import Foundation
import Sieve

struct FormatCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fmt",
        abstract: "Format rule files and test files.",
        usage: "popsieve fmt [--check] files or folders",
        discussion: """
            Commands get a line each, blocks are indented, long lists are broken; comments stay where they stand, and \
            the meaning is the same. Folders are searched for *.sieve and *.svtest.

              popsieve fmt Rules               writes what was not in its usual form
              popsieve fmt --check Rules       names it, and writes nothing
              popsieve fmt - < a.sieve         from standard input to standard output

            Exit codes: 0 all is formatted; 1 with --check, something is not; 64 the command line is wrong; 66 a file \
            can't be read or written; 78 a file has faults, and is left alone.
            """
    )

    @Argument(help: "Files, folders, or - for standard input.", completion: .file(extensions: ["sieve", "svtest"]))
    var paths: [String]

    @Flag(help: "Name the files that are not formatted, and write none.")
    var check = false

    func validate() throws {
        guard !paths.contains("-") || paths.count == 1 else {
            throw ValidationError("standard input is formatted by itself; name files, or -")
        }
    }

    func run() throws {
        StandardOutput.outlivesItsReader()
        if paths == ["-"] { return try formatInput() }
        let (files, missing) = FileSearch(endings: [".sieve", ".svtest"]).files(paths)
        let list = FindingList()
        for miss in missing { list.add(miss) }
        var isFormatted = true
        for file in files {
            do {
                guard try format(file, list) else { continue }
                isFormatted = false
                try StandardOutput.write(Data("\(file.printable)\n".utf8))
            } catch let error as UnreadableFile {
                list.add(Finding(error, file))
            }
        }
        FindingPrinter().print(list.findings)
        if list.hasErrors { throw Exit.faulty(list.findings) }
        if check, !isFormatted { throw ExitCode.failure }
    }

    /// Whether the file was not in its usual form; it is then, unless only looked at.
    private func format(_ file: String, _ list: FindingList) throws(UnreadableFile) -> Bool {
        let source = try FileManager.default.regularFile(at: file, upTo: Sieve.Limits().scriptSize)
        guard let formatted = formatted(source, file, list), formatted != source else { return false }
        if !check { try FileManager.default.replace(file, with: formatted) }
        return true
    }

    private func formatInput() throws {
        let source = [UInt8](FileHandle.standardInput.readDataToEndOfFile())
        let list = FindingList()
        guard let formatted = formatted(source, "standard input", list) else {
            FindingPrinter().print(list.findings)
            throw Exit.faulty(list.findings)
        }
        if !check { return try StandardOutput.write(formatted) }
        if formatted != source { throw ExitCode.failure }
    }

    /// Nil, and findings, where the source has faults.
    private func formatted(_ source: [UInt8], _ file: String, _ list: FindingList) -> [UInt8]? {
        do {
            return try ScriptFormatter().format(source, name: file)
        } catch {
            for diagnostic in error.diagnostics { list.add(Finding(diagnostic, file: file)) }
            return nil
        }
    }
}

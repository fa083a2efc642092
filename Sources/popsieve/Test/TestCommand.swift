// `popsieve test`: the cases of test files, run and shown.

import ArgumentParser
import Audit
import Foundation

struct TestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Run test files for rules (*.svtest) and show which cases pass.",
        discussion: """
            The format is that of Dovecot Pigeonhole's test suite: a script that sets a message, runs rule files on \
            it and looks at what came of it. Folders are searched for *.svtest.

              popsieve test Rules
              popsieve test --quiet Rules other.svtest
              popsieve test --json Rules | jq '.cases[] | select(.status == "failed")'

            Exit codes: 0 every case passed; 1 a case failed, or a file does not compile; 64 the command line is \
            wrong; 66 a file can't be read.
            """
    )

    @Argument(help: "Test files, or folders of them.", completion: .file(extensions: ["svtest"]))
    var paths: [String]

    @Flag(name: [.short, .long], help: "Show failures and the summary only.")
    var quiet = false

    @Flag(help: "Print one JSON object, after all files.")
    var json = false

    @Option(help: ArgumentHelp("How long one file may take.", valueName: "time"))
    var patience = "60s"

    @Option(help: "Colours: auto, always or never; auto respects NO_COLOR.")
    var color = ColourChoice.auto

    private var bench: TestBench? {
        Quantity.duration(patience).map { TestBench(patience: $0) }
    }

    func validate() throws {
        if bench == nil { throw ValidationError("--patience \(patience): write for example 500ms, 10s or 5m.") }
    }

    func run() throws {
        StandardOutput.outlivesItsReader()
        let (files, missing) = FileSearch(endings: [".svtest"]).files(paths)
        for miss in missing { complain(miss.path, miss.reason) }
        var isComplete = missing.isEmpty
        var tally = TestTally()
        let printer = TestText(terminal: Terminal(hasColours: color.isWanted), detail: quiet ? .less : .usual)
        for file in files {
            do {
                let results = try (bench ?? TestBench()).results(file)
                tally.add(results)
                if !json { try StandardOutput.write(Data(printer.text(results).utf8)) }
            } catch let error as UnreadableFile {
                complain(file, "\(error)")
                isComplete = false
            }
        }
        try StandardOutput.write(Data((json ? tally.json + "\n" : printer.summary(tally)).utf8))
        if !isComplete { throw Exit.noInput }
        if tally.count(.failed) > 0 { throw ExitCode.failure }
    }

    private func complain(_ path: String, _ reason: String) {
        StandardError.write("popsieve: \(path.printable): \(reason)\n")
    }
}

// `popsieve test`: the cases of test files, run and shown.

import ArgumentParser
import Audit
import Foundation

struct TestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Run the test cases of rules, *.svtest.",
        usage: "popsieve test [options] files or folders",
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
        if bench == nil {
            throw ValidationError(
                "--patience: \"\(patience.printable)\" is not a time; write for example 500ms, 10s or 5m"
            )
        }
    }

    func run() throws {
        StandardOutput.outlivesItsReader()
        let (files, missing) = FileSearch(endings: [".svtest"]).files(paths)
        let printer = FindingPrinter()
        printer.print(missing)
        var isComplete = missing.isEmpty
        var tally = TestTally()
        let text = TestText(terminal: Terminal(hasColours: color.isWanted), detail: quiet ? .less : .usual)
        for file in files {
            do {
                let results = try (bench ?? TestBench()).results(file)
                tally.add(results)
                if !json { try StandardOutput.write(Data(text.text(results).utf8)) }
            } catch let error as UnreadableFile {
                printer.print([Finding(error, file)])
                isComplete = false
            }
        }
        try StandardOutput.write(Data((json ? tally.json + "\n" : text.summary(tally)).utf8))
        if !isComplete { throw Exit.noInput }
        if tally.count(.failed) > 0 { throw ExitCode.failure }
    }
}

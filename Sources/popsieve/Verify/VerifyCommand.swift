// `popsieve audit verify`: follows the chain of a log's lines through its files.
// Must not change anything.

import ArgumentParser
import Audit
import AuditReading
import Foundation

struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Find lines of a chained log that were changed, removed, inserted or moved.",
        usage: "popsieve audit verify [--key <file>] <file> ...",
        discussion: """
            Files are those of a log with "chain: true", rotated ones too: they are read from the oldest to the \
            youngest, in whatever order they are named. The first line at which the chain breaks is told as FILE:LINE, \
            and what is behind it is not looked at.

            Without a key the chain shows what was changed by somebody who did not compute it anew; with the settings' \
            chain-key only who has the key can. No chain shows that lines at its very end are gone: keep the last hash, \
            which is told here, in another place.

            Examples:
              popsieve audit verify /var/log/popsieve/audit.jsonl*
              popsieve audit verify --key audit.key audit.jsonl.1 audit.jsonl
              zcat -f audit.jsonl.2.gz audit.jsonl.1 audit.jsonl | popsieve audit verify -

            Exit codes: 0 unbroken; 1 broken; 64 the command line is wrong; 65 there is no chain in these files, or \
            one is compressed; 66 a file can't be read.
            """
    )

    @Argument(help: ArgumentHelp("The log's files; - is standard input.", valueName: "file"), completion: .file())
    var files: [String]

    @Option(help: ArgumentHelp("The file that chain-key names in the settings.", valueName: "file"))
    var key: String?

    func run() async throws {
        StandardOutput.outlivesItsReader()
        var verifier = ChainVerifier(try method())
        try await Interrupt.ending {
            var isWhole = true
            var progress = Progress(files)
            for file in LogFiles.inOrder(files) {
                isWhole = try follow(file, &verifier, &progress)
            }
            progress.end()
            do throws(ChainVerifier.Break) { try verifier.finish(isWhole: isWhole) } catch { throw failure(error) }
            try tell(verifier, endsWithinLine: !isWhole)
        }
    }

    private func method() throws -> ChainMethod {
        guard let key else { return .plain }
        do throws(UnreadableFile) {
            return try ChainMethod(keyAt: key)
        } catch {
            throw Exit.saying(Finding(error, key), Exit.noInput)
        }
    }

    /// Whether the file ends with a line's end.
    private func follow(_ file: String, _ verifier: inout ChainVerifier, _ progress: inout Progress) throws -> Bool {
        var lines = LogLines()
        var number = 0
        func take(_ line: [UInt8]) throws {
            number += 1
            do throws(ChainVerifier.Break) {
                try verifier.take(line, at: .init(file: file, line: number))
            } catch {
                throw failure(error, isFirst: verifier.chained == 0)
            }
        }
        try LogInput.read(file, for: "audit verify") { bytes in
            for line in lines.read(bytes) { try take(line) }
            progress.advance(by: bytes.count)
        }
        guard let rest = lines.finish() else { return true }
        try take(rest)
        return false
    }

    /// - Parameter isFirst: no line before it was in the chain
    private func failure(_ broken: ChainVerifier.Break, isFirst: Bool = false) -> ExitCode {
        let file = broken.place.file == "-" ? "standard input" : broken.place.file
        let place = Place(file: file, line: broken.place.line, column: 1)
        if isFirst, broken.cause == .wrong {
            // Who forgets the key, or names another one, must not look for a break-in.
            let message = "the first line does not fit \(key == nil ? "a chain without a key" : "this key")"
            let fix =
                key == nil
                ? "where the settings have a chain-key, name its file with --key; else the line was changed"
                : "name the file that chain-key names in the settings; if it is this one, the line was changed"
            return Exit.saying(Finding(place, .error, message, fix), ExitCode(1))
        }
        return Exit.saying(Finding(place, .error, broken.cause.message, broken.cause.remark), ExitCode(1))
    }

    private func tell(_ verifier: ChainVerifier, endsWithinLine: Bool) throws {
        guard verifier.chained > 0 else {
            let finding = Finding(
                Place(file: files[0]),
                .error,
                "there is no chain in this log",
                "chain: true in the settings begins one"
            )
            throw Exit.saying(finding, Exit.data)
        }
        var text = "unbroken: \(verifier.chained.of("line"))\n"
        if verifier.unchained > 0 {
            text += "before the chain: \(verifier.unchained.of("line")), of which it says nothing\n"
        }
        if let link = verifier.predecessor {
            text += "begins behind: \(link.text), a line that is not in these files\n"
        }
        if let last = verifier.last { text += "last hash: \(last.text)\n" }
        if verifier.endsInHalf {
            text += "the last line has no end and is half: it is being written, or its writer died; "
            text += "the hash is the one before it\n"
        } else if endsWithinLine {
            text += "the last line has no end: it is being written, or its writer died\n"
        }
        try StandardOutput.write(text)
    }
}

extension ChainVerifier.Break.Cause {
    fileprivate var message: String {
        switch self {
        case .wrong: "the chain breaks here: this is not what was written behind the line before"
        case .unchained: "this line is not in the chain"
        case .noBeginning: "the chain has no beginning: lines before this one are missing"
        case .gap: "the chain breaks here: this was written behind another line than the one before"
        case .beginsAnew(let reason): "a new chain begins here (\(reason)): what was before it may be gone"
        }
    }

    fileprivate var remark: String {
        switch self {
        case .wrong: "it was changed, or lines were removed, inserted or moved, or the key is another"
        case .unchained: "it was inserted, or changed, or another program writes to this log"
        case .noBeginning: "name the whole file, and those before it"
        case .gap: "a file or lines are missing in between"
        case .beginsAnew: "it is told in the line why"
        }
    }
}

// How fast rules decide on messages: our engine as the relay uses it, beside Pigeonhole's.
// Must not count what only one of the two does: reading files is shown by itself.

import Filtering
import Foundation
import Mail
import Sieve

/// A rule file that both engines know.
struct Script {
    let name: String
    let files: [RuleFile]

    /// Each `*.sieve` of a folder.
    init(folder: String) throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".sieve") }
            .sorted()
        name = folder
        files = try names.map { file in
            RuleFile(name: file, source: Array(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(file)"))))
        }
    }

    init(name: String, source: String) {
        self.name = name
        files = [RuleFile(name: "\(name).sieve", source: Array(source.utf8))]
    }

    /// All files as one, for an engine that takes one.
    var source: [UInt8] {
        let lines = files.flatMap { $0.source.split(separator: 0x0A, omittingEmptySubsequences: false) }
        let requires = lines.filter { $0.starts(with: Array("require ".utf8)) }
        let others = lines.filter { !$0.starts(with: Array("require ".utf8)) }
        return Array((requires + others).joined(separator: [0x0A]))
    }
}

struct FilteringBenchmark {
    let messages: Messages
    let script: Script
    let rounds: Int

    func run(beside pigeonhole: Pigeonhole?) throws {
        let ruleSet = try RuleSet(files: script.files)
        var edited = 0
        let ours = median(of: rounds) {
            edited = messages.all.count { Self.filter($0, ruleSet).header != nil }
        }
        let megabytes = Int(Double(messages.octets) / 1e6 / ours)
        print(line("\(script.name): Popsieve", count: messages.all.count, ours), "\(megabytes) MB/s (\(edited) edited)")
        guard let pigeonhole else { return }
        let theirs = try pigeonhole.seconds(for: script, rounds: rounds)
        print(
            line("\(script.name): sieve-filter", count: messages.all.count, theirs),
            "(Popsieve: \((theirs / ours * 10).rounded() / 10) times as fast)"
        )
    }

    private static func filter(_ message: [UInt8], _ ruleSet: RuleSet) -> Verdict {
        let filter = Filter(ruleSet: ruleSet, header: message, facts: Facts())
        while true {
            switch filter.run() {
            case .needs(.size): filter.provide(size: message.count)
            case .needs(.message): filter.provide(message: MessageOctets(message))
            case .needs(.scan(let kind)): filter.provide(scan: .unscanned(kind, reason: "there is no scanner"))
            case .needs(.duplicate(let id)): filter.provide(false, to: id)
            case .finished(let verdict): return verdict
            }
        }
    }
}

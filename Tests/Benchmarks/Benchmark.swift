// What the project measures of itself: `swift run -c release benchmark`.
// Must not be part of the tests: a figure is read by people, beside that of a peer in the same run.

import ArgumentParser

@main
struct Benchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "benchmark",
        abstract: "Measures how fast messages are read, filtered and remembered.",
        discussion: """
            Each figure is the median of some rounds on one thread. FOLDER has one message a file, in folders of any
            depth; without it, messages are made up. Where Pigeonhole's sieve-filter is installed (dovecot-sieve), it
            runs the same rules on the same messages, and the last column has how many times as fast we are.
            """
    )

    @Argument(help: "A folder of messages, each a file.")
    var folder: String?

    @Option(help: "How often each figure is taken.")
    var rounds = 5

    @Option(help: "The rules that are measured beside the script of a hundred regular expressions.")
    var rules = "Rules"

    @Flag(help: "Leave the peers out, for a profile.")
    var alone = false

    @Flag(help: "Measure the store of verdicts, and nothing else.")
    var store = false

    @Flag(help: "Measure many regular expressions, and nothing else.")
    var patterns = false

    func run() async throws {
        if store { return try await StoreBenchmark().run() }
        let messages = try folder.map(Messages.init(folder:)) ?? Messages(madeUp: 3_000)
        print("\(messages.all.count) messages, \(messages.octets / 1_000) kB")
        if patterns { return try ManyPatternsBenchmark(messages: messages, rounds: rounds).run() }
        try ReadingBenchmark(messages: messages, rounds: rounds).run()
        let pigeonhole = alone ? nil : try Pigeonhole(messages)
        if pigeonhole == nil, !alone { print("sieve-filter is not here: apt-get install -y dovecot-sieve") }
        for script in [try Script(folder: rules), Script.hundredPatterns] {
            try FilteringBenchmark(messages: messages, script: script, rounds: rounds).run(beside: pigeonhole)
        }
        try ManyPatternsBenchmark(messages: messages, rounds: rounds).run()
    }
}

/// Takes the time that `body` needs, in seconds: the median of `rounds`.
func median(of rounds: Int, _ body: () throws -> Void) rethrows -> Double {
    let clock = ContinuousClock()
    let times = try (0..<max(rounds, 1)).map { _ in try clock.measure(body) / .seconds(1) }.sorted()
    return times[times.count / 2]
}

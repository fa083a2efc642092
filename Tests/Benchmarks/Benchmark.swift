// What the project measures of itself: `swift run -c release benchmark`.
// Must not be part of the tests: a figure is read by people, beside that of a peer in the same run.

import ArgumentParser
import Glibc

@main
struct Benchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "benchmark",
        abstract: "Measures how fast messages are read, filtered and remembered.",
        discussion: """
            Each figure is the median of some rounds on one thread. FOLDER has one message a file, in folders of any \
            depth; without it, messages are made up. Where Pigeonhole's sieve-filter is installed (dovecot-sieve), it \
            runs the same rules on the same messages, and the last column has how many times as fast we are.

            --slow holds more slow clients than a relay has room for, in four phases, and counts who else can log in.

            --relay measures sessions instead: Popsieve, and those of nginx, Dovecot and HAProxy that are installed, \
            before an upstream and behind a load of their own, on free ports of the loopback interface. It says on \
            standard error how far it is, and prints a table in Markdown. All of it takes a quarter of an hour; this \
            less than a minute:

              benchmark --relay --cells logins 4k --paths plain --only nginx popsieve
            """
    )

    /// The parts of `--relay` that are processes of their own, behind words that nobody else needs.
    static func main() async {
        let rest = Array(CommandLine.arguments.dropFirst(2))
        let word = CommandLine.arguments.dropFirst().first
        // Who writes to a relay that has gone is told by the call.
        if [Upstream.word, Load.word, SlowClients.word].contains(word) { _ = signal(SIGPIPE, SIG_IGN) }
        switch word {
        case Upstream.word: await Upstream.main(rest)
        case Load.word: await Load.main(rest)
        case SlowClients.word: await SlowClients.main(rest)
        default: await main(nil)
        }
    }

    @Argument(help: "A folder of messages, each a file.")
    var folder: String?

    @Option(help: "How often each figure is taken. (default: 5, or 7 with --relay)")
    var rounds: Int?

    @Option(help: "The rules that are measured, those of the relay among them.")
    var rules = "Rules"

    @Flag(help: "Leave the peers out, for a profile.")
    var alone = false

    @Flag(help: "Measure the store of verdicts, and nothing else.")
    var store = false

    @Flag(help: "Measure many regular expressions, and nothing else.")
    var patterns = false

    @Flag(help: "Measure the relay beside other relays, and nothing else.")
    var relay = false

    @Flag(help: "Measure who can log in while thousands of clients are slow, and nothing else.")
    var slow = false

    @OptionGroup(title: "WITH --relay")
    var relayOptions: RelayOptions

    @OptionGroup(title: "WITH --slow, WHICH TAKES --only AND --popsieve, TOO")
    var slowOptions: SlowOptions

    func validate() throws {
        if let rounds, rounds < 1 { throw ValidationError("--rounds must be at least 1") }
    }

    func run() async throws {
        if relay { return try await RelayBenchmark(options: relayOptions, rounds: rounds ?? 7, rules: rules).run() }
        if slow { return try await SlowBenchmark(options: slowOptions, relay: relayOptions, rules: rules).run() }
        let rounds = rounds ?? 5
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

// What takes too long for the tests: `swift run endurance kills`, `swift run endurance soak`, and so on.
// Must not be the place where a fault is pinned down: what is found here becomes a test.

import ArgumentParser

@main
struct Endurance: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "endurance",
        abstract: "Kills relays until a message is lost, resets connections, guesses passwords, or takes the time.",
        discussion: "Exits with 1 when a message was lost, a relay died by itself, or something leaked.",
        subcommands: [Kills.self, Soak.self, Resets.self, Depths.self, Guesses.self]
    )
}

// `popsieve top`: the sessions of a running relay, as they come and go.

import ArgumentParser
import Audit
import AuditReading
import Foundation
import Glibc

struct TopCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "top",
        abstract: "Show the sessions that run, as top shows processes.",
        usage: "popsieve top [options]",
        discussion: """
            Keys: a, o and u sort by age, octets and user; the arrows select a session, k ends it; q ends top. Without a \
            terminal everything is printed once.

            Exit codes: 0 all is well; 64 the command line is wrong; 69 the relay can't be reached.
            """
    )

    @OptionGroup(title: "Relay") var relay: ControlOptions
    @Option(help: ArgumentHelp("Seconds from one look to the next.", valueName: "seconds")) var interval = 2.0
    @Option(help: "How sessions are sorted: age, octets or user.") var sort = TopScreen.Order.age

    func validate() throws {
        guard (0.2...3_600).contains(interval) else { throw ValidationError("--interval is a number from 0.2 to 3600") }
    }

    func run() async throws {
        StandardOutput.outlivesItsReader()
        let client = try relay.client()
        var screen = TopScreen()
        _ = screen.press(.character(sort.key))
        try await Exit.steering(client) { try await screen.look(client) }
        guard let terminal = RawTerminal() else { return try printOnce(screen) }
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(try await show(screen, client, terminal))
        } catch {
            outcome = .failure(error)
        }
        terminal.end()
        try await Exit.steering(client) { try outcome.get() }
    }

    private func printOnce(_ screen: TopScreen) throws {
        let lines = screen.lines(width: .max, height: .max, terminal: Terminal(hasColours: false), marks: false)
        // Nobody presses keys.
        let shown = lines.prefix(2) + lines.dropFirst(3)
        try StandardOutput.write(shown.map { $0 + "\n" }.joined())
    }

    private func show(_ first: TopScreen, _ client: ControlClient, _ terminal: RawTerminal) async throws {
        enum Event {
            case key(TopScreen.Key)
            case tick
        }
        let colours = Terminal(descriptor: STDOUT_FILENO)
        var screen = first
        let (events, happen) = AsyncStream.makeStream(of: Event.self, bufferingPolicy: .bufferingNewest(64))
        let ticking = Task { [interval] in
            while (try? await Task.sleep(for: .seconds(interval))) != nil { happen.yield(.tick) }
        }
        let pressing = Task {
            for await key in RawTerminal.keys() { happen.yield(.key(key)) }
            happen.finish()
        }
        defer {
            ticking.cancel()
            pressing.cancel()
        }
        func draw() {
            let (width, height) = terminal.size
            terminal.show(screen.lines(width: width, height: height, terminal: colours))
        }
        draw()
        for await event in events {
            switch event {
            case .tick: try await screen.look(client)
            case .key(let key):
                switch screen.press(key) {
                case .none: break
                case .quit: return
                case .end(let session): try await end(session, client, &screen)
                }
            }
            draw()
        }
    }

    private func end(_ session: String, _ client: ControlClient, _ screen: inout TopScreen) async throws {
        do {
            _ = try await client.answers(to: .end(session: session, by: Person.name()))
            try await screen.look(client)
            screen.tell("session \(session) has ended")
        } catch let fault as ControlFault {
            screen.tell(fault.message)
        }
    }
}

extension TopScreen {
    fileprivate mutating func look(_ client: ControlClient) async throws {
        guard let status = try await client.status() else { return }
        show(status, try await client.sessions())
    }
}

extension TopScreen.Order: ExpressibleByArgument {
    fileprivate var key: Character {
        switch self {
        case .age: "a"
        case .octets: "o"
        case .user: "u"
        }
    }
}

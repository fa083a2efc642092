// The root of the command line.
// Must not do anything: each command is a file of its own.

import ArgumentParser

@main
struct Popsieve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "popsieve",
        abstract: "A POP3 relay that filters mail with Sieve.",
        discussion: """
            Point your mail client at Popsieve, and Popsieve at your provider:

              popsieve demo                                 everything on sample mail, nothing to set up
              popsieve serve --upstream pop.example.com     the relay, on 127.0.0.1:1110
              popsieve try Rules message.eml                what the rules do to a message, and why
              popsieve check                                settings, certificates and rules: every fault
              popsieve tail audit.jsonl --follow            what is done, as it happens

            Exit codes: 0 all is well; 1 a check or a filter found something; 64 the command line is wrong;
            69 an address or a server can't be had; 78 settings, certificates or rules are wrong.
            """,
        version: Server.version,
        subcommands: [
            ServeCommand.self, CheckCommand.self, TryCommand.self, TailCommand.self, DemoCommand.self,
            ConfigCommand.self,
        ]
    )
}

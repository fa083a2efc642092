// `popsieve password`: the hash of a password that somebody types, for an account.
// Must not show what is typed, and must not take it from the command line, where others see it.

import ArgumentParser
import Foundation
import Glibc
import Passwords

struct PasswordCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "password",
        abstract: "Make the hash of a password, for an account.",
        discussion: """
              popsieve password                           asks twice, without showing it
              popsieve password printer >> passwords      a line for the file of passwords
              pwgen -s 20 1 | popsieve password --stdin   from another program

            Give each device a password of its own, which then is of no use anywhere else. What is printed goes into an \
            account of the settings (password:), or with the user's name before it into the file of passwords:

              accounts:
                - { user: printer, password: "$y$…", secret: mailbox.secret }

            The hash is yescrypt's, made by crypt(3) as in /etc/shadow. Exit codes: 0 it is printed; 64 the command line \
            is wrong; 66 there was no password, or two different ones; 69 there is no terminal, or the system makes no hash.
            """
    )

    @Argument(help: "A user: what is printed is a line of the file of passwords.") var user: String?
    @Flag(help: "Read the password from standard input: its first line.") var stdin = false

    func validate() throws {
        guard let user else { return }
        guard !user.isEmpty, !user.contains(where: { $0 == ":" || $0.isNewline }), !user.hasPrefix("#") else {
            throw ValidationError("a user's name has no colon and no line end in it, and does not begin with #")
        }
    }

    func run() async throws {
        let password = try stdin ? StandardInput.firstLine(upTo: Self.longest) : fromTerminal()
        guard !password.isEmpty, password.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw Exit.saying(Finding(.program, .error, "there is no password", "type one"), Exit.noInput)
        }
        guard let hash = PasswordHash.make(of: password) else {
            throw Exit.saying(Finding(.program, .error, "crypt(3) of this system makes no hash"), Exit.unavailable)
        }
        try StandardOutput.write((user.map { "\($0):" } ?? "") + hash.text + "\n")
    }

    /// A longer one is a mistake.
    static let longest = 1_024

    private func fromTerminal() throws -> [UInt8] {
        guard let terminal = SilentTerminal() else {
            let finding = Finding(.program, .error, "there is no terminal to ask at", "give it with --stdin")
            throw Exit.saying(finding, Exit.unavailable)
        }
        defer { terminal.end() }
        let first = terminal.ask("Password: ")
        let second = terminal.ask("Once more: ")
        guard let first, first == second else {
            throw Exit.saying(Finding(.program, .error, "these are two different passwords", "try again"), Exit.noInput)
        }
        return first
    }
}

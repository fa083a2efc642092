// `popsieve password`: from a pipe, at a terminal, and what it refuses.
// Must not know how hashes are made; see PasswordsTests.

import Foundation
import Passwords
import Testing

@testable import popsieve

@Suite struct PasswordCommandTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    /// The command with so much on its standard input.
    private func run(_ input: String, _ arguments: String...) async throws -> Ended {
        try folder.write("input", input)
        let command = "exec \"$0\" \"$@\" < input"
        return try await folder.popsieve(["password"] + arguments, under: ["sh", "-c", command])
    }

    @Test(
        "from another program: the first line, whatever its end",
        arguments: ["a secret\nmore", "a secret\r\n", "a secret"]
    )
    func piped(input: String) async throws {
        let ended = try await run(input, "--stdin")
        #expect(ended.status == 0 && ended.errors.isEmpty, "\(ended)")
        let hash = try PasswordHash(String(ended.output.dropLast()))
        #expect(hash.matches(Array("a secret".utf8)))
    }

    @Test("a line of the file of passwords")
    func line() async throws {
        let ended = try await run("a secret\n", "--stdin", "me@example.com")
        let (file, faults) = PasswordFile.read(ended.output)
        #expect(faults.isEmpty && file[Array("me@example.com".utf8)]?.matches(Array("a secret".utf8)) == true)
    }

    @Test("no password", arguments: ["", "\n", "a\u{7}b\n"])
    func none(input: String) async throws {
        #expect(try await run(input, "--stdin").status == 66)
    }

    @Test("a user who would be read as something else", arguments: ["a:b", "", "#me"])
    func badUser(user: String) async throws {
        #expect(try await run("x\n", "--stdin", user).status == 64)
    }

    @Test("without a terminal it asks nobody")
    func noTerminal() async throws {
        #expect(try await folder.popsieve(["password"], under: ["setsid", "-w"]).status == 69)
    }

    /// A terminal of its own, on which somebody types.
    private static let typist = """
        import os, pty, sys, time
        first, second = sys.argv[1:3]
        child, terminal = pty.fork()
        if child == 0:
            os.execv(sys.argv[3], sys.argv[3:])
        seen = b""
        def until(word):
            global seen
            while word not in seen:
                seen += os.read(terminal, 1024)
            seen = seen.split(word, 1)[1]
        until(b"Password: ")
        os.write(terminal, first.encode() + b"\\n")
        until(b"Once more: ")
        os.write(terminal, second.encode() + b"\\n")
        try:
            while True:
                more = os.read(terminal, 1024)
                if not more: break
                seen += more
        except OSError:
            pass
        sys.stdout.write(seen.decode().replace("\\r\\n", "\\n"))
        sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        """

    @Test("at a terminal it asks twice, and shows nothing", arguments: [("pässword 1", "pässword 1"), ("one", "two")])
    func terminal(first: String, second: String) async throws {
        let ended = try await folder.popsieve(["password"], under: ["python3", "-c", Self.typist, first, second])
        #expect(!ended.output.contains(first))
        guard first == second else { return #expect(ended.status == 66 && !ended.output.contains("$y$"), "\(ended)") }
        #expect(ended.status == 0, "\(ended)")
        let hash = try PasswordHash(ended.output.trimmingCharacters(in: .whitespacesAndNewlines))
        #expect(hash.matches(Array(first.utf8)))
    }
}

// The folders as other programs read them.
// Must not need any of them: a program that is not there skips its test.

import Foundation
import Quarantine
import Testing

@Suite struct MailProgramTests {
    private static let script = """
        import mailbox, sys
        root = mailbox.Maildir(sys.argv[1], create=False)
        for name in [None] + sorted(root.list_folders()):
            folder = root if name is None else root.get_folder(name)
            for message in sorted(folder, key=lambda message: message["X-Popsieve-Number"]):
                print(name, message.get_subdir(), message["X-Popsieve-User"], message["X-Popsieve-Rule"],
                      message["Subject"], repr(message.get_payload()), sep="|")
        """

    @Test("Python's mailbox reads them", .enabled(if: program("python3") != nil, "python3 is not installed"))
    func python() async throws {
        let folder = try TemporaryFolder()
        let quarantine = try folder.quarantine()
        try quarantine.put(mail(body: 3), "INBOX", origin(number: 1))
        try quarantine.put(mail(subject: "two", body: 3), "Spam/2026", origin(number: 2))
        try quarantine.put(Array("\r\nno header".utf8), "Spam/2026", origin(number: 3, rule: nil))
        let printed = try await output(of: "python3", ["-c", Self.script, folder.root], in: folder)
        #expect(
            printed == """
                None|new|me@example.com|20-spam.sieve:14|hello|'xxx'
                Spam.2026|new|me@example.com|20-spam.sieve:14|two|'xxx'
                Spam.2026|new|me@example.com|None|None|'no header'

                """
        )
    }

    @Test("what a mail program wrote anew is no original", .enabled(if: program("python3") != nil, "no python3"))
    func pythonChanges() async throws {
        let folder = try TemporaryFolder()
        let quarantine = try folder.quarantine()
        let identifier = try quarantine.put(mail())
        let script = """
            import mailbox, sys
            folder = mailbox.Maildir(sys.argv[1], create=False).get_folder("Spam")
            for key, message in folder.items():
                message.set_subdir("cur")
                message.set_flags("FS")
                folder[key] = message
            """
        // It writes the message anew, with line ends of its own: that is no longer what was put there.
        _ = try #require(await output(of: "python3", ["-c", script, folder.root], in: folder))
        #expect(try quarantine.each { _ in true }.damaged == 1)
        #expect(throws: QuarantineError.self) { try quarantine.original(of: identifier) }
        try quarantine.delete(identifier)
        #expect(try quarantine.sum() == QuarantineSum())
    }
}

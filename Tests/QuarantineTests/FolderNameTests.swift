// Names of folders, from the rule to the disk and back.
// Must not touch a disk, apart from one test of what stays in the root.

import Foundation
import Quarantine
import Testing

@Suite struct FolderNameTests {
    @Test(
        "a name has one folder, and a folder one name",
        arguments: [
            ("Spam", ".Spam"), ("Spam/2026", ".Spam.2026"), ("spam", ".spam"), ("a b", ".a b"),
            ("Entwürfe", ".Entwürfe"), ("日本語", ".日本語"), ("👩‍🚀", ".👩%e2%80%8d🚀"),
            (".", ".%2e"), ("..", ".%2e%2e"), ("../..", ".%2e%2e.%2e%2e"),
            ("../../etc/passwd", ".%2e%2e.%2e%2e.etc.passwd"),
            ("/etc/passwd", ".%2fetc.passwd"), ("/", ".%2f"), ("//", ".%2f%2f"), ("a//b", ".a%2f%2fb"), ("a/", ".a%2f"),
            ("a/./b", ".a.%2e.b"), ("a.b", ".a%2eb"), ("a%2eb", ".a%252eb"), ("%", ".%25"), ("~user", ".%7euser"),
            ("new", ".new"), ("cur", ".cur"), ("tmp", ".tmp"), ("released", ".released"), ("-rf", ".-rf"),
            ("a\0b", ".a%00b"), ("a\nb\r\u{1B}[2J", ".a%0ab%0d%1b[2J"), ("\u{202E}gpj.exe", ".%e2%80%aegpj%2eexe"),
            ("\u{A0}", ".%c2%a0"), ("INBOX/x", ".INBOX.x"), ("Inbox2", ".Inbox2"), ("ınbox", ".ınbox"),
        ]
    )
    func names(name: String, directory: String) throws {
        let folder = try QuarantineFolder(name)
        #expect(folder.directory.utf8.elementsEqual(directory.utf8))
        #expect(folder.name.utf8.elementsEqual(name.utf8))
        #expect(!folder.directory.utf8.contains { $0 == UInt8(ascii: "/") || $0 == 0 })
    }

    @Test("INBOX is the root itself, in any case", arguments: ["INBOX", "inbox", "Inbox"])
    func inbox(name: String) throws {
        #expect(try QuarantineFolder(name) == .inbox)
    }

    @Test("names that differ in an octet are different folders", arguments: [("Spam", "spam"), ("\u{E9}", "e\u{301}")])
    func different(one: String, other: String) throws {
        #expect(try QuarantineFolder(one) != QuarantineFolder(other))
    }

    @Test("a name takes 240 octets on disk, and not one more")
    func length() throws {
        #expect(try QuarantineFolder(String(repeating: "a", count: 239)).directory.utf8.count == 240)
        let long = String(repeating: "a", count: 240)
        #expect(throws: QuarantineError.badFolderName(long, octetsMost: 240)) { try QuarantineFolder(long) }
        // It is what stands on the disk that counts.
        #expect(throws: QuarantineError.self) { try QuarantineFolder(String(repeating: ".", count: 80)) }
        #expect(throws: QuarantineError.badFolderName("", octetsMost: 240)) { try QuarantineFolder("") }
    }

    @Test("whatever a rule calls a folder, the message is in the root, and found under that name")
    func inTheRoot() throws {
        let folder = try TemporaryFolder()
        let quarantine = try folder.quarantine()
        let names = ["..", "../x", "/etc", "new", "cur", "tmp", "a\0b", "a//b", "INBOX", "Spam/2026", "é", "%2e"]
        let put = try names.map { try (quarantine.put(mail(), $0), $0) }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["quarantine"])
        #expect(try Set(quarantine.folders().map(\.name)) == Set(names))
        for (identifier, name) in put { #expect(try quarantine.message(identifier).folder.name == name) }
        // Nothing is a folder that the quarantine would not have made.
        for other in [".a%2Eb", ".a%zz", ".%41", ".INBOX", "a.b", ".x%2"] {
            try FileManager.default.createDirectory(
                atPath: folder.root + "/" + other,
                withIntermediateDirectories: false
            )
        }
        #expect(try quarantine.folders().count == names.count)
    }
}

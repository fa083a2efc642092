// Lists: what they show, in which order, and what they leave out.
// Must not depend on the order in which a file system gives names.

import Foundation
import Glibc
import Mail
import Quarantine
import Testing

@Suite struct ListingTests {
    /// Four messages in two folders, oldest first.
    private func filled(_ folder: TemporaryFolder) throws -> (MessageQuarantine, [QuarantineIdentifier]) {
        let quarantine = try folder.quarantine()
        let second: Int64 = 1_000_000
        let put = [
            try quarantine.put(mail(from: "Ann <ann@a.example>", subject: "Invoice"), "Spam", at: moment),
            try quarantine.put(mail(from: "bob@b.example"), "Virus", origin(user: "you"), at: moment + second),
            try quarantine.put(
                mail(from: "=?UTF-8?Q?J=C3=BCrgen?= <j@a.example>", subject: "=?UTF-8?Q?=C3=9Cberf=C3=A4llig?="),
                "Virus",
                at: moment + 2 * second
            ),
            try quarantine.put([], "Spam", at: moment + 3 * second),
        ]
        return (quarantine, put)
    }

    private static func query(_ set: (inout QuarantineQuery) throws -> Void) rethrows -> QuarantineQuery {
        var query = QuarantineQuery()
        try set(&query)
        return query
    }

    @Test(
        "a list shows what is asked for",
        arguments: [
            (query { _ in }, [0, 1, 2, 3]),
            (query { $0.isNewestFirst = true }, [3, 2, 1, 0]),
            (try! query { $0.folder = try QuarantineFolder("Spam") }, [0, 3]),  // Invariant: a good name.
            (try! query { $0.folder = try QuarantineFolder("other") }, []),  // Invariant: a good name.
            (query { $0.since = moment + 1_000_000 }, [1, 2, 3]),
            (query { $0.since = moment + 1_000_001 }, [2, 3]),
            (query { $0.user = Array("you".utf8) }, [1]),
            (query { $0.user = Array("yo".utf8) }, []),
            (query { $0.sender = "A.EXAMPLE" }, [0, 2]),
            (query { $0.sender = "jürgen" }, [2]),
            (query { $0.subject = "überfällig" }, [2]),
            (query { $0.subject = "" }, [0, 1, 2, 3]),
            (
                query {
                    $0.sender = "a.example"
                    $0.since = moment + 1
                }, [2]
            ),
        ]
    )
    func filters(query: QuarantineQuery, numbers: [Int]) throws {
        let folder = try TemporaryFolder()
        let (quarantine, put) = try filled(folder)
        #expect(try quarantine.identifiers(query) == numbers.map { put[$0] })
    }

    @Test("a list shows the message's own words")
    func fields() throws {
        let folder = try TemporaryFolder()
        let (quarantine, put) = try filled(folder)
        let shown = try quarantine.message(put[2])
        #expect(shown.sender == "Jürgen <j@a.example>")
        #expect(shown.subject == "Überfällig")
        #expect(shown.date == MailDate(Array("Mon, 23 Nov 2026 08:00:00 +0100".utf8)))
        #expect(shown.folder == (try QuarantineFolder("Virus")))
        let empty = try quarantine.message(put[3])
        #expect((empty.sender, empty.subject) == ("", ""))
        #expect(empty.date == nil)
    }

    @Test("a visitor may stop, and a list has a bound")
    func bounds() throws {
        let folder = try TemporaryFolder()
        let (quarantine, put) = try filled(folder)
        #expect(try quarantine.list(most: 2).map(\.identifier) == Array(put.prefix(2)))
        #expect(try quarantine.list(most: 0).isEmpty)
    }

    @Test("messages of one moment have one order, whoever lists them")
    func sameMoment() throws {
        let folder = try TemporaryFolder()
        let quarantine = try folder.quarantine()
        let put = try (0..<40).map { try quarantine.put(mail(), "f\($0 % 7)") }
        let listed = try quarantine.identifiers()
        #expect(listed == put.sorted { $0.description < $1.description })
        #expect(try folder.quarantine().identifiers() == listed)
    }

    @Test("a message that a mail program has seen, flagged or renamed is the same message")
    func seen() throws {
        let folder = try TemporaryFolder()
        let (quarantine, put) = try filled(folder)
        let (new, cur) = try (quarantine.folder("Spam", "new"), quarantine.folder("Spam", "cur"))
        for name in try names(in: new) {
            try FileManager.default.moveItem(atPath: new + "/" + name, toPath: cur + "/" + name + ":2,FS")
        }
        #expect(try quarantine.identifiers() == put)
        #expect(try quarantine.original(of: put[3]) == [])
        #expect(try quarantine.sum(of: QuarantineFolder("Spam")).messages == 2)
        try quarantine.delete(put[0])
        #expect(try quarantine.identifiers() == Array(put.dropFirst()))
    }

    @Test("what is damaged or foreign is left out, counted, and hides nothing else")
    func leftOut() throws {
        let folder = try TemporaryFolder()
        let (quarantine, put) = try filled(folder)
        let new = try quarantine.folder("Virus", "new")
        let listed = try names(in: new)
        // Cut, grown, without metadata; then a pipe, a link and a folder by the names of messages.
        let cut = try FileHandle(forWritingTo: URL(fileURLWithPath: new + "/" + listed[0]))
        try cut.truncate(atOffset: 100)
        let grown = try FileHandle(forWritingTo: URL(fileURLWithPath: new + "/" + listed[1]))
        try grown.seekToEnd()
        try grown.write(contentsOf: Data([0]))
        try Data("Subject: x\n\n".utf8).write(to: URL(fileURLWithPath: new + "/" + Self.name(1, size: 12)))
        // Invariant: the paths live through the call.
        #expect(unsafe mkfifo(new + "/" + Self.name(2, size: 0), 0o600) == 0)
        let manager = FileManager.default
        try manager.createSymbolicLink(atPath: new + "/" + Self.name(3, size: 5), withDestinationPath: "/etc/passwd")
        try manager.createDirectory(atPath: new + "/" + Self.name(4, size: 0), withIntermediateDirectories: false)
        for foreign in ["1795421704.M1P2.host", "x", Self.name(5, size: 1) + "x", "1.M000001R00.popsieve,S=1"] {
            try Data().write(to: URL(fileURLWithPath: new + "/" + foreign))
        }
        var seen: [QuarantineIdentifier] = []
        let leftOut = try quarantine.each { message in
            seen.append(message.identifier)
            return true
        }
        #expect(seen == [put[0], put[3]])
        #expect(leftOut.damaged == 6)
        #expect(leftOut.foreign == 4)
        #expect(throws: QuarantineError.damaged(path: new + "/" + listed[0])) { try quarantine.original(of: put[1]) }
    }

    private static func name(_ number: Int, size: Int) -> String {
        "1795421704.M00000\(number)R000000000000000\(number).popsieve,S=\(size)"
    }

    @Test(
        "no text but sixteen digits is an identifier",
        arguments: ["", "1", "../../../etc/pas", "+000000000000001", "00000000000000 1", "00000000000000001"]
    )
    func identifiers(text: String) {
        #expect(QuarantineIdentifier(text) == nil)
    }

    @Test("an identifier is found again from its text, and a wrong one is not found")
    func notFound() throws {
        let folder = try TemporaryFolder()
        let (quarantine, put) = try filled(folder)
        let again = try #require(QuarantineIdentifier(put[0].description.uppercased()))
        #expect(try quarantine.message(again).identifier == put[0])
        let other = try #require(QuarantineIdentifier("0123456789abcdef"))
        #expect(throws: QuarantineError.notFound(other)) { try quarantine.message(other) }
        #expect(throws: QuarantineError.notFound(other)) { try quarantine.original(of: other) }
        #expect(throws: QuarantineError.notFound(other)) { try quarantine.delete(other) }
        #expect(throws: QuarantineError.notFound(other)) { try quarantine.release(other, by: "me", at: moment) }
    }
}

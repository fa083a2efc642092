// What is remembered of a directory's answers: for whom, how long, and how much.

import NIOCore
import Relay
import Testing

@testable import popsieve

@Suite struct RememberedEntriesTests {
    private let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)
    private let entry = DirectoryEntry(server: .address("192.0.2.1", port: 110))

    private func question(
        _ user: String = "a",
        _ password: String = "b",
        from client: String = "c"
    ) -> DirectoryQuestion {
        DirectoryQuestion(
            user: Array(user.utf8),
            password: HeldSecret(Array(password.utf8)),
            attempt: 1,
            clientAddress: client
        )
    }

    @Test("for the same user, password and client alone")
    func same() {
        var entries = RememberedEntries(for: .seconds(30))
        entries.add(entry, for: question(), at: start)
        #expect(entries[question(), at: start]?.server == entry.server)
        var encrypted = question()
        encrypted.tlsVersion = "TLSv1.3"
        for other in [question("x"), question("a", "x"), question("a", "b", from: "x"), question("ab", ""), encrypted] {
            #expect(entries[other, at: start] == nil)
        }
        entries.remove(question())
        #expect(entries[question(), at: start] == nil)
    }

    @Test("until its time is over, and not at all where that is none")
    func time() {
        var entries = RememberedEntries(for: .seconds(30))
        entries.add(entry, for: question(), at: start)
        #expect(entries[question(), at: start + .milliseconds(29_999)] != nil)
        #expect(entries[question(), at: start + .seconds(30)] == nil)
        var none = RememberedEntries(for: .zero)
        none.add(entry, for: question(), at: start)
        #expect(none[question(), at: start] == nil)
    }

    @Test("the oldest make room")
    func bound() {
        var entries = RememberedEntries(for: .seconds(30))
        for number in 0...RememberedEntries.most { entries.add(entry, for: question("\(number)"), at: start) }
        #expect(entries[question("0"), at: start] == nil)
        #expect(entries[question("1"), at: start] != nil)
        #expect(entries[question("\(RememberedEntries.most)"), at: start] != nil)
    }
}

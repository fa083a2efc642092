// What is told of the quarantine is told before anybody can see it, and what can't be told is not done.
// Must not test what is done then: ReleaseTests and RemovalTests do.

import Quarantine
import Testing

@Suite struct TellingTests {
    /// Whoever writes the audit log can't.
    private struct NotWritten: Error {}

    /// A change of a quarantine with one message, and how often it is told.
    struct Change: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let make: @Sendable (MessageQuarantine, QuarantineIdentifier, () throws -> Void) throws -> Void
    }

    private static let changes = [
        Change(testDescription: "release") { quarantine, identifier, tell in
            _ = try quarantine.release(identifier, by: "me", at: moment) { _ in try tell() }
        },
        Change(testDescription: "delete") { quarantine, identifier, tell in
            _ = try quarantine.delete(identifier) { _ in try tell() }
        },
        Change(testDescription: "expire") { quarantine, _, tell in
            var expiry = QuarantineExpiry()
            expiry.octets = 0
            _ = try quarantine.expire(expiry, now: moment) { _ in try tell() }
        },
        Change(testDescription: "keep up") { quarantine, _, tell in
            try quarantine.keepUp(now: .max) { _ in try tell() }
        },
    ]

    /// What others see of the message; the copy that was deleted is nil.
    private func isReleased(_ quarantine: MessageQuarantine) throws -> Bool? {
        try quarantine.list(most: .max).first?.isReleased
    }

    private func quarantine(in folder: TemporaryFolder) throws -> (MessageQuarantine, QuarantineIdentifier) {
        var limits = QuarantineLimits()
        limits.seconds = 1
        let quarantine = try folder.quarantine(limits)
        return (quarantine, try quarantine.put(mail()))
    }

    @Test("a change is told once, before it can be seen", arguments: changes)
    func order(change: Change) throws {
        let folder = try TemporaryFolder()
        let (quarantine, identifier) = try quarantine(in: folder)
        let other = try folder.quarantine()
        var seen: [Bool?] = []
        try change.make(quarantine, identifier) { seen.append(try isReleased(other)) }
        #expect(seen == [false])
        #expect(try isReleased(other) != false)
    }

    @Test("what can't be told is not done, and leaves nothing behind", arguments: changes)
    func untold(change: Change) throws {
        let folder = try TemporaryFolder()
        let (quarantine, identifier) = try quarantine(in: folder)
        #expect(throws: NotWritten.self) { try change.make(quarantine, identifier) { throw NotWritten() } }
        #expect(try isReleased(quarantine) == false)
        #expect(try names(in: folder.root + "/tmp").isEmpty)
    }

    @Test("of what is not there, or not to go, nothing is told", arguments: changes)
    func nothing(change: Change) throws {
        let folder = try TemporaryFolder()
        let (quarantine, identifier) = try quarantine(in: folder)
        try quarantine.delete(identifier)
        try? change.make(quarantine, identifier) { Issue.record("told") }
    }
}

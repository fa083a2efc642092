// Releases: marked durably, for one message of one user, whatever is in the names.
// Must not need the message's copy afterwards.

import Foundation
import Quarantine
import Testing

@Suite struct ReleaseTests {
    private static let values: [[UInt8]] = [
        [], [0], [0x2E], [0x2E, 0x2E], Array("..".utf8) + [0x2F], Array("a/b".utf8), Array("a%2fb".utf8),
        Array("=a".utf8), Array("+a".utf8), Array(repeating: 0x61, count: 200), Array(repeating: 0x61, count: 201),
        Array(repeating: 0x2F, count: 1_024), Array(0...255), Array("é".utf8), Array("A".utf8), Array("a".utf8),
    ]

    @Test("a release is of one UIDL, one user, one upstream, and no other")
    func exact() throws {
        let folder = try TemporaryFolder()
        let quarantine = try folder.quarantine()
        for (number, value) in Self.values.enumerated() {
            // Each is released alone, beside all that were before it.
            for other in Self.values[number...] {
                #expect(try !quarantine.isReleased(upstream: "office", user: Array("u".utf8), uidl: other))
            }
            try quarantine.release(quarantine.put(mail(), "Spam", origin(user: "u", uidl: value)), by: "me", at: moment)
            #expect(try quarantine.isReleased(upstream: "office", user: Array("u".utf8), uidl: value))
            #expect(try !quarantine.isReleased(upstream: "other", user: Array("u".utf8), uidl: value))
            #expect(try !quarantine.isReleased(upstream: "office", user: value, uidl: Array("u".utf8)))
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["quarantine"])
    }

    @Test("a user's name is a name, whatever is in it", arguments: values)
    func users(user: [UInt8]) throws {
        let folder = try TemporaryFolder()
        let quarantine = try folder.quarantine()
        var from = origin()
        from.user = user
        try quarantine.release(quarantine.put(mail(), "Spam", from), by: "me", at: moment)
        for other in Self.values {
            let isReleased = try quarantine.isReleased(upstream: "office", user: other, uidl: Array("000017b0".utf8))
            #expect(isReleased == (other == user))
        }
    }

    @Test("another process sees a release, also when the copy is gone")
    func lasting() throws {
        let folder = try TemporaryFolder()
        let relay = try folder.quarantine()
        let identifier = try relay.put(mail())
        #expect(try !relay.message(identifier).isReleased)
        let command = try folder.quarantine()
        #expect(try command.release(identifier, by: "me\n", at: moment).isReleased)
        #expect(try command.release(identifier, by: "me", at: moment).origin == origin())
        #expect(try relay.message(identifier).isReleased)
        try command.delete(identifier)
        let user = Array("me@example.com".utf8)
        #expect(try relay.isReleased(upstream: "office", user: user, uidl: Array("000017b0".utf8)))
        #expect(try names(in: folder.root + "/tmp").isEmpty)
    }

    @Test("a message without a UIDL can't be released")
    func withoutUIDL() throws {
        let folder = try TemporaryFolder()
        let quarantine = try folder.quarantine()
        let identifier = try quarantine.put(mail(), "Spam", origin(uidl: nil))
        #expect(throws: QuarantineError.withoutUIDL(identifier)) {
            try quarantine.release(identifier, by: "me", at: moment)
        }
    }

    @Test("old releases go, young ones stay")
    func expiry() throws {
        let folder = try TemporaryFolder()
        let quarantine = try folder.quarantine()
        let long = Array(repeating: UInt8(ascii: "a"), count: 1_024)
        for uidl in [[1], [2], long] {
            try quarantine.release(quarantine.put(mail(), "Spam", origin(uidl: uidl)), by: "me", at: moment)
        }
        for file in files(below: folder.root + "/released") where !file.hasSuffix("=%02") {
            try remember(folder.root + "/released/" + file, written: Date(timeIntervalSince1970: 999))
        }
        try remember(
            folder.root + "/released/" + (files(below: folder.root + "/released").first { $0.hasSuffix("=%02") } ?? ""),
            written: Date(timeIntervalSince1970: 1_000)
        )
        #expect(try quarantine.expireReleases(olderThan: .max, now: .max) == 0)
        #expect(try quarantine.expireReleases(olderThan: 100, now: 1_100_000_000) == 2)
        let user = Array("me@example.com".utf8)
        #expect(try !quarantine.isReleased(upstream: "office", user: user, uidl: [1]))
        #expect(try quarantine.isReleased(upstream: "office", user: user, uidl: [2]))
    }
}

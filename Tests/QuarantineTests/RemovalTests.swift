// What leaves: deleted, expired, never finished.
// Must not remove a file of somebody else's.

import Foundation
import Quarantine
import Testing

@Suite struct RemovalTests {
    private static let second: Int64 = 1_000_000

    /// Six messages, one a second, by turns in two folders; how many octets each takes.
    private func filled(_ folder: TemporaryFolder) throws -> (MessageQuarantine, [QuarantineIdentifier], Int) {
        let quarantine = try folder.quarantine()
        let put = try (0..<6).map { number in
            try quarantine.put(mail(), number % 2 == 0 ? "even" : "odd", at: moment + Int64(number) * Self.second)
        }
        return (quarantine, put, try quarantine.sum().octets / 6)
    }

    @Test("a deleted message is gone, once")
    func delete() throws {
        let folder = try TemporaryFolder()
        let (quarantine, put, octets) = try filled(folder)
        try quarantine.delete(put[2])
        #expect(throws: QuarantineError.notFound(put[2])) { try quarantine.delete(put[2]) }
        #expect(try quarantine.sum() == .init(messages: 5, octets: 5 * octets))
    }

    @Test("an original that is being read stays readable")
    func deleteWhileRead() throws {
        let folder = try TemporaryFolder()
        let quarantine = try folder.quarantine()
        let message = mail(body: 100_000)
        let identifier = try quarantine.put(message)
        var reader = try quarantine.reader(of: identifier)
        var read = try reader.next(most: 10)
        try quarantine.delete(identifier)
        while case let more = try reader.next(), !more.isEmpty { read += more }
        #expect(read == message)
    }

    /// Bounds in messages; negative for none.
    struct Expiry: Sendable {
        var seconds: Int64?
        var total: Int?
        var folder: Int?
        var only: String?
        var removed: [Int]
    }

    @Test(
        "the oldest go first, until each bound is kept",
        arguments: [
            Expiry(removed: []),
            Expiry(seconds: 5, removed: []),
            Expiry(seconds: 4, removed: [0]),
            Expiry(seconds: .max, removed: []),
            Expiry(seconds: 0, removed: [0, 1, 2, 3, 4]),
            Expiry(total: 6, removed: []),
            Expiry(total: 5, removed: [0]),
            Expiry(total: 0, removed: [0, 1, 2, 3, 4, 5]),
            Expiry(folder: 3, removed: []),
            Expiry(folder: 1, removed: [0, 1, 2, 3]),
            Expiry(total: 2, folder: 2, removed: [0, 1, 2, 3]),
            Expiry(seconds: 3, only: "odd", removed: [1]),
            Expiry(total: 1, only: "even", removed: [0, 2]),
            Expiry(total: 0, only: "other", removed: []),
        ]
    )
    func expiry(expiry: Expiry) throws {
        let folder = try TemporaryFolder()
        let (quarantine, put, octets) = try filled(folder)
        var rule = QuarantineExpiry()
        rule.seconds = expiry.seconds
        rule.octets = expiry.total.map { $0 * octets }
        rule.octetsOfFolder = expiry.folder.map { $0 * octets }
        rule.folder = try expiry.only.map { try QuarantineFolder($0) }
        let now = moment + 5 * Self.second
        // At "4 seconds", number 1 is exactly as old as it may be.
        let expired = try quarantine.expire(rule, now: now)
        #expect(expired.identifiers == expiry.removed.map { put[$0] })
        #expect(expired.octets == expiry.removed.count * octets)
        let left = put.indices.filter { !expiry.removed.contains($0) }.map { put[$0] }
        #expect(try quarantine.identifiers() == left)
    }

    @Test("one octet over a bound is over it")
    func oneOver() throws {
        let folder = try TemporaryFolder()
        let (quarantine, put, octets) = try filled(folder)
        var rule = QuarantineExpiry()
        rule.octets = 6 * octets - 1
        #expect(try quarantine.expire(rule, now: moment).identifiers == [put[0]])
    }

    @Test("leftovers of writers that were killed go after a day; nothing else does")
    func tidy() throws {
        let folder = try TemporaryFolder()
        let (quarantine, put, _) = try filled(folder)
        let now = 1_000_000
        let (old, young) = (now - 86_401, now - 86_400)
        for box in ["even", "INBOX"] {
            for (name, time) in [("old", old), ("young", young)] {
                let path = try quarantine.folder(box, "tmp") + "/" + name
                try Data("half".utf8).write(to: URL(fileURLWithPath: path))
                try remember(path, written: Date(timeIntervalSince1970: TimeInterval(time)))
            }
        }
        for file in files(below: folder.root) where file.contains("/new/") {
            try remember(folder.root + "/" + file, written: Date(timeIntervalSince1970: 0))
        }
        #expect(try quarantine.identifiers() == put)
        #expect(try quarantine.tidy(now: Int64(now) * 1_000_000) == 2)
        #expect(try quarantine.identifiers() == put)
        #expect(try names(in: quarantine.folder("even", "tmp")) == ["young"])
    }

    @Test("what the quarantine did not write stays")
    func foreign() throws {
        let folder = try TemporaryFolder()
        let (quarantine, _, _) = try filled(folder)
        let path = try quarantine.folder("even", "cur") + "/1.host:2,S"
        try Data("mine".utf8).write(to: URL(fileURLWithPath: path))
        var rule = QuarantineExpiry()
        rule.octets = 0
        #expect(try quarantine.expire(rule, now: moment).identifiers.count == 6)
        #expect(FileManager.default.fileExists(atPath: path))
    }
}

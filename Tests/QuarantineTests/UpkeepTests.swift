// What goes by itself: each folder by its own bounds, where it has some.
// Must not test how a message is removed: RemovalTests does.

import Quarantine
import Testing

@Suite struct UpkeepTests {
    private static let day: Int64 = 86_400
    private static let bounds: [String: QuarantineLimits.OfFolder] = [
        "Junk": .init(seconds: 7 * day), "rejected": .init(seconds: 90 * day), "Spam": .init(octets: 5_000),
    ]

    /// Folders and ages in days, and which of them stay.
    @Test(
        arguments: [
            (nil, [:], [("Junk", 900)], [900]), (30, [:], [("Junk", 29), ("Junk", 31)], [29]),
            (30, bounds, [("Junk", 6), ("Junk", 8), ("other", 8), ("other", 31)], [6, 8]),
            (30, bounds, [("rejected", 60), ("rejected", 91)], [60]),
            (nil, bounds, [("Spam", 3), ("Spam", 2), ("Spam", 1), ("other", 900)], [1, 900]),
        ] as [(Int64?, [String: QuarantineLimits.OfFolder], [(String, Int64)], [Int64])]
    )
    func aFolderOfItsOwnBounds(
        _ days: Int64?,
        _ folders: [String: QuarantineLimits.OfFolder],
        _ messages: [(String, Int64)],
        _ staying: [Int64]
    ) throws {
        let folder = try TemporaryFolder()
        var limits = QuarantineLimits()
        limits.seconds = days.map { $0 * Self.day }
        for (name, bounds) in folders { limits.ofFolders[try QuarantineFolder(name)] = bounds }
        let quarantine = try folder.quarantine(limits)
        for (name, age) in messages {
            try quarantine.put(mail(body: 3_000), name, at: moment - age * Self.day * 1_000_000)
        }
        let expired = try quarantine.keepUp(now: moment)
        let ages = try quarantine.list(QuarantineQuery(), most: .max).map {
            (moment - $0.microseconds) / 1_000_000 / Self.day
        }
        #expect(ages.sorted() == staying)
        #expect(expired.identifiers.count == messages.count - staying.count)
    }
}

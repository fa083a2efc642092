// What `duplicate` remembers (RFC 7352): stories of messages that come, each asked for before and after it is written.
// Must never say that a message is a duplicate when it is the only one.

import Store
import Testing

@Suite struct DuplicateTests {
    /// A message that is judged: asked for, and remembered after it.
    struct Step: Sendable {
        let uidl: String
        /// Seconds since the story began.
        let at: Int64
        let isDuplicate: Bool
        var id = "<1@example.com>"
        var handle = ""
        var seconds: Int64 = 100
        var isLast = false
        var user = "me@example.com"
        /// False: the script failed.
        var isRemembered = true
    }

    struct Story: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let steps: [Step]

        init(_ testDescription: String, _ steps: Step...) {
            self.testDescription = testDescription
            self.steps = steps
        }
    }

    static let stories = [
        Story(
            "the second is one",
            Step(uidl: "a", at: 0, isDuplicate: false),
            Step(uidl: "b", at: 1, isDuplicate: true)
        ),
        Story(
            "no message is a duplicate of itself, however often it is fetched",
            Step(uidl: "a", at: 0, isDuplicate: false),
            Step(uidl: "a", at: 1, isDuplicate: false),
            Step(uidl: "b", at: 2, isDuplicate: true),
            Step(uidl: "a", at: 3, isDuplicate: false),
            Step(uidl: "b", at: 4, isDuplicate: true)
        ),
        Story(
            "identifiers are told apart by case",
            Step(uidl: "a", at: 0, isDuplicate: false, id: "x"),
            Step(uidl: "b", at: 0, isDuplicate: false, id: "X")
        ),
        Story(
            "another handle is another list",
            Step(uidl: "a", at: 0, isDuplicate: false, id: "bc", handle: "a"),
            Step(uidl: "b", at: 0, isDuplicate: false, id: "c", handle: "ab"),
            Step(uidl: "b", at: 0, isDuplicate: false, id: "bc"),
            Step(uidl: "b", at: 0, isDuplicate: true, id: "bc", handle: "a")
        ),
        Story(
            "another user is another list",
            Step(uidl: "a", at: 0, isDuplicate: false),
            Step(uidl: "b", at: 0, isDuplicate: false, user: "you@example.com")
        ),
        Story(
            "a script that failed has seen nothing",
            Step(uidl: "a", at: 0, isDuplicate: false, isRemembered: false),
            Step(uidl: "b", at: 1, isDuplicate: false)
        ),
        Story(
            "the time runs from the first on",
            Step(uidl: "a", at: 0, isDuplicate: false),
            Step(uidl: "b", at: 99, isDuplicate: true),
            Step(uidl: "c", at: 100, isDuplicate: false),
            Step(uidl: "d", at: 199, isDuplicate: true)
        ),
        Story(
            "with :last from the last on",
            Step(uidl: "a", at: 0, isDuplicate: false, isLast: true),
            Step(uidl: "b", at: 99, isDuplicate: true, isLast: true),
            Step(uidl: "c", at: 198, isDuplicate: true, isLast: true),
            Step(uidl: "a", at: 297, isDuplicate: false, isLast: true),
            Step(uidl: "d", at: 397, isDuplicate: false, isLast: true)
        ),
        Story(
            "with 0 seconds nothing is a duplicate, and nothing is remembered",
            Step(uidl: "a", at: 0, isDuplicate: false, seconds: 0),
            Step(uidl: "b", at: 0, isDuplicate: false),
            Step(uidl: "c", at: 0, isDuplicate: false, seconds: 0),
            Step(uidl: "c", at: 0, isDuplicate: true)
        ),
        Story(
            "a time that was shortened counts at once",
            Step(uidl: "a", at: 0, isDuplicate: false, seconds: 1_000),
            Step(uidl: "b", at: 10, isDuplicate: false, seconds: 10),
            Step(uidl: "c", at: 19, isDuplicate: true, seconds: 10)
        ),
        Story(
            "a time that was lengthened does not bring back what has expired",
            Step(uidl: "a", at: 0, isDuplicate: false, seconds: 10),
            Step(uidl: "b", at: 10, isDuplicate: false, seconds: 1_000)
        ),
        Story(
            "a time beyond the limit is cut to 90 days",
            Step(uidl: "a", at: 0, isDuplicate: false, seconds: .max),
            Step(uidl: "b", at: 90 * 86_400 - 1, isDuplicate: true, seconds: .max),
            Step(uidl: "c", at: 90 * 86_400, isDuplicate: false, seconds: .max)
        ),
        Story(
            "what a clock wrote that was years ahead does not count, and is replaced",
            Step(uidl: "a", at: 1_000_000_000, isDuplicate: false),
            Step(uidl: "b", at: 0, isDuplicate: false),
            Step(uidl: "c", at: 1, isDuplicate: true)
        ),
        Story(
            "an identifier beyond the limit has never been seen",
            Step(uidl: "a", at: 0, isDuplicate: false, id: String(repeating: "x", count: 1_025)),
            Step(uidl: "b", at: 0, isDuplicate: false, id: String(repeating: "x", count: 1_025)),
            Step(uidl: "a", at: 0, isDuplicate: false, id: String(repeating: "x", count: 1_024)),
            Step(uidl: "b", at: 0, isDuplicate: true, id: String(repeating: "x", count: 1_024))
        ),
        Story(
            "an empty identifier is one",
            Step(uidl: "a", at: 0, isDuplicate: false, id: ""),
            Step(uidl: "b", at: 0, isDuplicate: true, id: "")
        ),
    ]

    enum Moment: String, Sendable, CaseIterable {
        case waiting, written, restarted
    }

    @Test("stories", arguments: stories, Moment.allCases)
    func story(story: Story, when: Moment) async throws {
        let folder = try TemporaryFolder()
        var store = await folder.store(limits { $0.patience = .seconds(60) })
        let lock = try when == .waiting ? Lock(folder) : nil
        for (number, step) in story.steps.enumerated() {
            let now = moment + seconds(step.at)
            let sighting = Sighting(
                account: account(step.user),
                handle: octets(step.handle),
                id: octets(step.id),
                uidl: octets(step.uidl),
                seconds: step.seconds,
                isLast: step.isLast
            )
            #expect(await store.isDuplicate(sighting, now: now) == step.isDuplicate, "step \(number), \(when)")
            if step.isRemembered { store.remember(sighting, now: now) }
            if when == .waiting { continue }
            await store.flush()
            if when == .restarted {
                await store.close()
                store = await folder.store(now: now)
            }
        }
        try lock?.release()
        await store.close()
    }
}

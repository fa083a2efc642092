// The short version of what `swift run endurance` does for minutes.
// Must not be longer than a test may be.

import Foundation
import Testing

@Suite("Endurance", .timeLimit(.minutes(3)))
struct EnduranceTests {
    @Test(
        "killed in the middle of sessions and reset in the middle of handshakes, it loses nothing",
        arguments: [
            ["kills", "--sessions", "40"], ["kills", "--sessions", "30", "--held"], ["resets", "--seconds", "5"],
            ["soak", "--seconds", "15", "--held", "20", "--active", "20", "--reload", "2", "--takeover", "4"],
        ]
    )
    func short(arguments: [String]) async throws {
        try await Folder.temporary { folder in
            let ended = try await Child.run(path: Built.folder + "/endurance", arguments, in: folder)
            #expect(ended.status == 0, "\(ended)")
        }
    }
}

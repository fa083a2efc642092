// duplicate (RFC 7352): what is asked, and what is to be remembered.

import Testing

@testable import Sieve

struct DuplicateTests {
    private static func tracked(
        _ id: String,
        handle: String = "",
        seconds: Int = 604_800,
        isLast: Bool = false
    ) -> TrackedID {
        TrackedID(id: Array(id.utf8), handle: Array(handle.utf8), seconds: seconds, isLast: isLast)
    }

    @Test(arguments: [
        ("", tracked("<1@x>")), (":handle \"h\"", tracked("<1@x>", handle: "h")),
        (":seconds 60 :last", tracked("<1@x>", seconds: 60, isLast: true)),
        (":header \"X-Event\"", tracked("e")), (":uniqueid \"u\"", tracked("u")),
        (":seconds 999999999", tracked("<1@x>", seconds: 90 * 86_400)),
    ])
    func whatIsAskedIsRemembered(tags: String, id: TrackedID) {
        let source = "require \"duplicate\"; if duplicate \(tags) { discard; }"
        let message = "Message-ID: <1@x>\nX-Event: e\n\n"
        let new = evaluate(source, on: message)
        #expect(new.actions == ["implicit keep"])
        #expect(new.asked == [.duplicate(id)])
        #expect(new.tracked == [id])
        let known = evaluate(source, on: message, answers: [.duplicate(id)])
        #expect(known.actions == ["discard"])
        #expect(known.tracked == [id])
    }

    /// RFC 7352 section 3.1: a message that makes the script fail would be lost as a duplicate when it comes again.
    @Test func nothingIsRememberedAfterAFailure() {
        let source = "require [\"duplicate\", \"reject\"]; if not duplicate { keep; reject \"x\"; }"
        let result = evaluate(source, on: "Message-ID: <1@x>\n\n")
        #expect(result.failure != nil)
        #expect(result.tracked == [])
    }

    @Test func twoTestsOfOneIdentifierRememberItOnce() {
        let source =
            "require \"duplicate\"; if duplicate { stop; } if duplicate { stop; } if duplicate :handle \"h\" { stop; }"
        let result = evaluate(source, on: "Message-ID: <1@x>\n\n")
        #expect(result.tracked == [Self.tracked("<1@x>"), Self.tracked("<1@x>", handle: "h")])
        #expect(result.asked.count == 2)
    }

    @Test func withoutIdentifierNothingIsAskedOrRemembered() {
        let result = evaluate("require \"duplicate\"; if duplicate { discard; }", on: "A: 1\n\n")
        #expect(result.actions == ["implicit keep"])
        #expect(result.asked == [])
        #expect(result.tracked == [])
    }
}

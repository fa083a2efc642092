// When a scanner is left alone, and when it is tried again.
// Must not ask a scanner.

import ScannerDaemons
import Testing

@testable import Scanning

@Suite("The circuit breaker")
struct BreakerTests {
    enum Event {
        case good
        case bad
        case missing
        case there
    }

    static let stories: [(events: [Event], isOpen: Bool, timesOpened: Int)] = [
        ([], false, 0),
        ([.bad, .bad], false, 0),
        ([.bad, .bad, .bad], true, 1),
        ([.bad, .bad, .good, .bad, .bad], false, 0),
        ([.missing], true, 1),
        ([.missing, .there], false, 1),
        // It is on trial: one failure is enough, until a scan has gone well.
        ([.missing, .there, .bad], true, 2),
        ([.missing, .there, .good, .bad, .bad], false, 1),
        ([.missing, .there, .good, .bad, .bad, .bad], true, 2),
        // What began before it went down proves nothing.
        ([.bad, .bad, .bad, .good], true, 1),
        ([.bad, .bad, .bad, .bad, .missing], true, 1),
        ([.there, .bad, .bad], false, 0),
    ]

    @Test("stories", arguments: stories.indices)
    func story(index: Int) {
        let (events, isOpen, timesOpened) = Self.stories[index]
        var breaker = Breaker(limit: 3, now: .zero)
        var opened = 0
        for event in events {
            switch event {
            case .good: breaker.succeeded()
            case .bad: opened += breaker.failed(.closed, at: .seconds(1)) ? 1 : 0
            case .missing: opened += breaker.isMissing(.busy, at: .seconds(2)) ? 1 : 0
            case .there: breaker.isThere(at: .seconds(3))
            }
        }
        #expect(breaker.isOpen == isOpen)
        // Whoever made it open looks after it, and nobody else.
        #expect(opened == timesOpened)
    }
}

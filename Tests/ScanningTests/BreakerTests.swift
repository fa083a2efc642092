// When a scanner is left alone, and when it is tried again.
// Must not ask a scanner.

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

    static let stories: [(events: [Event], isOpen: Bool)] = [
        ([], false),
        ([.bad, .bad], false),
        ([.bad, .bad, .bad], true),
        ([.bad, .bad, .good, .bad, .bad], false),
        ([.missing], true),
        ([.missing, .there], false),
        // It is on trial: one failure is enough, until a scan has gone well.
        ([.missing, .there, .bad], true),
        ([.missing, .there, .good, .bad, .bad], false),
        ([.missing, .there, .good, .bad, .bad, .bad], true),
        // What began before it went down proves nothing.
        ([.bad, .bad, .bad, .good], true),
        ([.bad, .bad, .bad, .bad, .missing], true),
        ([.there, .bad, .bad], false),
    ]

    @Test("stories", arguments: stories.indices)
    func story(index: Int) {
        let (events, isOpen) = Self.stories[index]
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
        // Each time that it opens is told once: somebody looks after it then.
        var closed = Breaker(limit: 3, now: .zero)
        #expect(opened >= (isOpen ? 1 : 0) && closed.isOpen == false)
        closed.succeeded()
        #expect(closed == Breaker(limit: 3, now: .zero))
    }
}

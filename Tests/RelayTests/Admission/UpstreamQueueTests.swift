// Who has a session with an upstream, who waits for one, and when the next one is dialled.

import NIOCore
import Synchronization
import Testing

@testable import Relay

@Suite struct UpstreamQueueTests {
    private final class Woken: Sendable {
        let names = Mutex<[String]>([])
        func wake(_ name: String) -> @Sendable () -> Void { { self.names.withLock { $0.append(name) } } }
        var all: [String] { names.withLock { $0 } }
    }

    @Test("first come, first served; who has given up is not woken, and each place is given once")
    func order() {
        let queue = UpstreamQueue()
        let woken = Woken()
        let first = queue.enter(most: 1, wake: woken.wake("first"))
        let second = queue.enter(most: 1, wake: woken.wake("second"))
        let third = queue.enter(most: 1, wake: woken.wake("third"))
        let fourth = queue.enter(most: 1, wake: woken.wake("fourth"))
        #expect(first.hasRoom && !second.hasRoom && !third.hasRoom && !fourth.hasRoom)
        second.place.giveBack(most: 1)
        #expect(woken.all.isEmpty)
        first.place.giveBack(most: 1)
        #expect(woken.all == ["third"])
        // Twice is as good as once.
        first.place.giveBack(most: 1)
        #expect(woken.all == ["third"])
        third.place.giveBack(most: 1)
        fourth.place.giveBack(most: 1)
        #expect(woken.all == ["third", "fourth"])
        #expect(queue.counted == (0, 0))
    }

    @Test("a reload that allows more lets in who waits, at the next change; one that allows less sends nobody away")
    func reload() {
        let queue = UpstreamQueue()
        let woken = Woken()
        let places = ["a", "b", "c", "d"].map { queue.enter(most: 2, wake: woken.wake($0)) }
        #expect(places.map(\.hasRoom) == [true, true, false, false])
        places[0].place.giveBack(most: nil)
        #expect(woken.all == ["c", "d"])
        #expect(!queue.enter(most: 1, wake: woken.wake("e")).hasRoom)
        #expect(queue.counted == (3, 1))
    }

    @Test("so many are dialled in a second: as many at once, then one after the other")
    func pace() {
        let queue = UpstreamQueue()
        let now = NIODeadline.uptimeNanoseconds(1_000_000_000_000)
        let turns = (0..<8).map { _ in queue.turn(perSecond: 4, at: now) - now }
        #expect(turns == [0, 0, 0, 0, 0, 250, 500, 750].map { .milliseconds($0) })
        let later = now + .seconds(60)
        #expect(queue.turn(perSecond: 4, at: later) == later)
        #expect(queue.turn(perSecond: nil, at: now) == now)
    }
}

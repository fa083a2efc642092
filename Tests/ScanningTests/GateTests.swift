// Places, and the queue before them.
// Must not ask a scanner.

import ScannerDaemons
import Synchronization
import Testing

@testable import Scanning

@Suite("The gate")
struct GateTests {
    private final class Seen: Sendable {
        let numbers = Mutex<[Int]>([])
    }

    @Test("places are given in the order in which they were asked for")
    func order() async throws {
        let gate = Gate(places: 1, waiting: 10)
        #expect(gate.enterAtOnce() && !gate.enterAtOnce())
        let seen = Seen()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 1...5 {
                group.addTask {
                    #expect(await gate.enter())
                    seen.numbers.withLock { $0.append(number) }
                    gate.leave()
                }
                try await eventually("it waits") { gate.queueLength == number }
            }
            gate.leave()
            try await group.waitForAll()
        }
        #expect(seen.numbers.withLock { $0 } == [1, 2, 3, 4, 5])
        #expect(gate.enterAtOnce())
    }

    @Test("the queue has its bound, and one more is told so at once")
    func bound() async throws {
        let gate = Gate(places: 1, waiting: 2)
        #expect(gate.enterAtOnce())
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 1...2 {
                group.addTask { await gate.enter() }
                try await eventually("it waits") { gate.queueLength == number }
            }
            #expect(await gate.enter() == false)
            gate.leave()
            gate.leave()
            for try await isIn in group { #expect(isIn) }
        }
    }

    @Test("who leaves the queue takes nobody's place")
    func cancelled() async throws {
        let gate = Gate(places: 1, waiting: 2)
        #expect(gate.enterAtOnce())
        let waiting = Task { await gate.enter() }
        try await eventually("it waits") { gate.queueLength == 1 }
        waiting.cancel()
        #expect(await waiting.value == false)
        #expect(gate.queueLength == 0)
        // One that was cancelled before it asked does not wait at all.
        let late = Task {
            while !Task.isCancelled { await Task.yield() }
            return await gate.enter()
        }
        late.cancel()
        #expect(await late.value == false)
        gate.leave()
        #expect(gate.enterAtOnce() && !gate.enterAtOnce())
    }
}

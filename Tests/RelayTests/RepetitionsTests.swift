// What is told once and then counted: with times that are given, and nobody waits.
// Must not look at what is told.

import NIOCore
import Testing

@testable import Relay

@Suite struct RepetitionsTests {
    private typealias News = Repetitions<String>.News

    private func at(_ seconds: Int64) -> NIODeadline { .uptimeNanoseconds(0) + .seconds(seconds) }

    @Test("the first is told at once, the next ones together when the interval is over")
    func counted() {
        var repetitions = Repetitions<String>(interval: .seconds(60), most: 4)
        #expect(repetitions.happened("a", at: at(0)) == News(kind: "a", count: 1))
        for second in 1..<60 { #expect(repetitions.happened("a", at: at(Int64(second))) == nil) }
        #expect(repetitions.happened("b", at: at(59)) == News(kind: "b", count: 1))
        #expect(repetitions.happened("a", at: at(60)) == News(kind: "a", count: 60))
        #expect(repetitions.happened("a", at: at(61)) == nil)
    }

    @Test("what does not happen again is told all the same")
    func due() {
        var repetitions = Repetitions<String>(interval: .seconds(60), most: 4)
        _ = repetitions.happened("a", at: at(0))
        #expect(repetitions.due(at: at(90)).isEmpty)
        _ = repetitions.happened("b", at: at(100))
        for _ in 0..<3 { _ = repetitions.happened("b", at: at(101)) }
        #expect(repetitions.due(at: at(159)).isEmpty)
        #expect(repetitions.due(at: at(160)) == [News(kind: "b", count: 3)])
        #expect(repetitions.due(at: at(400)).isEmpty)
        _ = repetitions.happened("b", at: at(401))
        _ = repetitions.happened("b", at: at(402))
        #expect(repetitions.due(at: at(402), isLast: true) == [News(kind: "b", count: 1)])
    }

    @Test("kinds that somebody makes up take no memory and no lines")
    func bounded() {
        var repetitions = Repetitions<String>(interval: .seconds(60), most: 4)
        let told = (0..<1_000).compactMap { repetitions.happened("\($0)", at: at(1)) }
        #expect(told.count == 5 && told.last == News(kind: nil, count: 1))
        #expect(repetitions.due(at: at(61)) == [News(kind: nil, count: 995)])
        // What was not seen for long makes room.
        #expect(repetitions.happened("new", at: at(200)) == News(kind: "new", count: 1))
    }
}

// The values behind swift-metrics' handlers.
// Must not format them.

package import CoreMetrics
import Synchronization

/// One number: a counter's, or what a gauge was last set to.
final class Number: CounterHandler, FloatingPointCounterHandler, MeterHandler, RecorderHandler {
    private let current = Mutex(0.0)

    var value: Double { current.withLock { $0 } }

    func increment(by amount: Int64) { increment(by: Double(amount)) }
    func increment(by amount: Double) { current.withLock { $0 += amount } }
    func decrement(by amount: Double) { current.withLock { $0 -= amount } }
    func reset() { set(0.0) }
    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { current.withLock { $0 = value } }
    func record(_ value: Int64) { set(Double(value)) }
    func record(_ value: Double) { set(value) }
}

/// How often something was up to each of some bounds.
package final class Histogram: RecorderHandler, TimerHandler {
    struct State {
        /// Each without those of the bounds before; the last is of what is above all.
        var counts: [Int]
        var sum = 0.0
    }

    let bounds: [Double]
    private let current: Mutex<State>

    init(bounds: [Double]) {
        self.bounds = bounds
        current = Mutex(State(counts: [Int](repeating: 0, count: bounds.count + 1)))
    }

    var state: State { current.withLock { $0 } }

    package func record(_ value: Int64) { record(Double(value)) }
    package func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }
    package func preferDisplayUnit(_ unit: TimeUnit) {}

    package func record(_ value: Double) {
        let index = bounds.firstIndex { value <= $0 } ?? bounds.count
        current.withLock { state in
            state.counts[index] += 1
            state.sum += value
        }
    }

    /// What was counted elsewhere, with the same bounds.
    package func set(counts: [Int], sum: Double) {
        guard counts.count == bounds.count + 1 else { return }
        current.withLock { $0 = State(counts: counts, sum: sum) }
    }
}
